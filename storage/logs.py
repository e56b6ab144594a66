"""Structured logs that never hold a secret, key or full id, at any level.

Two defences: nothing secret is passed to a logger (types print as hidden, ids as short refs),
and what libraries would print of bodies and frames is not let through, whatever LOG_LEVEL says.
"""

import logging
import sys
import traceback
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import msgspec
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


class _Said(logging.LogRecord):
    """A line whose facts are complete."""

    event: str
    facts: dict[str, object]


def say(logger: logging.Logger, event: str, facts: dict[str, object]) -> None:
    """Log at INFO what every request says: structlog's processors would cost as much as a reveal.

    The line reads as one of structlog's does. ``facts`` must not name anything secret.
    """
    if logger.isEnabledFor(logging.INFO):
        record = _Said(logger.name, logging.INFO, __file__, 0, event, None, None)
        record.event, record.facts = event, facts
        # What a handler of somebody else's prints.
        record.msg = {**facts, "event": event}
        logger.handle(record)


class _Formatter(structlog.stdlib.ProcessorFormatter):
    """structlog's, with a short way for what is complete."""

    def __init__(self, renderer: structlog.typing.Processor, **given: Any) -> None:
        final = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
        super().__init__(processors=final, **given)
        self._renderer = (
            None if isinstance(renderer, structlog.processors.JSONRenderer) else renderer
        )

    def format(self, record: logging.LogRecord) -> str:
        if not isinstance(record, _Said):
            return super().format(record)
        line: structlog.typing.EventDict = {
            **record.facts,
            "event": record.event,
            "level": "info",
            "logger": record.name,
            "timestamp": _iso(record.created),
        }
        if self._renderer:
            return str(self._renderer(None, "info", line))
        return msgspec.json.encode(line).decode()


def _iso(seconds: float) -> str:
    whole = int(seconds)
    return f"{_second(whole)}.{int((seconds - whole) * 1e6):06}Z"


@lru_cache(2)
def _second(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}"


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
        # What LOG_LEVEL drops runs through no processor.
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter(renderer, foreign_pre_chain=shared))
    # No line of ours says them, and each would be found out anew for every line.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    if sys.version_info >= (3, 12):
        logging.logAsyncioTasks = False
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.getLogger("asyncio").addFilter(_FirstLine())
    for name in _SILENT:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
