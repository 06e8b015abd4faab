"""MIMIC's chart rows become vital-signs events: what was charted at one minute of one stay stands together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from service.errors import Rejected
from service.importers.mimic_infusions import Event, zoned
from service.importers.tables import Line, read_table

# MetaVision item → field of a vital-signs event
ITEMS = {
    "220045": "heart_rate",
    "220179": "systolic",
    "220180": "diastolic",
    "220181": "mean",
    "220210": "respiratory_rate",
    "220277": "oxygen_saturation",
    "223761": "temperature",
    "223762": "temperature",
}
TEMPERATURE_UNITS = {"223761": "°F", "223762": "°C"}
COLUMNS = ("icustay_id", "itemid", "charttime", "valuenum", "error")


@dataclass
class Chart:
    """The vital signs of one stay, and what was left out of them."""

    by_time: dict[tuple[str, int], Event] = field(default_factory=dict)
    wrong: int = 0
    unread: int = 0
    other: int = 0

    @property
    def events(self) -> list[Event]:
        return list(self.by_time.values())

    def add(self, name: str, time: str, value: Any) -> None:
        """A second reading of the same kind at the same time opens a second event."""
        turn = 0
        while name in self.by_time.get((time, turn), {}):
            turn += 1
        self.by_time.setdefault((time, turn), {"type": "vital-signs", "time": time})[name] = value


def read_charts(path: Path, stays: frozenset[str]) -> Mapping[str, Chart]:
    """Charts by ICU stay. The table is read as a stream: the whole MIMIC one does not fit in memory."""
    charts: dict[str, Chart] = {}
    for line in read_table(path, COLUMNS):
        stay = line.text("icustay_id")
        if stay in stays:
            _chart(charts.setdefault(stay, Chart()), line)
    return charts


def _chart(chart: Chart, line: Line) -> None:
    item = line.text("itemid")
    if item not in ITEMS:
        chart.other += 1
    elif line.text("error") == "1":
        chart.wrong += 1
    else:
        _reading(chart, line, item)


def _reading(chart: Chart, line: Line, item: str) -> None:
    try:
        value, time = line.number("valuenum"), zoned(line.local_time("charttime"))
    except Rejected:
        chart.unread += 1
        return
    unit = TEMPERATURE_UNITS.get(item)
    chart.add(ITEMS[item], time, {"value": value, "unit": unit} if unit else value)
