"""Settings, read once by the composition roots into a frozen object whose secrets stay hidden."""

import os
import re
from collections.abc import Mapping
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
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError(
                "must be the address customers open, such as https://secret.example.com"
            )
        if parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username:
            raise ValueError("must have no path, query, fragment or user name")
        if parts.scheme == "http" and parts.hostname not in LOOPBACK:
            raise ValueError(
                "must start with https:// (browsers have no cryptography on plain http pages)"
            )
        return f"{parts.scheme}://{parts.netloc}"

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
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # O_EXCL: of two processes starting at once, one writes and the other reads.
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(MasterKey.random().expose().hex().encode())
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        pass
    text = path.read_text().strip()
    if not _HEX_KEY.match(text):
        raise SettingsError(
            f"{path} does not hold a key; restore it from a backup or set SECRETS_HMAC_KEY."
        )
    return MasterKey(bytes.fromhex(text))


def load(environ: Mapping[str, str]) -> Settings:
    """Read the environment. Raises SettingsError: one sentence, the variable and the remedy."""
    early = [name for name in NOT_YET if environ.get(name, "").strip()]
    if early:
        raise SettingsError(f"{early[0]} is not supported by this version yet; unset it.")
    names = {name.upper(): name for name in Settings.model_fields}
    given = {names[key]: value for key, value in environ.items() if key in names and value.strip()}
    if "public_url" not in given and given.get("port", "").isdigit():
        given["public_url"] = f"http://localhost:{given['port']}"
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic parses the texts
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        what = first["msg"].removeprefix("Value error, ")
        name = str(first["loc"][0]).upper() + " " if first["loc"] else ""
        raise SettingsError(f"{name}{what}.") from None
