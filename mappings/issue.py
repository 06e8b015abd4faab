"""One fault or remark, in the words of FHIR's OperationOutcome.issue.

The text and the place never hold a patient's value: they name fields, codes and limits.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["fatal", "error", "warning", "information"]


@dataclass(frozen=True, slots=True)
class Issue:
    """``code`` is a FHIR IssueType (``required``, ``value``, ``code-invalid``, ``business-rule`` …);
    ``expression`` names places in the document judged, such as ``events[3].rate.unit``."""

    severity: Severity
    code: str
    text: str
    expression: tuple[str, ...] = ()

    @property
    def is_error(self) -> bool:
        return self.severity in ("fatal", "error")
