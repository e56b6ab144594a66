"""The sandbox's page is built beside the site's and is no part of it."""

from tests.site import Site
from web.pages import STATIC

SANDBOX = STATIC / "sandbox"


async def test_a_site_neither_reads_nor_serves_the_sandbox(site: Site) -> None:
    """Its page, its files and its calls are 404s like any other, by whatever address."""
    files = [path.name for path in (SANDBOX / "assets").iterdir()]
    assert len(files) >= 3
    own = {path.name for path in (STATIC / "assets").iterdir()}
    paths = ["/sandbox", "/sandbox/events", "/sandbox/act", "/sandbox/scan"]
    paths += [f"/sandbox/assets/{name}" for name in files]
    paths += [f"/assets/{name}" for name in files if name not in own]
    for path in paths:
        async with site.client.get(site.url + path) as response:
            assert response.status == 404, path
