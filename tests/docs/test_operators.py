"""What operators are told is what the code does: settings, routes, alarms, the runbook."""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from functools import partial

import pytest
import yaml
from redis.asyncio import Redis

from bot import app as slack_app
from bot import serving
from bot.commands import audit, audit_report
from bot.sockets import CONNECTIONS
from storage import embedded, health, meters, store
from storage.alarms import KINDS
from storage.backlog import Backlog, backlog
from storage.model import State
from storage.outcomes import Gone
from storage.settings import Settings, load
from storage.vault import Vault
from storage.verifier import Fault
from tests import links, sizes
from tests.docs.reading import ROOT, code, page, routes, rows
from tests.docs.shown import is_shown
from tests.people import ANNA
from tests.raw import RawStore
from tests.site import Site
from web import operations
from web.app import build
from web.measured import Measured
from web.pages import Pages

OPERATORS = page("docs/operators.md")
PROTOCOL = page("docs/protocol.md")
SOURCES = [path for name in ("bot", "web", "storage") for path in (ROOT / name).rglob("*.py")]
DEFAULTS = {name.upper(): field.default for name, field in Settings.model_fields.items()}


def settings_rows() -> dict[str, list[str]]:
    """The row of each variable; one that is explained twice fails."""
    found = [(code(row[0])[0], row) for row in rows(OPERATORS, "Variable")]
    assert len(dict(found)) == len(found)
    return dict(found)


def test_every_setting_is_explained() -> None:
    """Each variable that the start reads, once, and none that it does not know."""
    assert set(settings_rows()) == set(DEFAULTS)


@pytest.mark.parametrize("name", sorted(DEFAULTS))
def test_defaults_are_the_codes(name: str) -> None:
    """What the table gives as the default means the same as leaving the variable out."""
    written = settings_rows()[name][1]
    if written == "unset":
        assert not DEFAULTS[name]
    else:
        assert getattr(load({name: code(written)[0]}), name.lower()) == DEFAULTS[name]


@pytest.mark.parametrize("name", ["agents", "customers", "faq", "operators"])
def test_no_unknown_variable_is_named(name: str) -> None:
    """Whatever reads like a variable, in any page for people, is one of this version."""
    named = re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", page(f"docs/{name}.md"))
    assert set(named) <= set(DEFAULTS)


async def test_the_stores_can_be_named_as_written() -> None:
    """Each REDIS_URL of the table is one that the start takes."""
    urls = [url for row in rows(OPERATORS, "Store") for url in code(row[1])]
    assert len(urls) >= 5
    for url in urls:
        await store.connect(url).aclose()


@pytest.fixture
async def served(vault: Vault, store_client: Redis) -> set[tuple[str, str]]:
    """Method and path of everything the web process answers in HTTP mode, METRICS_PORT included."""
    site = build(
        vault,
        public_url="http://localhost",
        inspect=partial(health.inspect, store_client, allow_degraded=False),
        pages=Pages("localhost"),
    )
    bot = slack_app.build(
        vault=vault,
        token="xoxb-test",
        api_url="http://localhost/",
        command="/secret",
        public_url="http://localhost",
    )
    serving.mount(site, bot, "s" * 32)
    await bot.close()
    everywhere = (
        site,
        operations.build(partial(health.inspect, store_client, allow_degraded=False)),
    )
    resources = (
        (route.method, route.resource) for app in everywhere for route in app.router.routes()
    )
    return {(method, resource.canonical) for method, resource in resources if resource}


@pytest.mark.parametrize("text", [OPERATORS, PROTOCOL], ids=["operators", "protocol"])
def test_the_route_tables_are_the_router(text: str, served: set[tuple[str, str]]) -> None:
    """Each route that is served is documented with its method, and the other way round."""
    heads = {(method, path) for method, path in served if method == "HEAD"}
    assert heads == {("HEAD", path) for method, path in served if method == "GET"}
    assert routes(text) == served - heads


def test_the_error_codes_are_found() -> None:
    """The one table of codes is linked, and each code that is named stands in it."""
    assert "](protocol.md#http)" in OPERATORS
    known = {code(row[0])[0] for row in rows(PROTOCOL, "Code")}
    errors = OPERATORS.partition("\n## Errors\n")[2].partition("\n## ")[0]
    named = re.findall(r"^- \d{3} `(\w+)`", errors, re.MULTILINE)
    assert named
    assert set(named) <= known


def test_every_alarm_says_what_to_do() -> None:
    """Each kind that the code may raise has its row with a remedy, and no other."""
    table = {code(row[0])[0]: row for row in rows(OPERATORS, "Alarm")}
    assert set(table) == set(KINDS)
    assert all(len(row) == 3 and row[2] for row in table.values())


async def test_every_metric_is_explained(store_client: RawStore) -> None:
    """Each name that /metrics may serve has its row with its labels, and no other."""
    served = {name: labels async for name, labels in metrics(store_client)}
    table = {code(row[0])[0]: set(code(row[1])) for row in rows(OPERATORS, "Metric")}
    assert table == served


async def metrics(redis: RawStore) -> AsyncIterator[tuple[str, set[str]]]:
    """Our names as Prometheus stores them, from a bot process that has answered a request."""
    meters.METERS.on = True
    meters.METERS.answered("/", 200, 0.1)
    meters.METERS.store_answered(meters.METERS.asked_store())
    meters.METERS.on = False

    async def waiting() -> Backlog:
        return await backlog(redis, ANNA.workspace)

    inspect = partial(health.inspect, redis, allow_degraded=False)
    measured = Measured(inspect, [lambda: health.Check("socket_mode", "", ok=True)], waiting)
    await measured.look()
    for family in measured.collect():
        labels = {name for sample in family.samples for name in sample.labels} - {"le"}
        yield family.name + "_total" * (family.type == "counter"), labels


async def test_alerts_are_about_metrics_that_exist(store_client: RawStore) -> None:
    """Each rule of docs/alerts.yaml asks for names and labels that are served."""
    served = {name: labels async for name, labels in metrics(store_client)}
    (group,) = yaml.safe_load(page("docs/alerts.yaml"))["groups"]
    for rule in group["rules"]:
        named = re.findall(r"(slash_secret_\w+)(?:\{(\w+))?", rule["expr"])
        assert named, rule["alert"]
        for name, label in named:
            assert name.removesuffix("_bucket") in served, name
            assert not label or label in served[name.removesuffix("_bucket")]
        for label in re.findall(r"\$labels\.(\w+)", rule["annotations"]["summary"]):
            assert label == "instance" or any(label in served[name] for name, _ in named)


def test_log_lines_worth_a_look_exist() -> None:
    """Each event that operators are told of is logged, at each level that the table gives."""
    calls = re.compile(r"_log\.(warning|error)\(\s*\"(\w+)\"")
    logged = {found for path in SOURCES for found in calls.findall(path.read_text())}
    for events, levels, _ in rows(OPERATORS, "Event"):
        for event in code(events):
            assert {(level, event) for level in levels.split(" or ")} <= logged, event


async def test_what_readyz_says_is_explained(site: Site) -> None:
    """Each check of the answer is named, and each status has its row."""
    async with site.client.get(f"{site.url}/readyz") as response:
        answer = await response.json()
    assert [name for name in answer["checks"] if f"`{name}`" not in OPERATORS] == []
    table = {code(row[0])[0] for row in rows(OPERATORS, "`status`")}
    assert answer["status"] in table
    assert table == set(re.findall(r'"(ready|degraded|unavailable)"', page("web/health.py")))


def test_policies_name_how_they_refuse() -> None:
    """What agents read, quoted for operators, is what they read."""
    for row in rows(OPERATORS, "Policy"):
        for quoted in re.findall(r'"([^"]+)"', row[1]):
            assert is_shown(quoted), quoted


@pytest.mark.parametrize(
    ("sentence", "seconds"),
    [
        ("does not answer within {:.0f} seconds", serving.STORE_PATIENCE),
        ("does not start within {:.0f} seconds", embedded.START_TIMEOUT),
        ("a clock within {:.0f} seconds", health.SKEW_MAX),
    ],
)
def test_times_are_the_codes(sentence: str, seconds: float) -> None:
    """How long the start waits and how far a clock may be off."""
    assert sentence.format(seconds) in OPERATORS


async def test_a_restore_turns_time_back(vault: Vault, store_client: RawStore) -> None:
    """The runbook's warning holds: what was opened after the backup opens again."""
    holder = await links.share(vault)
    backup = {name: await store_client.dump(name) for name in await store_client.keys("ss:*")}
    assert holder.read(await links.reveal(vault, holder)) == "hunter2"
    assert isinstance(await links.reveal(vault, holder), Gone)
    for name, value in backup.items():
        await store_client.restore(name, 0, value, replace=True)
    assert holder.read(await links.reveal(vault, holder)) == "hunter2"


async def test_the_restore_command_leaves_nothing_to_open(vault: Vault, store_url: str) -> None:
    """What the runbook runs after a restore makes every link read Lost."""
    command = re.search(r'\.venv/bin/python -c "(.*)" unix:', OPERATORS)
    assert command
    holder = await links.share(vault)
    run = [sys.executable, "-c", command[1], store_url]
    await asyncio.to_thread(subprocess.run, run, check=True)
    outcome = await links.reveal(vault, holder)
    assert isinstance(outcome, Gone)
    assert outcome.reason is State.LOST


def test_what_the_audit_commands_say_is_explained() -> None:
    """Each finding of ``audit verify`` and each column of ``audit export``, and no other."""
    findings = [word for row in rows(OPERATORS, "Finding") for word in code(row[0])]
    assert sorted(findings) == sorted(Fault)
    columns = [word for row in rows(OPERATORS, "Column") for word in code(row[0])]
    assert sorted(columns) == sorted(audit.COLUMNS)
    for status, says, _ in rows(OPERATORS, "Exit status"):
        assert audit_report.SUMMARY[int(status)].startswith(code(says)[0].removesuffix(" ..."))


def test_what_a_secret_costs_is_what_was_measured() -> None:
    """The tables of docs/scaling.md are those of docs/sizes.json, which ``tests.sizes`` wrote."""
    text = page("docs/scaling.md")
    assert sizes.filled(text, json.loads(page("docs/sizes.json"))) == text


def test_socket_mode_is_shared_by_as_many_bots_as_the_page_says() -> None:
    """Slack allows ten connections for an app."""
    assert f"each opens {CONNECTIONS} connections" in page("docs/scaling.md")
    assert 10 // CONNECTIONS == 5
    assert "at most five" in page("docs/scaling.md")
