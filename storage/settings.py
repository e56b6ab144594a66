"""Settings, read once by the composition roots into a frozen object whose secrets stay hidden."""

import os
import re
import secrets
from collections.abc import Mapping
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from storage.errors import SettingsError
from storage.seal import KeyRing, MasterKey

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
KEY_COMMAND = 'python3 -c "import secrets; print(secrets.token_hex(32))"'
_HEX_KEY = re.compile(r"[0-9a-fA-F]{64}\Z")

# Named in the design and not built yet. A policy that is set and silently not applied would be
# worse than a refused start.
NOT_YET = (
    "SLACK_APP_TOKEN", "REDIS_REPLICAS", "BRAND_NAME", "BRAND_LOGO", "BRAND_COLOR",
    "TRUSTED_PROXIES", "DEFAULT_LIFETIME", "MAX_LIFETIME", "REQUIRE_PASSPHRASE", "BROWSER_ONLY",
    "REQUESTS", "REVEALS_PER_MINUTE", "CREATES_PER_HOUR", "HISTORY_SCOPE", "ADMINS",
    "AUDIT_RETENTION", "VAULT_URL", "TICKET_URL", "METRICS_PORT",
)  # fmt: skip


_DEFAULT_PORT = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?\Z")


def _is_host(name: str | None) -> bool:
    """A host name in ASCII (punycode for others), or an IP address."""
    if not name:
        return False
    try:
        ip_address(name)
    except ValueError:
        return bool(_HOST.match(name))
    return True


def _blank_is_unset(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


Text = Annotated[str | None, BeforeValidator(_blank_is_unset)]
Secret = Annotated[SecretStr | None, BeforeValidator(_blank_is_unset)]


class Settings(BaseSettings):
    """Every variable that this version knows. Values are checked; secrets print as stars."""

    model_config = SettingsConfigDict(
        frozen=True, case_sensitive=False, extra="ignore", hide_input_in_errors=True
    )

    public_url: str = "http://localhost:8080"
    host: str = "127.0.0.1"
    port: int = 8080
    redis_url: Secret = None
    data_dir: Path = Path("data")
    allow_degraded_durability: bool = False
    slack_bot_token: Secret = None
    slack_signing_secret: Secret = None
    slack_api_url: str = "https://slack.com/api/"
    slack_command: str = "/secret"
    secrets_hmac_key: Secret = None
    log_level: str = "INFO"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from ``load`` only: the environment is read in one place."""
        del settings_cls, env_settings, dotenv_settings, file_secret_settings
        return (init_settings,)

    @field_validator("public_url")
    @classmethod
    def _public_url(cls, value: str) -> str:
        parts = urlsplit(value.strip())
        if parts.scheme not in {"http", "https"} or not _is_host(parts.hostname):
            raise ValueError(
                "must be the address customers open, such as https://secret.example.com"
            )
        if parts.path not in {"", "/"} or parts.query or parts.fragment or "@" in parts.netloc:
            raise ValueError("must have no path, query, fragment or user name")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError(
                "must start with https:// (browsers have no cryptography on plain http pages)"
            )
        try:
            number = parts.port
        except ValueError:
            raise ValueError("has a port that is none") from None
        # As a browser writes the origin: lower case, no default port.
        host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
        port = "" if number in {None, _DEFAULT_PORT[parts.scheme]} else f":{number}"
        return f"{parts.scheme}://{host}{port}"

    @field_validator("port")
    @classmethod
    def _port(cls, value: int) -> int:
        if not 0 <= value <= 65535:  # noqa: PLR2004 - 0 lets the system choose, in tests
            raise ValueError("must be a port number")
        return value

    @field_validator("slack_api_url")
    @classmethod
    def _slack_api_url(cls, value: str) -> str:
        parts = urlsplit(value)
        if not parts.hostname or (
            parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK)
        ):
            raise ValueError("must be an https:// address (the bot token is sent there)")
        return value if value.endswith("/") else value + "/"

    @field_validator("slack_command")
    @classmethod
    def _slack_command(cls, value: str) -> str:
        if not re.match(r"/[a-z0-9_-]{1,31}\Z", value):
            raise ValueError("must be a slash and up to 31 lower-case letters, digits, - or _")
        return value

    @field_validator("slack_bot_token")
    @classmethod
    def _slack_bot_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith("xoxb-"):
            raise ValueError("must be the Bot User OAuth Token, which starts with xoxb-")
        return value

    @field_validator("slack_signing_secret")
    @classmethod
    def _slack_signing_secret(cls, value: SecretStr | None) -> SecretStr | None:
        # Slack's has 32 characters; keys are derived from it, so a fragment of one is refused.
        if value and not re.match(r"[!-~]{16,}\Z", value.get_secret_value()):
            raise ValueError("must be the app's Signing Secret, without spaces or line breaks")
        return value

    @field_validator("host")
    @classmethod
    def _host(cls, value: str) -> str:
        if not _is_host(value.lower()):
            raise ValueError("must be an address or name of this machine, such as 0.0.0.0")
        return value

    @field_validator("log_level")
    @classmethod
    def _log_level(cls, value: str) -> str:
        if value.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
        return value.upper()

    @field_validator("secrets_hmac_key")
    @classmethod
    def _secrets_hmac_key(cls, value: SecretStr | None) -> SecretStr | None:
        words = [word.strip() for word in value.get_secret_value().split(",")] if value else []
        if not all(word == "derived" or _HEX_KEY.match(word) for word in words):
            raise ValueError(f"must be 64 hex characters; make one with: {KEY_COMMAND}")
        if len({word.lower() for word in words}) != len(words):
            raise ValueError("names the same key twice")
        if any(len(set(word)) < 8 for word in words if word != "derived"):  # noqa: PLR2004
            raise ValueError(f"is not random; make one with: {KEY_COMMAND}")
        return value

    @model_validator(mode="after")
    def _slack_pair(self) -> "Settings":
        if bool(self.slack_bot_token) != bool(self.slack_signing_secret):
            raise ValueError(
                "SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET go together: set both or neither"
            )
        return self

    @property
    def https(self) -> bool:
        """Whether customers reach us over TLS."""
        return self.public_url.startswith("https://")

    def key_ring(self) -> tuple[KeyRing, bool]:
        """Give the server's keys, newest first, and whether the first one is merely derived.

        Without Slack and without a key, one is made at random in DATA_DIR (mode 0600).
        """
        words = ["derived"]
        if self.secrets_hmac_key:
            words = [w.strip() for w in self.secrets_hmac_key.get_secret_value().split(",")]
        ring = KeyRing(
            [
                self._derived() if word == "derived" else MasterKey(bytes.fromhex(word))
                for word in words
            ]
        )
        return ring, words[0] == "derived"

    def _derived(self) -> MasterKey:
        if self.slack_signing_secret:
            secret = self.slack_signing_secret.get_secret_value()
            return MasterKey.from_signing_secret(secret.encode())
        return _local_key(self.data_dir / "server.key")


def _local_key(path: Path) -> MasterKey:
    """The key in DATA_DIR; made at the first start. Raises SettingsError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not path.exists():
            _write_once(path, MasterKey.random().expose().hex())
        # Not through a link: what it names may be readable by others, or theirs.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            text = file.read(100).decode("ascii", "replace").strip()
            others = os.fstat(file.fileno()).st_mode & 0o077
    except OSError as error:
        raise SettingsError(f"DATA_DIR: {path} cannot be used ({error.strerror}).") from None
    if not _HEX_KEY.match(text) or others:
        raise SettingsError(
            f"{path} must hold a key and be readable by its owner only; "
            "restore it from a backup, or set SECRETS_HMAC_KEY."
        )
    return MasterKey(bytes.fromhex(text))


def _write_once(path: Path, text: str) -> None:
    """Whole or not at all, and by one process: a link to a finished file, if there is none yet."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def load(environ: Mapping[str, str]) -> Settings:
    """Read the environment. Raises SettingsError: one sentence, the variable and the remedy."""
    early = [name for name in NOT_YET if environ.get(name, "").strip()]
    if early:
        raise SettingsError(f"{early[0]} is not supported by this version yet; unset it.")
    names = {name.upper(): name for name in Settings.model_fields}
    given = {names[key]: value for key, value in environ.items() if key in names and value.strip()}
    port = given.get("port", "")
    if "public_url" not in given and port.isdigit() and int(port) < 65536:  # noqa: PLR2004
        given["public_url"] = f"http://localhost:{port}"
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic parses the texts
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        what = first["msg"].removeprefix("Value error, ")
        name = str(first["loc"][0]).upper() + " " if first["loc"] else ""
        raise SettingsError(f"{name}{what}.") from None
