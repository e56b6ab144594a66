"""Policies: how the settings make them, and that the vault holds to them whoever asks."""

import time
from dataclasses import replace

import pytest

from storage import audit, keys, settings
from storage.errors import SettingsError
from storage.model import (
    DAY,
    HOUR,
    Content,
    Details,
    Event,
    Lifetime,
    Passphrase,
    Preset,
    State,
    Submission,
    UserId,
    Wanted,
    WorkspaceId,
    tag_of,
)
from storage.outcomes import (
    AgainstPolicy,
    Burned,
    Duplicate,
    Full,
    NotAllowed,
    Reserved,
    Rule,
    Shared,
    Unavailable,
)
from storage.policy import HistoryScope, Policy
from storage.seal import KeyRing, MasterKey
from storage.vault import Vault
from tests.links import Holder, reveal, share
from tests.people import ANNA, BEN, STRANGER
from tests.raw import RawStore


async def _try(vault: Vault, submission: Submission | None = None, **changed: object) -> object:
    given: dict[str, object] = {"label": "", "lifetime": Lifetime(DAY), "single_use": True}
    given |= {"submission": submission} | changed
    return await vault.share(ANNA, Content(text="hunter2"), **given)  # type: ignore[arg-type]


def test_without_settings_the_policy_is_the_products() -> None:
    """The defaults of the product's table."""
    assert settings.load({}).policy == Policy(creates_per_hour=60)


def test_settings_become_a_policy() -> None:
    """Every variable ends where it belongs."""
    config = settings.load(
        {
            "DEFAULT_LIFETIME": "1h",
            "MAX_LIFETIME": "7d",
            "REQUIRE_PASSPHRASE": "true",
            "BROWSER_ONLY": "true",
            "REQUESTS": "false",
            "HISTORY_SCOPE": "own",
            "ADMINS": "U012AB3CD, W0XYZ",
            "AUDIT_RETENTION": "30d",
            "CREATES_PER_HOUR": "5",
            "TICKET_URL": "https://desk.example.com/find?q={label}&all=1",
        }
    )
    assert config.policy == Policy(
        default_lifetime=Lifetime(HOUR),
        max_lifetime=Lifetime(7 * DAY),
        require_passphrase=True,
        browser_only=True,
        requests=False,
        history_scope=HistoryScope.OWN,
        admins=frozenset({UserId("U012AB3CD"), UserId("W0XYZ")}),
        audit_retention=30 * DAY,
        creates_per_hour=5,
    )
    assert config.ticket_url == "https://desk.example.com/find?q={label}&all=1"


def test_a_maximum_below_the_default_lowers_it_unless_it_was_set() -> None:
    """MAX_LIFETIME=2h alone means one hour; together with DEFAULT_LIFETIME=24h it is a mistake."""
    assert settings.load({"MAX_LIFETIME": "2h"}).policy.default_lifetime == Lifetime(HOUR)
    with pytest.raises(SettingsError, match="DEFAULT_LIFETIME must not be above MAX_LIFETIME"):
        settings.load({"MAX_LIFETIME": "2h", "DEFAULT_LIFETIME": "24h"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DEFAULT_LIFETIME", "2d"),
        ("DEFAULT_LIFETIME", "86400"),
        ("DEFAULT_LIFETIME", "\u0661h"),
        ("MAX_LIFETIME", "31d"),
        ("MAX_LIFETIME", "0h"),
        ("MAX_LIFETIME", "-1d"),
        ("AUDIT_RETENTION", "29d"),
        ("AUDIT_RETENTION", "for ever"),
        ("REQUIRE_PASSPHRASE", "perhaps"),
        ("BROWSER_ONLY", "perhaps"),
        ("REQUESTS", "none"),
        ("HISTORY_SCOPE", "everybody"),
        ("ADMINS", "@anna"),
        ("ADMINS", "U1,,<!channel>"),
        ("CREATES_PER_HOUR", "0"),
        ("CREATES_PER_HOUR", "many"),
        ("TICKET_URL", "http://desk.example.com/{label}"),
        ("TICKET_URL", "https://desk.example.com/"),
        ("TICKET_URL", "https://{label}/x"),
        ("TICKET_URL", "https://{label}.example.com/x"),
        ("TICKET_URL", "https://desk.example.com/{label}|x"),
        ("TICKET_URL", "https://desk.example.com/{label}>"),
        ("TICKET_URL", "https://user:pw@desk.example.com/{label}"),
        ("TICKET_URL", "javascript:alert({label})"),
        ("TICKET_URL", "https://desk.example.com/{label}/{other}"),
        ("TICKET_URL", "https://desk.example.com/{label}" + "x" * 500),
    ],
)
def test_a_malformed_policy_stops_the_start(name: str, value: str) -> None:
    """One sentence that names the variable."""
    with pytest.raises(SettingsError) as caught:
        settings.load({name: value})
    assert name in str(caught.value)
    assert str(caught.value).endswith(".")


async def test_the_vault_refuses_what_policy_forbids_and_puts_it_on_record(
    store_client: RawStore, ring: KeyRing
) -> None:
    """Lifetime and passphrase, in share and in reserve: nothing is stored but the entry."""
    strict = Policy(max_lifetime=Lifetime(HOUR), require_passphrase=True)
    vault = Vault(store_client, ring, policy=strict)
    press = Submission("V1", "t1")
    assert await _try(vault) == AgainstPolicy(Rule.MAX_LIFETIME)
    hour = Lifetime(HOUR)
    assert await _try(vault, lifetime=hour) == AgainstPolicy(Rule.REQUIRE_PASSPHRASE)
    reserved = await vault.reserve(ANNA, press, lifetime=Lifetime(DAY), has_passphrase=True)
    assert reserved == AgainstPolicy(Rule.MAX_LIFETIME)
    reserved = await vault.reserve(ANNA, press, lifetime=hour, has_passphrase=False)
    assert reserved == AgainstPolicy(Rule.REQUIRE_PASSPHRASE)
    (stream,) = await store_client.keys("*")
    assert stream.decode() == keys.audit(tag_of(ANNA.workspace))
    passphrase, lifetime = b"require_passphrase", b"max_lifetime"
    entries = await store_client.xrange(stream)
    for (_, fields), rule in zip(entries, (lifetime, passphrase) * 2, strict=True):
        assert fields == {
            b"workspace": ANNA.workspace.encode(),
            b"id": b"",
            b"event": b"refused_by_policy",
            b"by": ANNA.user.encode(),
            b"reader": b"",
            b"rule": rule,
        }
    assert isinstance(await _try(vault, lifetime=hour, passphrase=Passphrase.of("x")), Shared)


async def test_a_refusal_that_cannot_be_put_on_record_says_that_the_store_is_full(
    store_client: RawStore, ring: KeyRing
) -> None:
    """No memory for the entry: told as what it is, and not as a store that is away."""
    vault = Vault(store_client, ring, policy=Policy(require_passphrase=True))
    press = Submission("V1", "t1")
    await store_client.config_set("maxmemory", "1mb")
    try:
        shared = await _try(vault)
        reserved = await vault.reserve(ANNA, press, lifetime=Lifetime(DAY), has_passphrase=False)
    finally:
        await store_client.config_set("maxmemory", "0")
    assert shared == reserved == Full()
    assert await store_client.dbsize() == 0


async def test_refusals_are_in_nobodys_trail(store_client: RawStore, ring: KeyRing) -> None:
    """An entry without an id belongs to no secret, and retention trims it like any other."""
    vault = Vault(store_client, ring, policy=Policy(creates_per_hour=1))
    holder = await share(vault)
    assert isinstance(await _try(vault), AgainstPolicy)
    details = await vault.details(ANNA.workspace, holder.id)
    assert isinstance(details, Details)
    assert [entry.event for entry in details.trail] == [Event.CREATED]
    await audit.trim(store_client, ANNA.workspace, -10)
    assert await store_client.xlen(keys.audit(holder.id.tag)) == 0


async def test_so_many_an_hour_for_each_agent_of_each_workspace(
    store_client: RawStore, ring: KeyRing
) -> None:
    """The first ten at once, the eleventh after a tenth of an hour; others have their own count."""
    vault = Vault(store_client, ring, policy=Policy(creates_per_hour=10))
    for _ in range(10):
        await share(vault)
    refused = await _try(vault)
    assert isinstance(refused, AgainstPolicy)
    assert refused.rule is Rule.CREATES_PER_HOUR
    assert refused.again
    assert refused.again - time.time() == pytest.approx(360, abs=5)
    press = Submission("V1", "t1")
    early = await vault.reserve(ANNA, press, lifetime=Lifetime(DAY), has_passphrase=True)
    assert isinstance(early, AgainstPolicy)
    await share(vault, agent=BEN)
    await share(vault, agent=STRANGER)
    counter = keys.creates(ANNA.workspace, ANNA.user)
    assert 0 < await store_client.pttl(counter) <= 3_600_000
    worked_off = int(await store_client.get(counter))
    await store_client.set(counter, worked_off - 361_000)
    await share(vault)
    assert isinstance(await _try(vault), AgainstPolicy)


async def test_only_what_lives_besides_counts(store_client: RawStore, ring: KeyRing) -> None:
    """A duplicate costs nothing, nor does what takes a living secret's place (A12 at the limit)."""
    vault = Vault(store_client, ring, policy=Policy(creates_per_hour=1))
    press = Submission("V1", "t1")
    assert isinstance(await _try(vault, press), Shared)
    for _ in range(5):
        assert isinstance(await _try(vault, press), Duplicate)
    last = await _try(vault, replace(press, trigger="t2"))
    assert isinstance(last, Shared)
    slow = replace(press, trigger="t3")
    taken = await vault.reserve(ANNA, slow, lifetime=Lifetime(DAY), has_passphrase=True)
    assert isinstance(taken, Reserved)
    last = await _try(vault, taken.submission)
    assert isinstance(last, Shared)
    states = [row.status.state for row in (await vault.history(ANNA.workspace)).rows]
    assert sorted(states) == [State.ACTIVE, State.BURNED, State.BURNED]
    # With nothing left to be replaced, it is one more.
    await vault.burn(ANNA, last.link.id)
    assert isinstance(await _try(vault, replace(press, trigger="t4")), AgainstPolicy)
    assert isinstance(await _try(vault, Submission("V2", "t5")), AgainstPolicy)


async def test_a_reserved_press_is_made_once_and_only_while_it_is_the_last(vault: Vault) -> None:
    """Taken once; a later press in the same view takes over, whichever of the two is put first."""
    day = Lifetime(DAY)
    first, second = Submission("V1", "t1"), Submission("V1", "t2")
    taken = await vault.reserve(ANNA, first, lifetime=day, has_passphrase=True)
    assert isinstance(taken, Reserved)
    again = await vault.reserve(ANNA, first, lifetime=day, has_passphrase=True)
    assert isinstance(again, Duplicate)
    later = await vault.reserve(ANNA, second, lifetime=day, has_passphrase=True)
    assert isinstance(later, Reserved)
    assert isinstance(await _try(vault, taken.submission), Duplicate)
    made = await _try(vault, later.submission)
    assert isinstance(made, Shared)
    assert isinstance(await _try(vault, taken.submission), Duplicate)
    assert len((await vault.history(ANNA.workspace)).rows) == 1
    plain = await _try(vault, Submission("V1", "t3"))
    assert isinstance(plain, Shared)
    states = [row.status.state for row in (await vault.history(ANNA.workspace)).rows]
    assert sorted(states) == [State.ACTIVE, State.BURNED]


async def test_scope_and_admins_hold_for_history_details_and_burn(
    store_client: RawStore, ring: KeyRing
) -> None:
    """HISTORY_SCOPE=own: others' secrets do not exist; ADMINS see and burn them."""
    policy = Policy(history_scope=HistoryScope.OWN, admins=frozenset({BEN.user}))
    vault = Vault(store_client, ring, policy=policy)
    clara = replace(ANNA, user=UserId("U0CLARA"))
    mine, hers = await share(vault), await share(vault, agent=clara)

    async def seen(viewer: UserId | None) -> set[str]:
        page = await vault.history(ANNA.workspace, viewer=viewer)
        return {row.id.value for row in page.rows}

    assert await seen(ANNA.user) == {mine.id.value}
    assert await seen(BEN.user) == await seen(None) == {mine.id.value, hers.id.value}
    blocked = await vault.details(ANNA.workspace, hers.id, viewer=ANNA.user)
    assert isinstance(blocked, Unavailable)
    assert isinstance(await vault.burn(ANNA, hers.id), Unavailable)
    assert isinstance(await vault.details(ANNA.workspace, hers.id, viewer=BEN.user), Details)
    # An admin of this workspace is nobody elsewhere.
    foreign = replace(BEN, workspace=STRANGER.workspace)
    assert isinstance(await vault.burn(foreign, hers.id), Unavailable)
    assert isinstance(await vault.burn(BEN, hers.id), Burned)
    team = Vault(store_client, ring)
    assert isinstance(await team.burn(clara, mine.id), NotAllowed)


@pytest.mark.parametrize("fate", ["altered", "key removed", "vanished"])
async def test_what_cannot_be_read_stays_its_creators(
    store_client: RawStore, ring: KeyRing, fate: str
) -> None:
    """Nothing disappears silently: under HISTORY_SCOPE=own and Mine too, and for nobody else."""
    vault = Vault(store_client, ring, policy=Policy(history_scope=HistoryScope.OWN))
    mine = await share(vault)
    await share(vault, agent=BEN)
    match fate:
        case "altered":
            await store_client.hset(keys.record(mine.id), "mac", b"x" * 32)
        case "key removed":
            vault = Vault(store_client, KeyRing([MasterKey.random()]), policy=vault.policy)
        case _:
            await store_client.delete(keys.record(mine.id))
            await store_client.zadd(keys.due(mine.id.tag), {mine.id.value: 1})
            await vault.sweep(ANNA.workspace)
    clara = UserId("U0CLARA")
    for viewer, wanted, count in (
        (ANNA.user, Wanted(), 1),
        (ANNA.user, Wanted(ANNA.user), 1),
        (ANNA.user, Wanted(clara), 0),
        (clara, Wanted(), 0),
    ):
        page = await vault.history(ANNA.workspace, viewer=viewer, wanted=wanted)
        assert [row.id for row in page.rows] == [mine.id] * count
    assert isinstance(await vault.details(ANNA.workspace, mine.id, viewer=ANNA.user), Details)
    hidden = await vault.details(ANNA.workspace, mine.id, viewer=clara)
    assert isinstance(hidden, Unavailable)


async def test_the_history_reads_on_until_a_page_is_full(vault: Vault) -> None:
    """Filters pass rows over; the pages together are all that is wanted, each row once."""
    ids = []
    for number in range(60):
        holder = await share(vault, agent=ANNA if number % 4 == 0 else BEN)
        if number % 8 == 0:
            await reveal(vault, holder)
            ids.append(holder.id)
    wanted, seen, offset, as_of = Wanted(ANNA.user, State.VIEWED), [], 0, None
    more = True
    while more:
        page = await vault.history(ANNA.workspace, wanted=wanted, as_of_ms=as_of, offset=offset)
        seen += [row.id for row in page.rows]
        offset, as_of, more = page.next_offset, page.as_of_ms, page.more
    assert sorted(map(str, seen)) == sorted(map(str, ids))


async def test_what_an_agent_chose_last_is_remembered(vault: Vault) -> None:
    """Per agent and workspace, also of two workspaces that share a tag."""
    assert await vault.preset(ANNA) is None
    await share(vault, single_use=False, lifetime=Lifetime(7 * DAY))
    await share(vault, agent=BEN)
    assert await vault.preset(ANNA) == Preset(Lifetime(7 * DAY), single_use=False)
    assert await vault.presets(ANNA.workspace) == {
        ANNA.user: Preset(Lifetime(7 * DAY), single_use=False),
        BEN.user: Preset(Lifetime(HOUR), single_use=True),
    }
    assert await vault.presets(WorkspaceId("T0NOBODY")) == {}


async def test_an_undelivered_link_is_replaced_not_burned_by_somebody(vault: Vault) -> None:
    """The trail says why it was destroyed."""
    holder: Holder = await share(vault)
    assert isinstance(await vault.burn(ANNA, holder.id, undelivered=True), Burned)
    details = await vault.details(ANNA.workspace, holder.id)
    assert isinstance(details, Details)
    assert details.trail[-1].event is Event.REPLACED
