"""The interleaved run: in each round everybody creates, reveals and shows pages, one after the other."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median

from tests.bench.contenders import Contender
from tests.bench.generator import Drive, drive
from tests.bench.machine import CannotMeasure
from tests.bench.plan import Plan

KINDS = ("create", "page", "reveal")
PER = 10_000


@dataclass(frozen=True, slots=True)
class Lap:
    """One kind of request in one round. CPU is in seconds per 10,000 requests, times in seconds."""

    rate: float
    cpu: float
    store_cpu: float
    generator_cpu: float
    busy: float
    """How much of the time the server's core worked, of 1."""
    p50: float
    p99: float


@dataclass
class Race:
    """All laps, by who, what and from how many clients, in the order of the rounds."""

    laps: dict[tuple[str, str, int], list[Lap]] = field(default_factory=dict)
    requests: int = 0
    """Sent and answered with a 2xx, warm-up included."""

    def of(self, name: str, kind: str, clients: int) -> Sequence[Lap]:
        """The laps of one kind, one for each round."""
        return self.laps[name, kind, clients]

    def ratios(self, value: str, kind: str, clients: int, who: str, against: str) -> list[float]:
        """In each round, who's value divided by the other's of the same round."""
        mine, theirs = self.of(who, kind, clients), self.of(against, kind, clients)
        return [
            getattr(one, value) / getattr(other, value)
            for one, other in zip(mine, theirs, strict=True)
        ]

    def medians(self) -> list[dict[str, str | int | float]]:
        """What the file keeps of each kind: everybody's medians."""
        return [
            {
                "who": name,
                "what": kind,
                "clients": clients,
                "requests_per_second": round(median(lap.rate for lap in laps)),
                "server_cpu_s_per_10000": round(median(lap.cpu for lap in laps), 3),
                "store_cpu_s_per_10000": round(median(lap.store_cpu for lap in laps), 3),
                "generator_cpu_s_per_10000": round(median(lap.generator_cpu for lap in laps), 3),
                "server_core_busy": round(median(lap.busy for lap in laps), 3),
                "p50_ms": round(median(lap.p50 for lap in laps) * 1000, 3),
                "p99_ms": round(median(lap.p99 for lap in laps) * 1000, 3),
            }
            for (name, kind, clients), laps in self.laps.items()
        ]

    def run(self, contenders: Sequence[Contender], plan: Plan) -> None:
        """Warm everybody up, then run the rounds. Raises CannotMeasure."""
        for one in contenders:
            self._turn(one, plan.warm, plan.clients, keep=False)
        for number in range(plan.rounds):
            print(f"  round {number + 1} of {plan.rounds}", flush=True)
            # Each round another one begins, so that nobody always comes behind the same.
            turned = [*contenders[number % len(contenders) :], *contenders]
            for one in turned[: len(contenders)]:
                self._turn(one, plan.peer if one.is_peer else plan.requests, plan.clients)
                if plan.alone and not one.is_peer:
                    self._turn(one, plan.alone, 1, kinds=("create", "reveal"))

    def _turn(
        self,
        one: Contender,
        count: int,
        clients: int,
        *,
        kinds: Sequence[str] = KINDS,
        keep: bool = True,
    ) -> None:
        one.learn(self._lap(one, "create", one.creates(count), clients, keep=keep))
        if "page" in kinds:
            self._lap(one, "page", one.pages(count), clients, keep=keep)
        self._lap(one, "reveal", one.reveals(), clients, keep=keep)

    def _lap(
        self, one: Contender, kind: str, requests: Sequence[bytes], clients: int, *, keep: bool
    ) -> Drive:
        server, store = one.program.cpu, one.store_cpu
        done = drive([one.program.port], requests, clients, keep=one.is_peer)
        server, store = one.program.cpu - server, one.store_cpu - store
        if done.refused:
            raise CannotMeasure(f"{one.name} refused {done.refused} of {len(requests)} {kind}s")
        self.requests += done.requests
        each = PER / done.requests
        if keep:
            self.laps.setdefault((one.name, kind, clients), []).append(
                Lap(
                    rate=done.requests / done.seconds,
                    cpu=server * each,
                    store_cpu=store * each,
                    generator_cpu=done.cpu * each,
                    busy=server / done.seconds,
                    p50=done.quantile(0.5),
                    p99=done.quantile(0.99),
                )
            )
        return done
