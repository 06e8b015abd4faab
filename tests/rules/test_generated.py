"""What is generated and committed is current."""

from __future__ import annotations

from golden_sessions import ROOT

from service.commands.openapi import openapi_document
from tools import configuration, mapping_page


def test_openapi_yaml_is_current() -> None:
    """After a change of routes or of the session: `make openapi`."""
    assert (ROOT / "openapi.yaml").read_text() == openapi_document()


def test_the_configuration_page_is_current() -> None:
    """After a change of settings: `make docs`."""
    assert (ROOT / "docs" / "configuration.md").read_text() == configuration.document()


def test_the_mapping_page_is_current() -> None:
    """After a change of rules: `make docs`."""
    assert (ROOT / "docs" / "mapping.md").read_text() == mapping_page.document()


def test_no_committed_file_names_this_machine() -> None:
    for path in (ROOT / "requirements.lock", ROOT / "requirements-run.lock"):
        assert "://" not in path.read_text()
