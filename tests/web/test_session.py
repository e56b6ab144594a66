"""POST /api/session: a ticket from Slack makes the browser an agent's."""

from http.cookies import SimpleCookie

from redis.asyncio import Redis

from storage.tickets import Purpose
from storage.vault import Vault
from tests.links import share
from tests.people import ANNA, BEN
from tests.site import Site, serve


async def test_the_page_learns_that_its_reader_made_the_secret(site: Site) -> None:
    """created_by_you with the creator's session, for own secrets only."""
    mine, bens = await share(site.vault), await share(site.vault, agent=BEN)
    assert (await (await site.ask("status", mine)).json())["created_by_you"] is False
    ticket = site.vault.tickets.issue(ANNA, Purpose.VISIT).expose().decode()
    answer = await site.post("/api/session", {"ticket": ticket})
    assert answer.status == 200
    granted = await answer.json()
    assert set(granted) == {"purpose", "tag", "workspace", "agent", "policy", "prefill"}
    assert (granted["purpose"], granted["tag"]) == ("visit", mine.id.tag)
    assert (await (await site.ask("status", mine)).json())["created_by_you"] is True
    assert (await (await site.ask("status", bens)).json())["created_by_you"] is False


async def test_the_cookie_stays_out_of_scripts_and_other_sites(
    vault: Vault, store_client: Redis
) -> None:
    """HttpOnly, SameSite=Strict, path /, 12 hours; Secure when PUBLIC_URL is https."""
    for https in (False, True):
        async with serve(vault, store_client, https=https) as running:
            ticket = vault.tickets.issue(ANNA, Purpose.VISIT).expose().decode()
            answer = await running.post("/api/session", {"ticket": ticket})
            cookie = SimpleCookie(answer.headers["Set-Cookie"])["session"]
            assert cookie["httponly"]
            assert cookie["samesite"] == "Strict"
            assert cookie["path"] == "/"
            assert cookie["max-age"] == "43200"
            assert bool(cookie["secure"]) == https
            running.client.cookie_jar.clear()
            used = await running.post("/api/session", {"ticket": ticket})
            assert (used.status, (await used.json())["error"]["code"]) == (410, "ticket_used")


async def test_nonsense_is_a_ticket_that_ran_out(site: Site) -> None:
    """A forged one learns nothing; a mistyped body is a bad request; garbage cookies count as none."""
    forged = await site.post("/api/session", {"ticket": "AAAA"})
    assert (forged.status, (await forged.json())["error"]["code"]) == (410, "ticket_expired")
    assert (await site.post("/api/session", {"ticket": 1})).status == 400
    holder = await share(site.vault)
    site.client.cookie_jar.update_cookies({"session": "garbage"})
    assert (await site.ask("status", holder)).status == 200
