"""A small FHIR server in memory that stands in for an EHR: for the demo, for development, and to misbehave in tests.

The same delivery suite runs against it and against a real HAPI FHIR server, which keeps it honest.
"""

from service.sandbox.app import create_sandbox
from service.sandbox.personas import PERSONAS

__all__ = ["PERSONAS", "create_sandbox"]
