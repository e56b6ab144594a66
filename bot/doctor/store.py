"""The store: what it promises, how full it is, who may do what in it, and how we reach it."""

from collections.abc import Callable, Iterator, Sequence
from urllib.parse import parse_qs, urlsplit

from bot.doctor.finding import Finding, error, ok, size, span, warning
from storage.examine import Facts, Permissions, Standing
from storage.health import SKEW_MAX, StoreReport
from storage.settings import LOOPBACK

FULL = 0.95
FILLING = 0.8
SKEW_SOME = 1.0
_GROWN = 4
_BIG = 256 * 1024**2
# The words by which a promise of storage/health.py is known to be about one of these.
_ABOUT = {"maxmemory-policy": "eviction", "needs Redis": "store version"}


def connection(url: str | None) -> list[Finding]:
    """Whether others can listen, or connect. Nothing of the address is told but its host."""
    name = "store connection"
    if url is None:
        return [ok(name, "the embedded store, on a Unix socket in DATA_DIR")]
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return [ok(name, "a Unix socket")]
    host = parts.hostname or "localhost"
    near, options = host in LOOPBACK, parse_qs(parts.query)
    found = [*_listening(name, host, parts.scheme, options, near=near)]
    if not (parts.password or "password" in options or near):
        found.append(
            error(
                name,
                f"REDIS_URL has no password, and the store is on another machine ({host})",
                "give it a user and a password, and close its port to everybody else",
            )
        )
    how = "over TLS" if parts.scheme == "rediss" else "on this machine"
    return found or [ok(name, f"{host}, {how}")]


def _listening(
    name: str, host: str, scheme: str, options: dict[str, list[str]], *, near: bool
) -> Iterator[Finding]:
    if scheme == "redis" and not near:
        yield warning(
            name,
            f"redis:// to another machine ({host}): whoever is on the way reads and changes "
            "everything, the password too",
            "use rediss://, or a network that nobody else is on",
        )
    if scheme == "rediss":
        required = options.get("ssl_cert_reqs", ["required"])[-1].lower()
        named = options.get("ssl_check_hostname", ["true"])[-1].lower()
        if required in {"none", "optional"} or named in {"false", "0", "no"}:
            yield error(
                name,
                f"REDIS_URL checks no certificate, or not its name, at {host}: anybody on the way "
                "can pass for the store",
                "remove ssl_cert_reqs and ssl_check_hostname; name your own authority in "
                "ssl_ca_certs",
            )


def promises(report: StoreReport) -> list[Finding]:
    """What the start insists on, in the words of storage/health.py."""
    said = [
        *(_promise(text, error) for text in report.problems),
        *(_promise(text, warning) for text in report.degraded),
    ]
    broken = {finding.name for finding in said}
    kept = [
        ok("store version", report.version),
        ok("eviction", report.policy),
        ok("durability", report.durability),
    ]
    return [finding for finding in kept if finding.name not in broken] + said


def _promise(text: str, make: Callable[[str, str, str], Finding]) -> Finding:
    name = next((about for word, about in _ABOUT.items() if word in text), "durability")
    found, _, remedy = text.rstrip(".").partition("; ")
    return make(name, found, remedy)


def clock(report: StoreReport) -> Finding:
    """How far the store's clock, by which everything expires, is from ours."""
    name, skew = "store clock", abs(report.skew)
    if skew <= SKEW_SOME:
        return ok(name, f"{skew:.1f} seconds apart from ours")
    make = error if skew > SKEW_MAX else warning
    return make(
        name,
        f"{skew:.1f} seconds apart from ours; above {SKEW_MAX:.0f} /readyz says unavailable",
        "run NTP on both machines",
    )


def memory(facts: Facts) -> list[Finding]:
    """How full it is, and what it has dropped."""
    name = "store memory"
    found = []
    if facts.evicted:
        found.append(
            warning(
                name,
                f"the store has dropped {facts.evicted} keys since its start (evicted_keys)",
                "if they were ours: set maxmemory-policy to noeviction; what was lost stays lost",
            )
        )
    if facts.limit and (share := facts.used / facts.limit) > FILLING:
        make = error if share > FULL else warning
        found.append(
            make(
                name,
                f"{share:.0%} of {size(facts.limit)} are used; when it is full, no link can be "
                "made",
                "raise maxmemory",
            )
        )
    limit = f"of {size(facts.limit)}" if facts.limit else "without a limit"
    return found or [ok(name, f"{size(facts.used)} {limit}")]


def disk(facts: Facts) -> list[Finding]:
    """Whether writing, rewriting and snapshots go well."""
    name = "store disk"
    found = [*_failures(name, facts)]
    if facts.size > _BIG and facts.base and facts.size > _GROWN * facts.base:
        found.append(
            warning(
                name,
                f"the append-only file has grown to {size(facts.size)}, from {size(facts.base)} "
                "after its last rewrite: what was deleted is still in it",
                "set auto-aof-rewrite-percentage, or run BGREWRITEAOF by a timer",
            )
        )
    return found or [ok(name, "the last write, rewrite and snapshot went well")]


def _failures(name: str, facts: Facts) -> Iterator[Finding]:
    remedy = "look into the store's log; mostly its disk is full or its folder not writable"
    if not facts.appended:
        yield error(name, "the last write to the append-only file failed", remedy)
    if not facts.rewritten:
        yield error(
            name,
            "the last rewrite of the append-only file failed: what was deleted stays on the disk",
            remedy,
        )
    if not facts.saved:
        yield warning(name, "the last snapshot (RDB) failed: the store may refuse writes", remedy)


def role(facts: Facts) -> list[Finding]:
    """A replica takes no writes of ours."""
    if facts.role in {"master", "unknown"}:
        return []
    return [
        error(
            "store role", "REDIS_URL leads to a replica, which takes no writes", "name the primary"
        )
    ]


def access(found: Permissions, *, embedded: bool) -> list[Finding]:
    """Whether the user of REDIS_URL has what it needs, and no more."""
    name = "store access"
    if embedded:
        return [ok(name, "nobody else reaches the embedded store's socket")]
    said = []
    if found.missing:
        said.append(
            error(
                name,
                f"the user of REDIS_URL lacks: {', '.join(found.missing)}",
                "allow these commands for it (ACL SETUSER)",
            )
        )
    extra = [*found.beyond, *(["keys that are not ours"] if found.foreign else [])]
    if extra:
        said.append(
            warning(
                name,
                f"the user of REDIS_URL may do more than it needs: {', '.join(extra)}",
                'give it a user of its own (docs/operators.md, "Doctor")',
            )
        )
    return said or [ok(name, "what is needed, and no more")]


def standing(found: Sequence[Standing]) -> list[Finding]:
    """Whether the store has all that DATA_DIR noted, and whether a restore waits to be accepted."""
    name, guide = "restore", 'docs/operators.md, "Backup and restore"'
    said = []
    for one in found:
        if one.behind:
            said.append(
                error(
                    name,
                    f"{one.tag}: the store lacks what DATA_DIR has noted: it was restored, emptied, "
                    "or promoted too early, and no process has dealt with it yet",
                    f"start the processes: they hold back what may have been opened; then {guide}",
                )
            )
        elif one.held is not None:
            said.append(
                warning(
                    name,
                    f"{one.tag}: older single-use secrets have been held back for "
                    f"{span(one.held)}, since the store went back",
                    "let them expire, or run slash-secret doctor --accept-restore when none of "
                    f"them was opened since ({guide})",
                )
            )
    return said or [ok(name, "the store has all that DATA_DIR has noted; nothing is held back")]
