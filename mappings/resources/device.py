"""Device: a pump that infused or a monitor that measured. It is the clinic's, so it names no patient."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from mappings.context import SessionContext
from mappings.datatypes import identifier
from mappings.origin import Origin
from mappings.resource import Resource, ResourceMapping, SearchParam
from mappings.resources.searches import IDENTIFIER, STATUS, TYPE, organization, patient
from mappings.session import Device
from mappings.shared import made_once


def map_device(context: SessionContext) -> Iterator[Resource]:
    for i, device in enumerate(context.session.devices):
        said = ("Device", device.id, device.type, device.name, device.manufacturer, device.model, device.serial)
        yield made_once(context, said, Origin(place=f"devices[{i}]"), partial(_device, context, device))


def _device(context: SessionContext, device: Device) -> Resource:
    return context.resource(
        "Device",
        context.device_id(device),
        identifiers=[identifier(context.clinic.systems.device, device.id)],
        status="active",
        manufacturer=device.manufacturer,
        serialNumber=device.serial,
        deviceName=[{"name": device.name, "type": "user-friendly-name"}] if device.name else None,
        modelNumber=device.model,
        type=context.clinic.code("device", device.type),
        owner=context.organization,
    )


MAPPING = ResourceMapping(
    "Device",
    map_device,
    search=(
        IDENTIFIER,
        # Asked for somebody's implants, the answer is none; a parameter that is not known would be ignored instead.
        *patient("patient"),
        STATUS,
        TYPE,
        SearchParam("device-name", "string", ("deviceName.name", "type.coding.display", "type.text")),
        SearchParam("manufacturer", "string", ("manufacturer",)),
        SearchParam("model", "string", ("modelNumber",)),
        organization("owner"),
    ),
    shared=True,
    retracted=(("status", "entered-in-error"),),
)
