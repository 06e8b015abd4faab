"""What a clinic's staff looks at: where every session stands with every EHR, and what a person can do about it."""

from service.status.page import DONE, StatusPages

__all__ = ["DONE", "StatusPages"]
