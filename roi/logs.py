"""Structured logs on standard error, for a person or for a machine."""

from __future__ import annotations

import logging
import math
import sys
from typing import Literal

import structlog
from structlog.typing import FilteringBoundLogger, Processor


def configure(style: Literal["console", "json"], *, quiet: bool = False) -> None:
    """Send the logs of the product, and warnings of libraries, to standard error.

    Args:
        style: `console` for a person, `json` for a log collector: a line each.
        quiet: warnings and errors only, where a progress bar tells the rest.
    """
    level = logging.WARNING if quiet else logging.INFO
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor = (
        structlog.processors.JSONRenderer()
        if style == "json"
        else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[*shared, structlog.processors.dict_tracebacks, renderer]
        if style == "json"
        else [*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                renderer,
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    # While a broker is away the client tells of every attempt to reach it.
    handler.addFilter(_Seldom("kafka", seconds=10.0))
    logging.getLogger("kafka").setLevel(logging.ERROR)


class _Seldom(logging.Filter):
    """Lets a library's lines through once in a while, and without tracebacks."""

    def __init__(self, library: str, *, seconds: float) -> None:
        super().__init__(library)
        self._seconds = seconds
        self._last = -math.inf

    def filter(self, record: logging.LogRecord) -> bool:
        if not super().filter(record):
            return True
        if record.created - self._last < self._seconds:
            return False
        self._last = record.created
        record.exc_info = None
        return True


def logger(name: str) -> FilteringBoundLogger:
    """A logger that marks its lines with a name."""
    bound: FilteringBoundLogger = structlog.get_logger().bind(logger=name)
    return bound
