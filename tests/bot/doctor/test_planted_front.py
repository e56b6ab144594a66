"""What a proxy in front does wrong is found, and nothing else is."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from bot.doctor.finding import Level
from tests.bot.doctor.ward import PROXY, Ward, certificate, fronted, the_one
from tests.deployment import free_port

ERROR, WARNING, UNCHECKED = Level.ERROR, Level.WARNING, Level.UNCHECKED


async def test_a_proxy_that_leads_nowhere(ward: Ward) -> None:
    """The web process runs here, and PUBLIC_URL gets 502."""
    async with ward.running():
        ward.front.status = 502
        found = await ward.examine()
    assert [one.name for one in found if one.level is ERROR] == ["public URL"]
    assert "although the web process runs here" in found[0].found


async def test_a_public_url_of_somebody_else(ward: Ward) -> None:
    """Something answers there, and it is not this app."""
    async with ward.running():
        ward.front.status = 404
        found = await ward.examine()
    assert {one.name for one in found if one.level is ERROR} == {
        "public URL", "API", "Slack requests",
    }  # fmt: skip


async def test_a_name_that_nobody_knows(ward: Ward) -> None:
    """PUBLIC_URL has no entry in the DNS."""
    async with ward.running():
        found = await ward.examine(PUBLIC_URL="https://secret.invalid")
    (url,) = (one for one in found if one.name == "public URL")
    assert (url.level, "DNS" in url.found) == (ERROR, True)


async def test_a_certificate_that_browsers_refuse(
    ward: Ward, pem: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not from an authority that this machine knows."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate(tmp_path, 90, "other.test")))
    async with ward.running():
        found = await ward.examine()
    (url,) = (one for one in found if one.name == "public URL")
    assert (url.level, "certificate" in url.found) == (ERROR, True)


@pytest.mark.parametrize(("days", "level"), [(1.5, ERROR), (10, WARNING)])
async def test_a_certificate_that_ends_soon(
    ward: Ward, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: float, level: Level
) -> None:
    """While there is time to renew it."""
    pem = certificate(tmp_path, days)
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    front = replace(ward.front, port=free_port())
    more = {"PUBLIC_URL": f"https://localhost:{front.port}"}
    async with fronted(front, pem), ward.running(**more):
        found = the_one(await ward.examine(**more))
    assert (found.level, found.name) == (level, "certificate")


async def test_a_proxy_that_is_not_listed(ward: Ward) -> None:
    """Everybody would share its address; the one to list is named."""
    more = {"TRUSTED_PROXIES": ""}
    async with ward.running(**more):
        found = the_one(await ward.examine(**more))
    assert (found.level, found.name) == (WARNING, "proxies")
    assert f"recorded as {PROXY}" in found.found
    assert f"add {PROXY} to TRUSTED_PROXIES" in found.remedy


async def test_a_proxy_that_says_not_whom_it_speaks_for(ward: Ward) -> None:
    """Listed, and its header is missing."""
    ward.front.says_who = False
    async with ward.running():
        found = await ward.examine()
    assert [(one.level, one.name) for one in found] == [(ERROR, "proxies")]
    assert "can choose" in found[0].found


async def test_a_proxy_that_drops_every_header_of_proxies(ward: Ward) -> None:
    """Nobody can forge, and nobody is told apart."""
    ward.front.says_who = False
    ward.front.lost = frozenset({"x-forwarded-for", "forwarded", "x-real-ip", "cf-connecting-ip"})
    async with ward.running():
        found = the_one(await ward.examine())
    assert (found.level, found.name) == (WARNING, "proxies")
    assert "the proxy itself" in found.found


async def test_a_proxy_through_which_visitors_forge(ward: Ward) -> None:
    """It leaves a visitor's own X-Forwarded-For as it is."""
    ward.front.keeps_theirs = True
    async with ward.running():
        found = the_one(await ward.examine())
    assert (found.level, found.name) == (ERROR, "proxies")
    assert "can choose" in found.found


async def test_asking_from_a_machine_that_is_listed(ward: Ward) -> None:
    """What it sees is not what visitors see, so it claims nothing."""
    more = {"TRUSTED_PROXIES": f"{PROXY},127.0.0.1"}
    async with ward.running(**more):
        found = the_one(await ward.examine(**more))
    assert (found.level, found.name) == (UNCHECKED, "proxies")


HEADERS = [
    ({"drops": frozenset({"content-security-policy"})}, "Content-Security-Policy is missing"),
    ({"given": {"Content-Security-Policy": "default-src *"}}, "is there 2 times"),
    ({"given": {"Set-Cookie": "cdn=1"}}, "Set-Cookie was added"),
    (
        {"drops": frozenset({"cache-control"}), "given": {"Cache-Control": "public"}},
        "Cache-Control is another than was sent",
    ),
    ({"drops": frozenset({"strict-transport-security"})}, "Strict-Transport-Security is missing"),
]


@pytest.mark.parametrize(("spoil", "said"), HEADERS)
async def test_headers_that_a_proxy_changes(
    ward: Ward, spoil: Mapping[str, object], said: str
) -> None:
    """Missing, doubled, added, weakened: which one is named."""
    for name, value in spoil.items():
        setattr(ward.front, name, value)
    async with ward.running():
        found = the_one(await ward.examine())
    assert (found.level, found.name) == (ERROR, "headers")
    assert said in found.found


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        ({"largest": 100_000}, "refused before it reaches us"),
        ({"lost": frozenset({"sec-fetch-site", "origin"})}, "foreign_origin"),
    ],
)
async def test_a_proxy_that_refuses_our_pages(
    ward: Ward, spoil: Mapping[str, object], said: str
) -> None:
    """A body limit that is too low, and headers that browsers send and a proxy drops."""
    for name, value in spoil.items():
        setattr(ward.front, name, value)
    async with ward.running():
        found = the_one(await ward.examine())
    assert (found.level, found.name) == (ERROR, "API")
    assert said in found.found
