"""A good deployment gets no finding."""

from bot.doctor.finding import Level
from bot.doctor.rounds import examined
from tests.bot.doctor.ward import Ward, bad
from tests.docs.reading import code, page, rows


def explained() -> set[str]:
    """The checks that operators are told of."""
    return {name for row in rows(page("docs/operators.md"), "Check") for name in code(row[0])}


async def test_a_good_deployment_is_fine(ward: Ward) -> None:
    """Running behind its proxy: every check is made, and none has anything to say."""
    async with ward.running():
        found = await examined(ward.config())
    assert bad(found) == []
    assert {finding.name for finding in found} <= explained()
    assert {finding.name for finding in found if finding.level is Level.OK} >= {
        "API",
        "DATA_DIR",
        "METRICS_PORT",
        "Slack requests",
        "Slack scopes",
        "Slack token",
        "audit trail",
        "bot process",
        "certificate",
        "clock",
        "durability",
        "eviction",
        "headers",
        "key agreement",
        "key rotation",
        "key source",
        "key strength",
        "pages",
        "proxies",
        "public URL",
        "restore",
        "store access",
        "store clock",
        "store connection",
        "store disk",
        "store memory",
        "store version",
    }


async def test_before_the_start_it_says_what_it_could_not_check(ward: Ward) -> None:
    """Nothing runs: what needs a process is unchecked, the rest is looked at, and nothing is wrong."""
    found = await ward.examine()
    assert {finding.level for finding in found} == {Level.UNCHECKED}
    assert {finding.name for finding in found} == {
        "API", "Slack requests", "headers", "key agreement", "proxies", "public URL",
    }  # fmt: skip
