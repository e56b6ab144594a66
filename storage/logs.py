"""Structured logs that never hold a secret, key or full id, at any level.

Two defences: nothing secret is passed to a logger (types print as hidden, ids as short refs),
and what libraries would print of bodies and frames is not let through, whatever LOG_LEVEL says.
"""

import logging
import sys
import traceback
from typing import Any

import structlog

# Their INFO and DEBUG lines hold request bodies, tokens, keys of the store or paths with ids.
_TALKATIVE = (
    "slack_bolt", "slack_sdk", "aiohttp", "asyncio", "redis", "httpx", "urllib3",
)  # fmt: skip
# aiohttp prints the raw request line of a malformed request, which may hold an id; what our own
# handlers raise is caught and logged by our middleware.
_SILENT = ("aiohttp.server", "aiohttp.access")


class _FirstLine(logging.Filter):
    """asyncio's messages go on with a repr of the task, which quotes the exception's text."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = record.getMessage().partition("\n")[0], None
        return True


def frames(error: BaseException) -> list[str]:
    """Where an exception came from, without its text and locals: either may hold what is secret."""
    found = traceback.extract_tb(error.__traceback__)
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in found]


def _only_frames(
    _logger: object, _method: str, line: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    info: Any = line.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else info
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        line["error"] = type(error).__name__
        line["frames"] = frames(error)
    return line


def configure(level: str) -> None:
    """Send our lines and libraries' warnings to standard error: JSON, or text on a terminal."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _only_frames,
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("asyncio").addFilter(_FirstLine())
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
