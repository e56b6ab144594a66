"""A bounded table in memory of what was said last: of too many the oldest is forgotten."""

from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")

SIZE = 10_000


class Recent(Generic[K, V]):
    """It may forget: whoever uses it knows what to do without."""

    def __init__(self, size: int = SIZE) -> None:
        self._size = size
        self._table: dict[K, V] = {}

    def of(self, key: K) -> V | None:
        """What was kept, if it still is."""
        return self._table.get(key)

    def keep(self, key: K, value: V) -> None:
        """Remember it as the newest."""
        self._table.pop(key, None)
        self._table[key] = value
        if len(self._table) > self._size:
            del self._table[next(iter(self._table))]

    def forget(self, key: K) -> None:
        """Keep nothing for it."""
        self._table.pop(key, None)
