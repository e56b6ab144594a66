"""The server's keys: where they come from, what they are worth, and what is still under which."""

import zlib
from collections.abc import Iterable
from itertools import pairwise

from bot.doctor.finding import Finding, error, ok, unchecked, warning
from storage.examine import KeyNames
from storage.seal import KeyRing
from storage.settings import KEY_COMMAND, Settings

_PLAIN = range(0x20, 0x7F)


def source(config: Settings, *, derived: bool) -> Finding:
    """Whether the first key is the operator's own."""
    name = "key source"
    if not derived:
        return ok(name, "SECRETS_HMAC_KEY is a key of your own")
    if not config.slack_signing_secret:
        return ok(name, "a random key in DATA_DIR, since Slack is not connected")
    return warning(
        name,
        "the key is derived from SLACK_SIGNING_SECRET: whoever changes that makes every secret "
        "unreadable",
        f"set SECRETS_HMAC_KEY=<new>,derived; make one with: {KEY_COMMAND}",
    )


def strength(ring: KeyRing) -> Finding:
    """Whether a key looks made by a person. Nothing of it is told, not even its pattern."""
    name = "key strength"
    for place, master in enumerate(ring, 1):
        if _is_weak(master.expose()):
            return error(
                name,
                f"key {place} of SECRETS_HMAC_KEY is no random number",
                f"put a new one in front (docs/rotate-keys.md); make one with: {KEY_COMMAND}",
            )
    return ok(name, "random, as far as can be seen")


def _is_weak(key: bytes) -> bool:
    """By chance, either happens to one of 10^13 random keys at most."""
    steps = {(after - before) % 256 for before, after in pairwise(key)}
    return (
        all(byte in _PLAIN for byte in key)
        or len(steps) <= len(key) // 4
        or len(zlib.compress(key, 9)) < len(key)
    )


def rotation(ring: KeyRing, names: KeyNames) -> Finding:
    """Which records are under which key."""
    name = "key rotation"
    if not names.counts:
        return ok(name, "the store holds no record yet")
    counted = sum(names.counts.values())
    of = f"{'all' if names.whole else 'a sample of'} {counted} records"
    known = {master.name for master in ring}
    if lost := sum(n for key, n in names.counts.items() if key not in known):
        return error(
            name,
            f"of {of}, {lost} are under a key that is not configured: nobody can open them",
            "add the key they were made with to the end of SECRETS_HMAC_KEY (docs/rotate-keys.md)",
        )
    old = sum(n for key, n in names.counts.items() if key != ring.current.name)
    if old:
        return ok(name, f"of {of}, {old} are under an older key: keep it configured")
    if len(known) > 1 and names.whole:
        return ok(name, f"{of} are under the first key: the others can go")
    return ok(name, f"{of} are under the first key")


def same(answered: Iterable[str], expected: str) -> Finding:
    """Whether the web process could read our question: ``answered`` are the nonces it gave."""
    name = "key agreement"
    given = list(answered)
    if not given:
        return unchecked(name, "no web process answered")
    if given == [expected]:
        return ok(name, "the web process has the same keys")
    return error(
        name,
        "the web process does not know the first key of this environment, or is of another version",
        "give every process the same SECRETS_HMAC_KEY, and restart them",
    )
