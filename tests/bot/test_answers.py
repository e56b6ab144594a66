"""Answers are kept for a minute, for the second delivery of one press."""

import asyncio
from typing import Any

import pytest

from bot.answers import Answers


class Maker:
    """Counts how often an answer is made."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.made = 0
        self.fault = fault

    async def make(self) -> dict[str, Any]:
        """An answer, after a moment."""
        self.made += 1
        await asyncio.sleep(0.01)
        if self.fault:
            raise self.fault
        return {"number": self.made}


async def test_parallel_and_later_deliveries_share_one_answer() -> None:
    """One key, one making, whoever asks when."""
    answers, maker = Answers(), Maker()
    parallel = await asyncio.gather(*(answers.once(("v", "t"), maker.make) for _ in range(9)))
    later = await answers.once(("v", "t"), maker.make)
    assert [*parallel, later] == [{"number": 1}] * 10
    later["number"] = 7
    assert await answers.once(("v", "t"), maker.make) == {"number": 1}


async def test_other_keys_have_their_own() -> None:
    """Another press is another answer."""
    answers, maker = Answers(), Maker()
    assert await answers.once(("v", "1"), maker.make) != await answers.once(("v", "2"), maker.make)


async def test_a_newer_press_forgets_the_older_answer_of_its_view() -> None:
    """That answer holds a link which the newer press destroys."""
    answers, maker = Answers(), Maker()
    await answers.once(("v", "1"), maker.make)
    await answers.once(("v", "2"), maker.make)
    assert list(answers._tasks) == [("v", "2")]


async def test_an_answer_is_forgotten_after_its_life() -> None:
    """Links do not stay in memory: nothing is left when the time is over."""
    answers, maker = Answers(life=0.05), Maker()
    await answers.once(("v", "t"), maker.make)
    await asyncio.sleep(0.1)
    assert not answers._tasks


async def test_the_table_is_bounded() -> None:
    """The oldest answer makes room."""
    answers, maker = Answers(size=3), Maker()
    for number in range(10):
        await answers.once((str(number), "t"), maker.make)
    assert list(answers._tasks) == [("7", "t"), ("8", "t"), ("9", "t")]


async def test_a_fault_is_not_kept() -> None:
    """Who waits for a failing answer sees the fault; the next delivery tries again."""
    answers, maker = Answers(), Maker(ValueError())
    for _ in range(2):
        with pytest.raises(ValueError):  # noqa: PT011 - there is nothing to match
            await answers.once(("v", "t"), maker.make)
        await asyncio.sleep(0)
    assert maker.made == 2


async def test_one_who_gives_up_does_not_stop_the_others() -> None:
    """A delivery whose connection broke leaves the making alone."""
    answers, maker = Answers(), Maker()
    first = asyncio.create_task(answers.once(("v", "t"), maker.make))
    await asyncio.sleep(0)
    first.cancel()
    assert await answers.once(("v", "t"), maker.make) == {"number": 1}
