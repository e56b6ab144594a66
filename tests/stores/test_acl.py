"""B5: the user that docs/operators.md prints can do our work and nothing else."""

from collections.abc import AsyncIterator

import pytest
from redis.exceptions import NoPermissionError, ResponseError

from storage import store
from tests.raw import RawStore
from tests.stores.deployments import Deployment, acl


@pytest.fixture
async def deployment() -> AsyncIterator[Deployment]:
    """A server with that user."""
    async with acl() as running:
        yield running


DENIED = [
    ("KEYS", "*"),
    ("FLUSHALL",),
    ("FLUSHDB",),
    ("CONFIG", "SET", "maxmemory-policy", "allkeys-lru"),
    ("CONFIG", "REWRITE"),
    ("GET", "others"),
    ("SET", "others", "1"),
    ("DEL", "others"),
    ("HSET", "others", "a", "1"),
    ("XREAD", "STREAMS", "others", "0"),
    ("PUBLISH", "others", "1"),
    ("SCRIPT", "FLUSH"),
    ("FUNCTION", "LIST"),
    ("ACL", "LIST"),
    ("MONITOR",),
    ("SHUTDOWN",),
    ("REPLICAOF", "NO", "ONE"),
    ("MODULE", "LIST"),
    ("SAVE",),
    ("MIGRATE", "127.0.0.1", "1", "ss:a", "0", "1"),
    ("RENAME", "ss:a", "others"),
    ("DUMP", "ss:a"),
]


async def _run(client: RawStore, command: tuple[str, ...], how: str = "plain") -> object:
    if how == "plain":
        return await client.execute_command(*command)
    return await client.eval("return redis.call(unpack(ARGV))", 0, *command)


@pytest.mark.parametrize("how", ["plain", "script"])
async def test_b5_what_it_does_not_need_is_denied(deployment: Deployment, how: str) -> None:
    """B5: KEYS, FLUSHALL, CONFIG SET, foreign prefixes and the rest, by a script as well."""
    client = store.connect(deployment.url)
    try:
        for command in DENIED:
            with pytest.raises((NoPermissionError, ResponseError)) as caught:
                await _run(client, command, how)
            said = str(caught.value).lower()
            assert "permission" in said or "not allowed from script" in said, (command, said)
    finally:
        await client.aclose()


async def test_b5_control_the_server_would_do_it_for_another_user(deployment: Deployment) -> None:
    """The same server lets its administrator do what was denied."""
    assert deployment.admin
    admin = store.connect(deployment.admin)
    try:
        assert await admin.set("others", "1")
        assert await _run(admin, ("KEYS", "*")) == [b"others"]
        assert await admin.config_set("maxmemory-policy", "noeviction")
    finally:
        await admin.aclose()
