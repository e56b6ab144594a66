"""Fuzzing: valid input, damaged at random; every round can be repeated by its number."""

import copy
import os
import random
import sys
import time
from collections.abc import Iterator
from typing import Any

from tests.numbers import n
from tests.tally import tally

# What parsers have stumbled over before.
ODD: list[Any] = [
    *(None, True, False, 0, -1, 2**53, 2**70, 1e308, "", " ", "\0", "\ud800", "null", "x" * 5000),
    *([], [[]], {}, {"": {}}, [None], {"id": None}, "\u202e", "../../x", "%00", "\r\nX: y"),
]


def rounds(requirement: str, *, full: float = 200) -> Iterator[random.Random]:
    """Dice for each round: for 0.8 seconds every day, ``full`` seconds in soak.

    Each round's number is printed, which pytest shows when it fails; FUZZ_ROUND=<number> repeats it.
    """
    if only := os.environ.get("FUZZ_ROUND"):
        yield random.Random(int(only))
        return
    first = number = random.SystemRandom().getrandbits(32)
    ends = time.monotonic() + n(requirement, everyday=8, full=round(full * 10)) / 10
    while time.monotonic() < ends:
        number += 1
        sys.stdout.write(f"\rFUZZ_ROUND={number}")
        yield random.Random(number)
    tally(
        "fuzz",
        runs=number - first,
        note=f"{number - first:,} of {requirement.removeprefix('fuzz ')}",
    )


def garbled(dice: random.Random, text: str, alphabet: str) -> str:
    """A text with one to four letters changed, added, removed or moved."""
    letters = list(text)
    for _ in range(dice.randint(1, 4)):
        at = dice.randrange(len(letters) + 1)
        match dice.randrange(5):
            case 0:
                letters.insert(at, dice.choice(alphabet))
            case 1 if at < len(letters):
                letters[at] = dice.choice(alphabet)
            case 2:
                del letters[at : at + dice.randint(1, 3)]
            case 3:
                letters = letters[at:] + letters[:at]
            case _:
                letters[at:at] = letters[: dice.randint(1, 3)]
    return "".join(letters)


def bent(dice: random.Random, value: Any) -> Any:
    """A copy of a JSON value with one to three of its parts replaced, removed or added."""
    whole = copy.deepcopy(value)
    for _ in range(dice.randint(1, 3)):
        place = whole
        while isinstance(place, dict | list) and place:
            key = dice.choice(list(place) if isinstance(place, dict) else range(len(place)))
            if dice.random() < 0.6 and isinstance(place[key], dict | list) and place[key]:
                place = place[key]
                continue
            if dice.random() < 0.3:
                del place[key]
            else:
                place[key] = copy.deepcopy(dice.choice(ODD))
            break
    return whole
