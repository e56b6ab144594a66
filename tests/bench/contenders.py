"""Who runs against whom: ours with everything on, the ceiling C, the naive N."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from storage.seal import KeyRing, MasterKey
from storage.tickets import Errand, Purpose, Redeemed
from storage.vault import Vault
from tests.bench import machine, subjects
from tests.bench.generator import Drive, request
from tests.bench.programs import Pins, Program, free_port, running, stored
from tests.faults.stores import OwnStore
from tests.people import ANNA

KEY = "0123456789abcdef" * 4
RING = KeyRing([MasterKey(bytes.fromhex(KEY))])
# The highest there are. Limits are evaluated for each request and never hit: each client has an
# address of its own, and an hour's creates may come at once.
_REVEALS, _CREATES = "60000", "1000000"


@dataclass
class Contender:
    """A server, its store, and how it is asked."""

    name: str
    program: Program
    store: OwnStore
    cookie: str
    is_peer: bool = False
    """Another's program: slower, and its links are known only from its answers."""
    _made: list[bytes] = field(default_factory=list, repr=False)

    @property
    def store_cpu(self) -> float:
        """CPU seconds of its store so far."""
        assert self.store.process
        return machine.cpu(self.store.process.pid)

    def pages(self, count: int) -> Sequence[bytes]:
        """Requests for the page that a customer gets first."""
        return subjects.pages(count)

    def creates(self, count: int) -> Sequence[bytes]:
        """Requests that create as many secrets."""
        made = subjects.pairs(count, self.cookie)
        self._made = [pair.reveal for pair in made]
        return [pair.create for pair in made]

    def learn(self, created: Drive) -> None:
        """Look at the answers to the last creates; ours tell nothing that was not known before."""

    def reveals(self) -> Sequence[bytes]:
        """Requests that reveal what was created last."""
        return self._made


async def session(store: OwnStore) -> str:
    """The cookie of an agent's browser that may compose, for an hour."""
    vault = Vault(store.redis, RING)
    ticket = vault.tickets.issue(ANNA, Purpose.COMPOSE, Errand())
    done = await vault.tickets.redeem(ticket, None)
    await vault.aclose()
    assert isinstance(done, Redeemed)
    return done.cookie


@asynccontextmanager
async def ours(
    folder: Path, pins: Pins, *, name: str = "ours", options: Mapping[str, str] | None = None
) -> AsyncIterator[Contender]:
    """``python -m web`` with everything on: proof, limits, at-rest layer, audit, guard, log, metrics."""
    async with AsyncExitStack() as stack:
        store = await stack.enter_async_context(stored(folder / name, pins.beside, options))
        program = await stack.enter_async_context(web(folder, store, pins, name=name))
        yield Contender(name, program, store, await session(store))


@asynccontextmanager
async def web(
    folder: Path, store: OwnStore, pins: Pins, *, name: str = "ours"
) -> AsyncIterator[Program]:
    """One web process of ours on a store; several may share one."""
    port = free_port()
    environ = environment(folder, store, port, name)
    async with running(
        ["-m", "web"], folder / f"{name} web.log", port=port, environ=environ, pins=pins.server
    ) as program:
        yield program


def environment(folder: Path, store: OwnStore, port: int, name: str) -> dict[str, str]:
    """The settings of a web process with everything on."""
    return {
        "REDIS_URL": "unix://" + quote(str(store.path)),
        "DATA_DIR": str(folder / f"{name} data"),
        "SECRETS_HMAC_KEY": KEY,
        "PORT": str(port),
        "METRICS_PORT": str(free_port()),
        "PUBLIC_URL": f"http://localhost:{port}",
        "REVEALS_PER_MINUTE": _REVEALS,
        "CREATES_PER_HOUR": _CREATES,
        "LOG_LEVEL": "INFO",
        "ALLOW_DEGRADED_DURABILITY": "true",  # for the store without an append-only file, P6
    }


@asynccontextmanager
async def bare(folder: Path, pins: Pins, module: str, page: bytes) -> AsyncIterator[Contender]:
    """The bare server: the module's way to the store, and a page of the size of ours."""
    shown = folder / "page"
    shown.write_bytes(page)
    async with stored(folder / module, pins.beside) as store:
        port = free_port()
        arguments = ["-m", f"tests.bench.{module}", str(port), str(store.path), str(shown)]
        async with running(
            arguments, folder / f"{module} web.log", port=port, pins=pins.server
        ) as program:
            yield Contender(module, program, store, await session(store))


def page_request() -> bytes:
    """One customer's first request."""
    return request("GET", "/s/x", subjects.HEADERS)
