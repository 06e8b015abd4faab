"""A session while it is being made up: what its parts need to know of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction

from mappings.infusion import KILOGRAMS
from mappings.quantities import ucum
from service.generator.cases import Case, Visit
from service.generator.chart import Chart
from service.generator.dice import Dice
from service.generator.plans import MINUTE, Step, Story
from service.generator.reactions import Borne
from service.generator.units import Document


@dataclass(slots=True)
class Sitting:
    """``boluses`` are minutes and mg/kg, ``felt`` is the effect minute by minute, ``end`` the last second."""

    dice: Dice
    case: Case
    visit: Visit
    chart: Chart
    weight: Document
    story: Story = "steady"
    steps: Sequence[Step] = ()
    reactions: Sequence[Borne] = ()
    boluses: list[tuple[int, float]] = field(default_factory=list)
    felt: Sequence[float] = (0.0,)
    end: int = 0

    @property
    def start(self) -> int:
        """When the infusion starts."""
        return self.steps[0].second

    @property
    def stop(self) -> int:
        return self.steps[-1].second

    @property
    def kilograms(self) -> Fraction:
        """As the scale showed it: what doses are computed with."""
        return Fraction(self.weight["value"] * KILOGRAMS[ucum(self.weight["unit"])])

    @property
    def why(self) -> str | None:
        """What the infusion was stopped for."""
        return self.reactions[0].words if self.story == "aborted" else None

    @property
    def is_fatal(self) -> bool:
        return any(one.is_fatal for one in self.reactions)

    def felt_at(self, second: int) -> float:
        return self.felt[min(second // MINUTE, len(self.felt) - 1)]
