"""A ward for one test, on a store of which only one user of ours may use our keys."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage import alarms, logs
from tests.bot.doctor import ward as wards
from tests.bot.doctor.ward import ACCESS, PASSWORD, USER, Ward
from tests.raw import RawStore
from tests.slack import FakeSlack


@pytest.fixture(autouse=True)
def _logs() -> Iterator[None]:
    """The command silences the logs of its process, which here is every test's."""
    yield
    logs.configure("DEBUG")


@pytest.fixture(scope="session")
def pem(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that is good for three months."""
    return wards.certificate(tmp_path_factory.mktemp("tls"), 90)


@pytest.fixture
async def ward(
    store_client: RawStore,
    store_url: str,
    slack: FakeSlack,
    pem: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Ward]:
    """A deployment that is well, but does not run yet."""
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    for kind in alarms.KINDS:  # what other tests made this process raise is none of its alarms
        monkeypatch.setitem(alarms.raised, kind, 0)
    rules = ["reset", "on", f">{PASSWORD}", *ACCESS.split()]
    await store_client.execute_command("ACL", "SETUSER", USER, *rules)
    async with wards.ward(store_url, tmp_path, slack, pem) as made:
        yield made
    await store_client.execute_command("ACL", "DELUSER", USER)
