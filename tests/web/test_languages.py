"""Pages in the language of the browser that asks for them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.languages import NAMES
from tests.site import Site
from web.languages import LONGEST, REMEMBERED, Negotiation
from web.pages import STATIC

CHOICE = Negotiation(NAMES)
CUSTOMERS = ["/", "/about", "/s/x", "/r/x"]
AGENTS = ["/c/x", "/new"]


@pytest.mark.parametrize(
    ("wished", "got"),
    [
        ("de", "de"),
        ("de-CH-1996", "de"),
        ("DE-at", "de"),
        ("pt-BR,pt;q=0.9,en-US;q=0.8,en;q=0.7", "pt"),
        ("ar-EG", "ar"),
        ("en-GB,en;q=0.9,de;q=0.8", "en"),
        # The quality counts, not the place; of equals the first.
        ("en;q=0.2, fr;q=0.9", "fr"),
        ("es,fr", "es"),
        ("fr;Q=0.5 , es ; q = 0.7", "es"),
        # A language there is none of leaves the turn to the next.
        ("nl-BE,nl;q=0.9,fr;q=0.5,en;q=0.1", "fr"),
        ("zh-Hant-TW", "en"),
        ("de-x-private", "de"),
        # Refused by the reader.
        ("de;q=0, fr;q=0.1", "fr"),
        ("de;q=0.000", "en"),
        # Lookup gives a wildcard the default.
        ("*", "en"),
        ("*;q=0.9, de;q=0.1", "de"),
        # Nothing, and nonsense.
        ("", "en"),
        ("dearest", "en"),
        ("d", "en"),
        ("de;q=2", "en"),
        ("de;q=x, fr", "fr"),
        ("de;q=1.0001, fr;q=0.1", "fr"),
        (",,;q=1,-,de-,--de", "en"),
        ("\u0000\u202e, es", "es"),
    ],
)
def test_the_browsers_wish_is_looked_up(wished: str, got: str) -> None:
    """RFC 4647, section 3.4: ranges by quality, each widened until there is such a language."""
    assert CHOICE.choose(wished) == got


@given(
    st.one_of(
        st.text(max_size=600), st.from_regex(re.compile(r"([a-z-]{1,9}(;q=[0-9.]{0,5})?,?)*"))
    )
)
def test_every_header_has_an_answer(header: str) -> None:
    """Whatever a stranger sends is a language that there is."""
    assert CHOICE.choose(header) in NAMES


def test_what_is_remembered_is_bounded() -> None:
    """As many short strings as fit, however many and however long headers come."""
    for number in range(3 * REMEMBERED):
        CHOICE.choose(f"x-{number}," + "y" * 10_000)
    assert CHOICE._chosen.cache_info().currsize == REMEMBERED
    # What counts stands in the part that is read.
    assert CHOICE.choose("," * LONGEST + "de") == "en"


@pytest.mark.parametrize("path", CUSTOMERS)
async def test_customers_get_each_page_in_their_language(site: Site, path: str) -> None:
    """Said in the header and in the page, with its direction; caches are told what it hangs on."""
    seen = set()
    for language in NAMES:
        answer = await site.client.get(site.url + path, headers={"Accept-Language": language})
        page = await answer.text()
        assert answer.headers["Content-Language"] == language
        assert answer.headers["Vary"] == "Accept-Encoding, Accept-Language"
        direction = "rtl" if language == "ar" else "ltr"
        assert f'<html lang="{language}" dir="{direction}">' in page
        seen.add(page)
    assert len(seen) == len(NAMES)


@pytest.mark.parametrize("path", AGENTS)
async def test_agents_get_english(site: Site, path: str) -> None:
    """As in Slack."""
    answer = await site.client.get(site.url + path, headers={"Accept-Language": "de"})
    assert answer.headers["Content-Language"] == "en"
    assert 'lang="en"' in await answer.text()


async def test_hostile_headers_get_the_english_page(site: Site) -> None:
    """No header makes an error, or another page."""
    plain = await (await site.client.get(site.url + "/s/x")).read()
    for header in ("x" * 8000, "de;q=" * 1000, ";,=*" * 500, "\u00e9\u00ff", "../de", "share.de"):
        answer = await site.client.get(site.url + "/s/x", headers={"Accept-Language": header})
        assert (answer.status, await answer.read()) == (200, plain)


def test_only_real_languages_are_served() -> None:
    """The long words of the tests are in no build that is served."""
    built = {path.stem.partition(".")[2] or "en" for path in (STATIC / "pages").iterdir()}
    assert built == set(NAMES)
