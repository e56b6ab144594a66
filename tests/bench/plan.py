"""How much of everything: the full run, the quick one, and the test's own."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Plan:
    """Numbers of one run. Everything is measured by the same code, however small they are."""

    name: str
    rounds: int
    requests: int
    """Of a kind, in each round, from 32 clients."""
    alone: int
    """Of a kind, in each round, from one client."""
    peer: int
    """Of a kind, in each round, for the peer, which takes much longer for each."""
    warm: int
    """Pairs before the first round."""
    clients: int = 32
    pairs: int = 100_000
    """P9: create and reveal, while memory is watched."""
    starts: int = 5
    """P10."""
    submits: int = 200
    """P11: submits without a passphrase, in each round."""
    agents: int = 50
    clicks: int = 15
    """P13: in each profile."""
    secrets: int = 1_000_000
    history: int = 100_000
    pages: int = 50
    """P14: history pages that are timed."""


FULL = Plan("full", rounds=3, requests=6_000, alone=1_000, peer=1_000, warm=1_000)
QUICK = Plan(
    "quick",
    rounds=3,
    requests=1_200,
    alone=200,
    peer=250,
    warm=250,
    pairs=4_000,
    starts=2,
    submits=50,
    clicks=3,
    secrets=10_000,
    history=3_000,
    pages=10,
)
TINY = Plan(
    "tiny",
    rounds=1,
    requests=24,
    alone=4,
    peer=0,
    warm=4,
    clients=4,
    pairs=40,
    starts=1,
    submits=4,
    agents=4,
    clicks=1,
    secrets=60,
    history=30,
    pages=2,
)
