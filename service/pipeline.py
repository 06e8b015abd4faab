"""The sentence: record → map → validate → store → serve / sync.

Two transactions. The first keeps the clinic's words, so that nothing acknowledged is ever lost; the second publishes
all resources of a revision and queues their deliveries, or parks it with the issues that stand in the way. It also
marks the later sessions of a course that were told something else before: they are published again at once, and after
a crash at start-up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mappings import (
    RESOURCES,
    Clinic,
    InfusionSession,
    InvalidSession,
    check_session,
    map_session,
    retract,
)
from mappings.explain import Explained, explain_session
from mappings.resource import Resource, ResourceMapping
from service.course import hear, instant, read_session
from service.edges import Edge, Passing, passes
from service.errors import Issue, Rejected
from service.fhirjson import encode, read_json
from service.store import Indexed, Revision, Store, index_entries
from service.validation import Validator

# What the store writes into meta; everything else of a stored resource is the mapping's
STAMPED = ("versionId", "lastUpdated")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a clinic is told: ``state`` is published or parked, ``changed`` is False for the same content again."""

    number: str
    revision: int
    state: str
    issues: tuple[Issue, ...]
    created: bool
    changed: bool


@dataclass(frozen=True, slots=True)
class DryRun:
    """What would be published, and what would stand in the way."""

    session: InfusionSession
    resources: tuple[Resource, ...]
    issues: tuple[Issue, ...]
    explained: tuple[Explained, ...] = ()


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The parts are passed in; every published session is queued for each EHR named in ``destinations``."""

    store: Store
    clinic: Clinic
    validator: Validator
    destinations: tuple[str, ...] = ()
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    mappings: tuple[ResourceMapping, ...] = RESOURCES
    passing: Passing = passes

    def receive(self, data: bytes, sender: str, number: str | None = None) -> Receipt:
        """Take one session document. Rejected, with one issue per fault, if it is not a session at all."""
        session = self._read(data, number)
        recorded = self.store.record(session.number, data, sender, self.clock())
        self.passing(Edge.RECORDED)
        revision = recorded.revision
        if recorded.is_new or revision.state == "received":
            revision = self.publish(revision, session)
        elif session.course is not None:
            self.catch_up()
        created = recorded.is_new and revision.revision == 1
        return Receipt(session.number, revision.revision, revision.state, revision.issues, created, recorded.is_new)

    def publish(self, revision: Revision, session: InfusionSession | None = None) -> Revision:
        """Map, judge and store one recorded revision; also what `remap` and start-up do."""
        try:
            session = session or read_session(revision.content, self.clinic)
        except InvalidSession as error:  # taken by an earlier release that asked for less: kept, and said
            self.store.park(revision, error.issues)
            return self.store.revision(revision.number, revision.revision)
        place, earlier = hear(session, self.store, self.clinic)
        resources, issues = self._judge(session, earlier)
        if any(issue.is_error for issue in issues):
            self.store.park(revision, issues)
        else:
            current = as_of(session)
            items = [self._indexed(resource, current) for resource in resources]
            parts = (items, issues, self.destinations, self._retracted, self.clock(), place)
            published = self.store.publish(revision, *parts)
            self.passing(Edge.QUEUED)
            if published.outdates:
                self.catch_up()
        return self.store.revision(revision.number, revision.revision)

    def catch_up(self) -> list[Revision]:
        """Publish again the sessions that earlier ones of their course tell something else now."""
        return [self.publish(revision) for revision in self.store.outdated()]

    def dry_run(self, data: bytes, explain: bool = False) -> DryRun:
        """Everything but the storing; with ``explain`` also where each element comes from."""
        session = self._read(data)
        _, earlier = hear(session, self.store, self.clinic)
        resources, issues = self._judge(session, earlier)
        reasons = explain_session(session, self.clinic, self.mappings, earlier) if explain and resources else []
        return DryRun(session, tuple(resources), tuple(issues), tuple(reasons))

    def recover(self) -> list[Revision]:
        """Publish what a crash left recorded but unpublished, or published and outdated; called at start-up."""
        return [*(self.publish(revision) for revision in self.store.unpublished()), *self.catch_up()]

    def remap(self, revisions: Sequence[Revision]) -> list[Revision]:
        """Publish again with today's terminology: the parked, or all after a change of mapping."""
        return [self.publish(revision) for revision in revisions]

    def _read(self, data: bytes, number: str | None = None) -> InfusionSession:
        try:
            session = read_session(data, self.clinic)
        except InvalidSession as error:
            raise Rejected(issues=error.issues) from None
        if number is not None and session.number != number:
            raise Rejected("the number in the address is not the number in the document", "number", code="value")
        return session

    def _judge(
        self, session: InfusionSession, earlier: Sequence[InfusionSession]
    ) -> tuple[list[Resource], list[Issue]]:
        issues = check_session(session, self.clinic)
        if any(issue.is_error for issue in issues):
            return [], issues
        resources = map_session(session, self.clinic, earlier, self.mappings)
        found = [issue for resource in resources for issue in self.validator.validate(resource)]
        return resources, [*issues, *found]

    def _indexed(self, resource: Resource, as_of: str) -> Indexed:
        mapping = self._mapping(resource["resourceType"])
        return Indexed(
            resource_type=mapping.type,
            id=resource["id"],
            content=encode(resource),
            entries=index_entries(mapping.search, resource),
            shared=mapping.shared,
            as_of=as_of,
        )

    def _retracted(self, content: bytes) -> Indexed | None:
        """The entered-in-error form of a stored resource that its session no longer yields."""
        resource = read_json(content)
        resource["meta"] = {name: value for name, value in resource["meta"].items() if name not in STAMPED}
        mapping = self._mapping(resource["resourceType"])
        form = retract(resource, mapping)
        if form is None:
            return None
        entries = index_entries(mapping.search, form)
        return Indexed(mapping.type, form["id"], encode(form), entries, mapping.shared, "")

    def _mapping(self, resource_type: str) -> ResourceMapping:
        return next(mapping for mapping in self.mappings if mapping.type == resource_type)


def as_of(session: InfusionSession) -> str:
    """How current a session's word on shared resources is: its start in UTC; in error, the weakest word of all."""
    if session.status == "entered-in-error":
        return ""
    return instant(session)
