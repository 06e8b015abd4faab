"""The log: one JSON object per line on standard error. What is in it is chosen where it is said; see api/frame.py."""

from __future__ import annotations

import logging
from typing import BinaryIO

import msgspec
import structlog


def configure_logs(level: str, stream: BinaryIO) -> None:
    """``level`` is DEBUG, INFO, WARNING or ERROR. Encoded as it is written: a line is logged for every read."""
    encoder = msgspec.json.Encoder(enc_hook=str)
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=lambda event, **_: encoder.encode(event)),
        ],
        logger_factory=structlog.BytesLoggerFactory(stream),
    )
