"""What a server declares decides how a session is written there; nothing is assumed, nothing dropped without a word."""

from __future__ import annotations

from typing import Any

import pytest

from service.fhirjson import encode
from service.sandbox.behaviour import Declared, capability_statement
from service.sync.planner import How, Item, plan_for, profile_of

OURS = "https://clinic.example/id/infusion-bridge"


def item(kind: str, id_: str = "a1", identified: bool = True) -> Item:
    identifier = [{"system": "urn:other", "value": "7"}, {"system": OURS, "value": id_}] if identified else []
    content = encode({"resourceType": kind, "id": id_, "identifier": identifier})
    return Item(kind, id_, content, "hash")


def statement(kind: str, *codes: str, **more: Any) -> dict[str, Any]:
    resource = {"type": kind, "interaction": [{"code": code} for code in codes], **more}
    return {"resourceType": "CapabilityStatement", "rest": [{"mode": "server", "resource": [resource]}]}


IDENTIFIER = [{"name": "identifier", "type": "token"}]


@pytest.mark.parametrize(
    ("codes", "more", "how"),
    [
        (("create", "update"), {"updateCreate": True, "conditionalUpdate": True}, "own-id"),
        (("create", "update"), {"conditionalUpdate": True}, "conditional"),
        (("create", "update"), {"conditionalUpdate": True, "searchParam": IDENTIFIER}, "conditional"),
        (("create", "update"), {"conditionalUpdate": True, "searchParam": [{"name": "patient"}]}, "create"),
        (("create", "update", "search-type"), {"searchParam": IDENTIFIER}, "search"),
        (("create", "update"), {"conditionalCreate": True, "conditionalUpdate": True}, "conditional-create"),
        (("update",), {"conditionalCreate": True}, None),
        (("create", "update", "search-type"), {"searchParam": [{"name": "patient"}]}, "search-patient"),
        (("create", "update"), {"searchParam": IDENTIFIER}, "create"),
        (("create", "search-type"), {"searchParam": IDENTIFIER}, None),
        (("read", "search-type"), {"updateCreate": True}, None),
    ],
)
def test_identity_is_by_what_the_type_declares(codes: tuple[str, ...], more: dict[str, Any], how: How | None) -> None:
    assert profile_of(statement("Observation", *codes, **more)).types.get("Observation") == how


@pytest.mark.parametrize(
    "odd", [None, [], "x", {}, {"rest": "x"}, {"rest": [{"resource": [3]}]}, {"rest": [{"mode": "client"}]}]
)
def test_a_statement_that_says_nothing_means_a_server_that_takes_nothing(odd: Any) -> None:
    profile = profile_of(odd)
    assert (profile.transaction, profile.types) == (False, {})


def test_what_a_client_can_do_is_not_what_the_server_does() -> None:
    declared = statement("Observation", "create", "update", updateCreate=True)
    both = {**declared, "rest": [{"mode": "client"}, *declared["rest"]]}
    assert profile_of(both).types == {"Observation": "own-id"}


def test_a_transaction_is_used_only_where_it_is_declared() -> None:
    items = [item("Patient")]
    assert plan_for(profile_of(capability_statement(Declared())), items).way == "transaction"
    assert plan_for(profile_of(capability_statement(Declared(transaction=False))), items).way == "single"


def test_items_keep_their_order_and_what_is_not_declared_is_named() -> None:
    profile = profile_of(capability_statement(Declared(types=("Patient", "Observation"))))
    items = [
        item("Patient"),
        item("Procedure"),
        item("Observation", "o1"),
        item("Procedure", "p2"),
        item("Observation", "o2"),
    ]
    plan = plan_for(profile, items)
    assert [one.name for one, _ in plan.items] == ["Patient/a1", "Observation/o1", "Observation/o2"]
    assert [one.name for one in plan.left_out] == ["Procedure/a1", "Procedure/p2"]
    assert plan.types_left_out == ("Procedure",)


def test_without_an_identifier_only_our_own_id_can_find_a_resource_again() -> None:
    provenance = item("Provenance", identified=False)
    own = profile_of(capability_statement(Declared()))
    conditional = profile_of(capability_statement(Declared(update_create=False)))
    assert plan_for(own, [provenance]).items == ((provenance, "own-id"),)
    assert plan_for(conditional, [provenance]).left_out == (provenance,)


def test_our_identifier_is_the_one_that_holds_our_id() -> None:
    assert item("Patient", "a1").own_identifier == (OURS, "a1")
    assert item("Provenance", identified=False).own_identifier is None


def test_a_single_identifier_is_an_identifier_too() -> None:
    """R4 gives an AdverseEvent, a Composition and a QuestionnaireResponse one, not a list."""
    single = {"system": OURS, "value": "a1"}
    event = Item("AdverseEvent", "a1", encode({"resourceType": "AdverseEvent", "identifier": single}), "hash")
    assert event.own_identifier == (OURS, "a1")
