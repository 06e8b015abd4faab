"""Medication: the drug product made ready, with its strength and lot."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from functools import partial

from mappings.context import SessionContext
from mappings.datatypes import Element, codeable_concept, element, quantity
from mappings.keys import medication_key
from mappings.origin import Origin
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import CODE, IDENTIFIER
from mappings.session import Medication
from mappings.shared import made_once


def map_medication(context: SessionContext) -> Iterator[Resource]:
    for i, product in enumerate(context.session.medications):
        said = ("Medication", *medication_key(product), product.drug.display)
        yield made_once(context, said, Origin(place=f"medications[{i}]"), partial(_medication, context, product))


def _medication(context: SessionContext, product: Medication) -> Resource:
    return context.resource(
        "Medication",
        context.medication_id(product),
        "us-core-medication",
        code=context.clinic.concept("drug", product.drug),
        ingredient=_ingredient(context, product),
        batch=element(lotNumber=product.lot, expirationDate=product.expires and product.expires.isoformat()),
    )


def _ingredient(context: SessionContext, product: Medication) -> list[Element]:
    """The strength belongs to an ingredient, so a product of known concentration names one."""
    key = product.drug.key or ""
    known = key in context.clinic.tables["substance"]
    if not known and product.concentration is None:
        return []
    substance = context.clinic.code("substance", key) if known else _in_words(context, product)
    return [element(itemCodeableConcept=substance, strength=_strength(product))]


def _in_words(context: SessionContext, product: Medication) -> Element:
    return codeable_concept(text=context.clinic.display("drug", product.drug))


def _strength(product: Medication) -> Element | None:
    if product.concentration is None:
        return None
    mass, _, volume = product.concentration.unit.partition("/")
    return {"numerator": quantity(product.concentration.value, mass), "denominator": quantity(Decimal(1), volume)}


MAPPING = ResourceMapping(
    "Medication",
    map_medication,
    search=(
        IDENTIFIER,
        CODE,
        SearchParam("ingredient-code", "token", ("ingredient.itemCodeableConcept",)),
        SearchParam("lot-number", "token", ("batch.lotNumber",)),
        SearchParam("expiration-date", "date", ("batch.expirationDate",)),
    ),
    profiles=("us-core-medication",),
    shared=True,
    retracted=(("status", "entered-in-error"),),
)
