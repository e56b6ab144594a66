"""What every request says: written together, in order, and never lost by an orderly end."""

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from storage import logs

LOGGER = logging.getLogger("web")


@contextmanager
def configured(level: str = "INFO") -> Iterator[None]:
    """As a process is, without pytest's handlers, and afterwards as before."""
    root = logging.getLogger()
    before, was = root.handlers[:], root.level
    logs.configure(level)
    try:
        yield
    finally:
        root.handlers[:] = before
        root.setLevel(was)


def _said(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]


async def test_a_turns_lines_are_written_at_its_end(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is written while the turn lasts, and everything before the next one."""
    with configured():
        for event in ("one", "two"):
            logs.say(LOGGER, event, {"status": 200})
        assert not capsys.readouterr().err
        await asyncio.sleep(0)
    assert _said(capsys) == ["one", "two"]


async def test_a_record_is_written_behind_what_was_said_before(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Lines stand in the order of what happened, whichever way they came."""
    with configured():
        logs.say(LOGGER, "first", {})
        LOGGER.warning("second")
        logs.say(LOGGER, "third", {})
        logging.getLogger().handlers[0].flush()  # as logging does at the end of the process
    assert _said(capsys) == ["first", "second", "third"]


def test_without_a_loop_it_is_written_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """There is no turn to wait for."""
    with configured():
        logs.say(LOGGER, "alone", {"route": "/"})
    assert _said(capsys) == ["alone"]


def test_the_level_holds(capsys: pytest.CaptureFixture[str]) -> None:
    """LOG_LEVEL=WARNING says nothing of requests."""
    with configured("WARNING"):
        logs.say(LOGGER, "request", {})
    assert not capsys.readouterr().err


def test_somebody_elses_handler_gets_a_record(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever adds a handler of their own hears of requests as of everything else."""
    with configured():
        logging.getLogger().addHandler(caplog.handler)
        logs.say(LOGGER, "request", {"status": 200})
    assert [record.msg for record in caplog.records] == [{"status": 200, "event": "request"}]
