"""Settings: one sentence for whatever is wrong, and no secret in it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage import settings
from storage.errors import SettingsError

KEY = "0123456789abcdef" * 4
SLACK = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_SIGNING_SECRET": "s3cr3t-signing-0123456789"}
SOCKET = {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xapp-1"}


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"PORT": "eighty"}, "PORT"),
        ({"PORT": "70000"}, "PORT"),
        ({"PORT": "8\u00b2"}, "PORT"),
        ({"PORT": "9" * 5000}, "PORT"),
        ({"PUBLIC_URL": "http://secret.example.com"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://secret.example.com/path"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "secrets.example.org"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://user:pw@secret.example.com"}, "PUBLIC_URL"),
        ({"SLACK_BOT_TOKEN": "xoxb-1"}, "SLACK_SIGNING_SECRET"),
        ({"SLACK_SIGNING_SECRET": "s" * 32}, "SLACK_BOT_TOKEN"),
        ({**SLACK, "SLACK_SIGNING_SECRET": "short"}, "SLACK_SIGNING_SECRET"),
        ({**SLACK, "SLACK_SIGNING_SECRET": "s" * 31 + "\n"}, "SLACK_SIGNING_SECRET"),
        ({"PUBLIC_URL": "https://:pw@secrets.example.org"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://secrets.example.org:abc"}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "https://secrets example.org"}, "PUBLIC_URL"),
        ({"HOST": ".."}, "HOST"),
        ({**SLACK, "SLACK_BOT_TOKEN": "xoxp-1"}, "SLACK_BOT_TOKEN"),
        ({"SLACK_API_URL": "http://slack.example.com/api/"}, "SLACK_API_URL"),
        ({"SLACK_COMMAND": "secret"}, "SLACK_COMMAND"),
        ({"SECRETS_HMAC_KEY": "abc"}, "SECRETS_HMAC_KEY"),
        ({"SECRETS_HMAC_KEY": "0" * 64}, "SECRETS_HMAC_KEY"),
        ({"SECRETS_HMAC_KEY": f"{KEY},{KEY.upper()}"}, "SECRETS_HMAC_KEY"),
        ({"SECRETS_HMAC_KEY": f"{KEY},"}, "SECRETS_HMAC_KEY"),
        ({"LOG_LEVEL": "LOUD"}, "LOG_LEVEL"),
        ({"ALLOW_DEGRADED_DURABILITY": "perhaps"}, "ALLOW_DEGRADED_DURABILITY"),
        ({"REDIS_URL": "redis://h", "REDIS_REPLICAS": "-1"}, "REDIS_REPLICAS"),
        ({"REDIS_URL": "redis://h", "REDIS_REPLICAS": "all"}, "REDIS_REPLICAS"),
        ({"REDIS_REPLICAS": "1"}, "REDIS_URL"),
        ({"TRUSTED_PROXIES": "0.0.0.0/0"}, "TRUSTED_PROXIES"),
        ({"REQUIRE_PASSPHRASE": "perhaps"}, "REQUIRE_PASSPHRASE"),
        ({"SLACK_APP_TOKEN": "xapp-1"}, "SLACK_APP_TOKEN"),
        ({"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_APP_TOKEN": "xoxb-1"}, "SLACK_APP_TOKEN"),
        (SOCKET, "SECRETS_HMAC_KEY"),
        (SOCKET | {"SECRETS_HMAC_KEY": "derived"}, "SECRETS_HMAC_KEY"),
        (SOCKET | {"SECRETS_HMAC_KEY": f"{KEY},derived"}, "SECRETS_HMAC_KEY"),
        ({"VAULT_URL": "vault.example.org"}, "VAULT_URL"),
        ({"VAULT_URL": "http://vault.example.org"}, "VAULT_URL"),
        ({"VAULT_URL": "https://user:pw@vault.example.com"}, "VAULT_URL"),
        ({"VAULT_URL": "https://vault.example.com/#/vault"}, "VAULT_URL"),
        ({"VAULT_URL": "https://vault.example.com:abc/"}, "VAULT_URL"),
        ({"VAULT_URL": 'https://vault..example/"onclick=x'}, "VAULT_URL"),
        ({"VAULT_URL": "javascript:alert(1)"}, "VAULT_URL"),
        ({"VAULT_URL": "https://vault.example.com/" + "x" * 500}, "VAULT_URL"),
        ({"VAULT_URL": "http://127.0.0.1:81", "PUBLIC_URL": "https://s.example"}, "VAULT_URL"),
        ({"BRAND_NAME": "two\nlines"}, "BRAND_NAME"),
        ({"BRAND_COLOR": "1d4e89"}, "BRAND_COLOR"),
        ({"BRAND_COLOR": "#1d4e8"}, "BRAND_COLOR"),
        ({"BRAND_COLOR": "#1d4e89ff"}, "BRAND_COLOR"),
        ({"BRAND_COLOR": "navy"}, "BRAND_COLOR"),
        ({"BRAND_COLOR": "#1d4e8\u0669"}, "BRAND_COLOR"),
        ({"BRAND_COLOR": "#1d4e89;}*{display:none"}, "BRAND_COLOR"),
    ],
)
def test_a_malformed_setting_is_named_in_one_sentence(environ: dict[str, str], named: str) -> None:
    """The variable and the remedy; the value is not repeated, for it may be a secret."""
    with pytest.raises(SettingsError) as caught:
        settings.load(environ)
    sentence = str(caught.value)
    assert named in sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert all(value not in sentence for value in environ.values() if len(value) > 10)


def test_nothing_set_is_a_local_start() -> None:
    """The defaults of the product's table; blank values count as unset."""
    config = settings.load({"REDIS_URL": " ", "SLACK_BOT_TOKEN": "", "UNRELATED": "x"})
    assert config.public_url == "http://localhost:8080"
    assert (config.host, config.port, config.slack_command) == ("127.0.0.1", 8080, "/secret")
    assert config.redis_url is None
    assert settings.load({"PORT": "9000"}).public_url == "http://localhost:9000"


def test_a_brand_is_optional_and_its_colour_has_six_digits() -> None:
    """Short ones are what they are short for, in any case; blank is unset."""
    unset = settings.load({"BRAND_COLOR": " ", "BRAND_LOGO": ""})
    assert (unset.brand_color, unset.brand_logo) == ("", None)
    config = settings.load({"BRAND_COLOR": " #1AF ", "BRAND_LOGO": "logo.svg"})
    assert (config.brand_color, config.brand_logo) == ("#11aaff", Path("logo.svg"))
    assert settings.load({"BRAND_COLOR": "#1D4E89"}).brand_color == "#1d4e89"


@pytest.mark.parametrize(
    "address",
    [
        "https://vault.example.com",
        "https://vault.bitwarden.eu/",
        "https://[2001:db8::1]:8443/pass?organizationId=1f-2",
        "http://localhost:8222",  # for the sandbox, whose PUBLIC_URL is loopback too
    ],
)
def test_the_vault_may_be_anybodys(address: str) -> None:
    """Kept as it is written: agents see and follow it. Unset, it is Bitwarden's."""
    assert settings.load({"VAULT_URL": address}).vault_url == address
    assert settings.load({"VAULT_URL": " "}).vault_url == "https://vault.bitwarden.com"


def test_secrets_in_settings_cannot_be_printed() -> None:
    """A traceback or a debug line shows stars."""
    config = settings.load({**SLACK, "SECRETS_HMAC_KEY": KEY, "REDIS_URL": "redis://:pw4711@h"})
    shown = repr(config) + str(config) + str(config.model_dump())
    assert all(secret not in shown for secret in (KEY, "xoxb-1", "s3cr3t-signing", "pw4711"))


@pytest.mark.parametrize(
    ("given", "origin"),
    [
        ("https://Secret.Example.com:443/", "https://secret.example.com"),
        ("http://localhost:80", "http://localhost"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://[2001:DB8::1]:8443", "https://[2001:db8::1]:8443"),
    ],
)
def test_the_public_url_is_an_origin_as_browsers_write_it(given: str, origin: str) -> None:
    """Lower case, no default port, no slash: it is compared with what browsers send."""
    assert settings.load({"PUBLIC_URL": given}).public_url == origin


def test_many_processes_starting_at_once_make_one_key(tmp_path: Path) -> None:
    """The key is written whole, once; everybody reads the same."""
    config = settings.load({"DATA_DIR": str(tmp_path / "d")})
    with ThreadPoolExecutor(8) as threads:
        rings = list(threads.map(lambda _: config.key_ring()[0], range(8)))
    assert len({ring.current.name for ring in rings}) == 1
    assert [path.name for path in (tmp_path / "d").iterdir()] == ["server.key"]


def test_a_data_dir_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    """One sentence, not a traceback."""
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file", tmp_path / "file" / "below", Path("/proc/nothing")):
        with pytest.raises(SettingsError, match="DATA_DIR"):
            settings.load({"DATA_DIR": str(folder)}).key_ring()


def test_keys_come_newest_first_and_derived_has_its_word() -> None:
    """``SECRETS_HMAC_KEY=new,derived`` writes with the first and reads what was derived before."""
    derived, is_derived = settings.load(SLACK).key_ring()
    assert is_derived
    ring, first_derived = settings.load({**SLACK, "SECRETS_HMAC_KEY": f"{KEY},derived"}).key_ring()
    assert not first_derived
    assert ring.current.expose() == bytes.fromhex(KEY)
    assert [key.name for key in ring][1] == derived.current.name


def test_without_slack_a_key_is_made_once_in_data_dir(tmp_path: Path) -> None:
    """Mode 0600, the same at the next start."""
    config = settings.load({"DATA_DIR": str(tmp_path / "d")})
    first, second = config.key_ring()[0], config.key_ring()[0]
    assert first.current == second.current
    file = tmp_path / "d" / "server.key"
    assert oct(file.stat().st_mode)[-3:] == "600"
    file.chmod(0o644)
    with pytest.raises(SettingsError, match="readable by its owner only"):
        config.key_ring()
    file.chmod(0o600)
    file.write_text("broken")
    with pytest.raises(SettingsError, match="must hold a key"):
        config.key_ring()
