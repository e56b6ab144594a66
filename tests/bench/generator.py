"""The load generator: prebuilt requests over raw sockets, one of epoll's rounds after the other.

It parses no more of an answer than where it ends and its status, so that on one core it asks several
times faster than any server here answers; what it costs is measured beside them.
"""

import gc
import re
import select
import socket
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection: *close\r\n", re.IGNORECASE)
_END = b"\r\n\r\n"
_PATIENCE = 20.0
_SIZE = 1 << 18


class Unanswered(Exception):
    """A server gave no answer in time, or none that is HTTP as we know it."""


@dataclass(frozen=True)
class Drive:
    """What came of a number of requests."""

    requests: int
    seconds: float
    cpu: float
    """Of the generator itself."""
    latencies: Sequence[float] = field(repr=False)
    """Seconds each, ascending."""
    refused: int
    """Answers whose status was not 2xx."""
    bodies: Sequence[bytes] = field(repr=False)
    """In the requests' order, where they were to be kept."""

    def quantile(self, part: float) -> float:
        """The latency that this part of the requests did not exceed, in seconds."""
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * part))]


@dataclass(slots=True, eq=False)
class _Client:
    """One keep-alive connection with one request on its way."""

    port: int
    address: str
    socket: socket.socket
    number: int = -1
    sent: float = 0.0
    received: bytes = b""

    def ask(self, number: int, request: bytes, now: float) -> None:
        self.number, self.sent, self.received = number, now, b""
        self.socket.sendall(request)

    def answer(self) -> bytes | None:
        """A complete answer, or None while some of it is on its way."""
        data = self.socket.recv(_SIZE)
        if not data:
            raise Unanswered("the server hung up in the middle of an answer")
        self.received = data = self.received + data if self.received else data
        end = data.find(_END)
        if end < 0:
            return None
        length = _LENGTH.search(data, 0, end + 2)
        if not length:
            raise Unanswered("an answer without a length")
        return data if len(data) >= end + len(_END) + int(length[1]) else None


def drive(
    ports: Sequence[int], requests: Sequence[bytes], clients: int, *, keep: bool = False
) -> Drive:
    """Send all requests to loopback ports, each once, from so many clients at the same time.

    Clients are spread evenly over the ports, as a proxy in front would. ``keep`` gives the answers'
    bodies. Raises Unanswered, OSError.
    """
    pending = iter(enumerate(requests))
    # Each client from an address of its own, all of which are this machine's.
    people = [
        _Client(port := ports[one % len(ports)], own := f"127.0.0.{one + 2}", _connected(own, port))
        for one in range(min(clients, len(requests)))
    ]
    gc.collect()
    gc.disable()  # a pause of ours would look like one of the server's
    try:
        return _driven(people, pending, len(requests), keep=keep)
    finally:
        gc.enable()
        for person in people:
            person.socket.close()


def _driven(
    people: Sequence[_Client],
    pending: Iterator[tuple[int, bytes]],
    count: int,
    *,
    keep: bool,
) -> Drive:
    clock = time.perf_counter
    bodies = [b""] * (count if keep else 0)
    latencies: list[float] = []
    refused = 0
    with select.epoll() as poll:
        known = {person.socket.fileno(): person for person in people}
        for number in known:
            poll.register(number, select.EPOLLIN)
        cpu, began = time.process_time(), clock()
        for person in people:
            person.ask(*next(pending), clock())
        while len(latencies) < count:
            ready = poll.poll(_PATIENCE)
            if not ready:
                raise Unanswered(f"no answer within {_PATIENCE:.0f} s")
            for number, _ in ready:
                person = known[number]
                answer = person.answer()
                if answer is None:
                    continue
                now = clock()
                latencies.append(now - person.sent)
                refused += answer[9:10] != b"2"
                if keep:
                    bodies[person.number] = answer[answer.find(_END) + len(_END) :]
                following = next(pending, None)
                if _CLOSES.search(answer, 0, answer.find(_END) + 2):
                    _again(person, poll, known)
                if following:
                    person.ask(*following, clock())
        seconds = clock() - began
    latencies.sort()
    spent = time.process_time() - cpu
    return Drive(count, seconds, spent, latencies, refused, bodies)


def _again(person: _Client, poll: select.epoll, known: dict[int, _Client]) -> None:
    """Connect anew, as a browser does when the server has closed."""
    number = person.socket.fileno()
    poll.unregister(number)
    del known[number]
    person.socket.close()
    person.socket = _connected(person.address, person.port)
    known[person.socket.fileno()] = person
    poll.register(person.socket.fileno(), select.EPOLLIN)


def _connected(address: str, port: int) -> socket.socket:
    made = socket.create_connection(("127.0.0.1", port), _PATIENCE, source_address=(address, 0))
    made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return made


def request(method: str, path: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """One HTTP/1.1 request, as bytes."""
    sized = {**headers, "Content-Length": str(len(body))} if method == "POST" else headers
    lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in sized.items())]
    return "\r\n".join(lines).encode() + _END + body
