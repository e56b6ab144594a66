"""The store as somebody with a shell on it sees it."""

from typing import Any

# redis-py types each reply as a union of all replies; what a test reads raw, it also checks.
RawStore = Any
