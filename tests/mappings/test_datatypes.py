"""Elements that many resources share."""

from __future__ import annotations

import copy

import pytest

from mappings import load_clinic
from mappings.datatypes import Fixed
from service.fhirjson import encode


def test_a_shared_element_cannot_be_changed() -> None:
    code = load_clinic().code("vital", "heart-rate")
    assert isinstance(code, Fixed)
    for change in (lambda: code.update(text="x"), lambda: code.pop("text"), lambda: code.__setitem__("text", "x")):
        with pytest.raises(TypeError):
            change()


def test_its_copy_is_an_ordinary_element() -> None:
    code = load_clinic().code("vital", "heart-rate")
    copied = copy.deepcopy(code)
    assert type(copied) is dict
    assert encode(copied) == encode(code)
