"""What every mapping function is given: the session, the clinic's words, and the names of the resources around it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, TypeVar

from mappings.alerts import Alert, alerts
from mappings.clinic import Clinic
from mappings.datatypes import Element, date_time, period, reference
from mappings.derived import Charted, readings
from mappings.dose_account import Discrepancy, discrepancies
from mappings.events import Event
from mappings.identity import PlacedKey, ids_in_session, logical_id
from mappings.infusion import Given, Segment, given, segments
from mappings.keys import concept_key, location_key, medication_key, patient_key, person_key, referral_key
from mappings.labels import labelled
from mappings.origin import NOTHING, Origin
from mappings.placing import placed
from mappings.quantities import Record
from mappings.resource import Resource
from mappings.session import Course, Device, InfusionSession, Location, Medication, Person, Referral
from mappings.staff import with_known_staff

E = TypeVar("E", bound=Record)
T = TypeVar("T")


@dataclass(frozen=True)
class SessionContext:
    """One session being mapped. References are made here, so that every resource names its neighbours alike.

    ``made`` holds the resources mapped so far, in order, and ``targets`` references to them: what sums up a session
    picks from these what it points to.
    """

    session: InfusionSession
    clinic: Clinic
    segments: tuple[Segment, ...] = field(default=())
    earlier: tuple[InfusionSession, ...] = field(default=())
    origins: dict[str, Origin | tuple[str, ...]] = field(default_factory=dict)
    made: list[Resource] = field(default_factory=list, compare=False)
    targets: list[Element] = field(default_factory=list, compare=False)
    referrer: Person | None = None  # as the record has them
    known: dict[Any, Any] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, session: InfusionSession, clinic: Clinic, earlier: Sequence[InfusionSession] = ()) -> SessionContext:
        """``earlier``: sessions that may belong to the same course; which of them do, is found out where it matters."""
        referrer = session.referral.referrer if session.referral else None
        known = with_known_staff(session, clinic)
        return cls(known, clinic, tuple(segments(session)), tuple(earlier), referrer=referrer)

    def once(self, work: Callable[[SessionContext], T]) -> T:
        """What several mappings need of the session is worked out once."""
        if work not in self.known:
            self.known[work] = work(self)
        found: T = self.known[work]
        return found

    @cached_property
    def given(self) -> dict[str, Given]:
        """Label → what was given of a medication."""
        return given(self.session, self.segments)

    @cached_property
    def readings(self) -> Charted:
        return readings(self.session)

    @cached_property
    def alerts(self) -> tuple[Alert, ...]:
        return tuple(alerts(self.session, self.clinic, self.segments, self.readings))

    @cached_property
    def discrepancies(self) -> tuple[Discrepancy, ...]:
        return tuple(discrepancies(self.session, self.segments))

    # ids

    @cached_property
    def own_id(self) -> Callable[..., str]:
        """From type and key to the id of a resource of this session."""
        return ids_in_session(self.clinic.key, self.session.number)

    def shared_id(self, type_: str, *key: str) -> str:
        """The id of a resource that other sessions yield too."""
        return logical_id(self.clinic.key, type_, *key)

    def refer(self, type_: str, *key: str) -> Element:
        """A reference to a resource of this session."""
        return reference(type_, self.own_id(type_, *key))

    # neighbours

    @cached_property
    def patient_id(self) -> str:
        return self.shared_id("Patient", *patient_key(self.session.patient, self.clinic))

    @cached_property
    def patient(self) -> Element:
        return reference("Patient", self.patient_id)

    @cached_property
    def organization(self) -> Element:
        return reference("Organization", self.shared_id("Organization"), self.clinic.name)

    @cached_property
    def encounter(self) -> Element:
        return self.refer("Encounter")

    @cached_property
    def procedure(self) -> Element:
        return self.refer("Procedure")

    @cached_property
    def period(self) -> Element:
        """The session's own."""
        return period(self.session.start, self.session.end)

    @cached_property
    def conditions(self) -> list[Element]:
        """The indications, as references to this patient's Conditions."""
        return [reference("Condition", self.condition_id(i)) for i in range(len(self.session.indications))]

    @cached_property
    def weight(self) -> Element | None:
        return self.refer("Observation", "weight") if self.session.preparation.weight else None

    def condition_id(self, place: int) -> str:
        concept = self.session.indications[place]
        return self.shared_id("Condition", self.patient_id, *concept_key(concept))

    def practitioner(self, person: Person) -> Element:
        return reference("Practitioner", self.practitioner_id(person))

    def practitioner_id(self, person: Person) -> str:
        return self.shared_id("Practitioner", *person_key(person))

    def medication_id(self, medication: Medication) -> str:
        return self.shared_id("Medication", *medication_key(medication))

    def medication(self, label: str) -> Element:
        return self._medications[label][0]

    def drug(self, label: str) -> Element:
        """The drug of a medication as CodeableConcept."""
        return self._medications[label][1]

    @cached_property
    def _medications(self) -> dict[str, tuple[Element, Element]]:
        """Label → reference to the product, and its drug."""
        return {
            found.label: (
                reference("Medication", self.medication_id(found), self.clinic.display("drug", found.drug)),
                self.clinic.concept("drug", found.drug),
            )
            for found in self.session.medications
        }

    def staff(self, role: str) -> list[Person]:
        return [person for person in self.session.staff if person.role == role]

    @cached_property
    def author(self) -> Element:
        """Who wrote the session down: of the staff the one nearest to the infusion, else the clinic."""
        staff = [*self.staff("administering"), *self.staff("monitoring"), *self.staff("ordering")]
        return self.practitioner(staff[0]) if staff else self.organization

    @cached_property
    def performer(self) -> list[Element]:
        """Who answers for what was observed: whoever wrote the session down."""
        return [self.author]

    # the course, the referral, the room and the devices: shared by sessions

    def location_id(self, place: Location) -> str:
        return self.shared_id("Location", *location_key(place))

    @cached_property
    def location(self) -> Element | None:
        place = self.session.location
        return reference("Location", self.location_id(place), place.name) if place else None

    def service_request_id(self, referral: Referral) -> str:
        """By the referrer as the record names them, whoever else is of the staff that day."""
        referrer = self.clinic.known(self.referrer or referral.referrer)
        return self.shared_id("ServiceRequest", self.patient_id, *referral_key(referral, referrer))

    @cached_property
    def service_request(self) -> Element | None:
        """The referral that this session answers."""
        found = self.session.referral
        return reference("ServiceRequest", self.service_request_id(found)) if found else None

    def episode_id(self, course: Course) -> str:
        return self.shared_id("EpisodeOfCare", self.patient_id, course.id)

    @cached_property
    def episode(self) -> Element | None:
        course = self.session.course
        return reference("EpisodeOfCare", self.episode_id(course)) if course else None

    def care_plan_id(self, course: Course) -> str:
        return self.shared_id("CarePlan", self.patient_id, course.id, course.phase or "", str(course.planned or ""))

    @cached_property
    def care_plan(self) -> Element | None:
        """What is planned for this phase of the course; None where nothing is said of it."""
        course = self.session.course
        return reference("CarePlan", self.care_plan_id(course)) if course and (course.phase or course.planned) else None

    def device_id(self, device: Device) -> str:
        return self.shared_id("Device", device.id)

    def devices(self, *types: str) -> list[Element]:
        """The session's devices of these types, all of them without one, in the record's order."""
        wanted = [device for device in self.session.devices if not types or device.type in types]
        return [reference("Device", self.device_id(device), device.name) for device in wanted]

    @cached_property
    def pumps(self) -> list[Element]:
        """What infused. With several pumps and several drugs, which pump gave which is not known, so none is named."""
        found = self.devices("infusion-pump")
        return found if len(found) == 1 or len(self.session.medications) == 1 else []

    @cached_property
    def monitor(self) -> Element | None:
        """What measured, where there is only one that can have."""
        found = self.devices("monitor")
        return found[0] if len(found) == 1 else None

    # resources

    def resource(
        self,
        type_: str,
        id_: str,
        *profiles: str,
        identifiers: Sequence[Element] = (),
        origin: Origin = NOTHING,
        **parts: Any,
    ) -> Resource:
        """A resource with its labels and our identifier; parts that hold nothing are left out."""
        self.origins[id_] = origin
        return labelled(type_, id_, profiles, [*identifiers, self.identifier(id_)], parts)

    def own(
        self,
        type_: str,
        *key: str,
        profiles: tuple[str, ...] = (),
        identifiers: Sequence[Element] = (),
        **parts: Any,
    ) -> Resource:
        """A resource of this session; the first part of its key is its kind."""
        id_ = self.own_id(type_, *key)
        self.origins[id_] = key
        return labelled(type_, id_, profiles, [*identifiers, self.identifier(id_)], parts)

    def identifier(self, id_: str) -> Element:
        """Ours, by which a resource is known wherever it goes."""
        return {"system": self.clinic.systems.resource, "value": id_}

    def origin(self, id_: str) -> Origin:
        """What the resource with this id was made from."""
        found = self.origins.get(id_, NOTHING)
        return found if isinstance(found, Origin) else Origin.of(found)

    def local_extension(self, name: str, **value: Any) -> Element:
        return {"url": f"{self.clinic.systems.extension}/{name}", **value}

    # events

    def events(self, kind: type[E]) -> list[tuple[E, PlacedKey]]:
        """The events of a kind in the order written, each with its key."""
        if kind not in self.known:
            self.known[kind] = list(placed(kind, self._by_kind.get(kind, ())))
        found: list[tuple[E, PlacedKey]] = self.known[kind]
        return found

    @cached_property
    def _by_kind(self) -> dict[type[Record], list[tuple[int, Event]]]:
        found: dict[type[Record], list[tuple[int, Event]]] = {}
        for place, event in enumerate(self.session.events):
            found.setdefault(type(event), []).append((place, event))
        return found

    @cached_property
    def recorded(self) -> str:
        """When the clinic closed this record; the last time it speaks of, where it does not say."""
        return date_time(self.session.recorded or max(self._times()))

    def _times(self) -> Iterator[datetime]:
        yield self.session.start
        if self.session.end:
            yield self.session.end
        yield from (event.time for event in self.session.published_events)
