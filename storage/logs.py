"""Structured logs that never hold a secret, key or full id, at any level.

Two defences: nothing secret is passed to a logger (types print as hidden, ids as short refs),
and what libraries would print of bodies and frames is not let through, whatever LOG_LEVEL says.
"""

import asyncio
import logging
import sys
import threading
import time
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TextIO

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


def say(logger: logging.Logger, event: str, facts: dict[str, object]) -> None:
    """Log at INFO what every request says: structlog's processors would cost as much as a reveal.

    The line reads as one of structlog's does. ``facts`` must not name anything secret.
    """
    if not logger.isEnabledFor(logging.INFO):
        return
    match logging.root.handlers:
        case [_Lines() as lines]:
            lines.say(logger.name, event, facts)
        case _:  # somebody else's handlers too, which take records only
            logger.info({**facts, "event": event})


class _Lines(logging.StreamHandler[TextIO]):
    """Standard error, to which what is said in one turn of the event loop goes in one write."""

    def __init__(self, renderer: structlog.typing.Processor) -> None:
        super().__init__(sys.stderr)
        self._renderer = renderer
        self._waiting: list[str] = []
        self._adding = threading.Lock()
        self._turn: asyncio.AbstractEventLoop | None = None  # at whose end they are written

    def say(self, logger: str, event: str, facts: dict[str, object]) -> None:
        """Have a line written at the end of this turn, or before the next record."""
        line: structlog.typing.EventDict = {
            **facts,
            "event": event,
            "level": "info",
            "logger": logger,
            "timestamp": _iso(time.time()),
        }
        with self._adding:
            self._waiting.append(self._rendered(line))
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # no loop, no turn
            self.flush()
        else:
            if self._turn is not loop:
                self._turn = loop
                loop.call_soon(self.flush)

    def _rendered(self, line: structlog.typing.EventDict) -> str:
        if isinstance(self._renderer, structlog.processors.JSONRenderer):
            return msgspec.json.encode(line).decode() + self.terminator
        return str(self._renderer(None, "info", line)) + self.terminator

    def emit(self, record: logging.LogRecord) -> None:
        """Write a record, behind what was said before it."""
        self._write()
        super().emit(record)

    def flush(self) -> None:
        """Write what waits; at the end of the process, logging asks for it."""
        self._turn = None
        self._write()
        with suppress(OSError, ValueError):
            super().flush()

    def _write(self) -> None:
        with self._adding:
            lines, self._waiting = self._waiting, []
        if lines:
            with suppress(OSError, ValueError):  # nobody reads it any more
                self.stream.write("".join(lines))


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
    handler = _Lines(renderer)
    final = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(processors=final, foreign_pre_chain=shared)
    )
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
