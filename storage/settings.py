"""Settings, read once by the composition roots into a frozen object whose secrets stay hidden."""

import os
import re
import secrets
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import BeforeValidator, SecretStr, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from storage.errors import SettingsError
from storage.model import DAY, HOUR, Lifetime, UserId
from storage.policy import LIFETIMES, HistoryScope, Policy
from storage.seal import KeyRing, MasterKey

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
KEY_COMMAND = 'python3 -c "import secrets; print(secrets.token_hex(32))"'
_HEX_KEY = re.compile(r"[0-9a-fA-F]{64}\Z")
_DURATION = re.compile(r"([1-9][0-9]{0,3})([hd])\Z")
_USER = re.compile(r"[UW][A-Z0-9]{1,30}\Z")
_COLOUR = re.compile(r"#([0-9a-f]{6}|[0-9a-f]{3})\Z")
_ADDRESS = re.compile(r"https://[A-Za-z0-9.:-]+/[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]*\Z")
_VAULT = re.compile(r"https?://[A-Za-z0-9.:\[\]-]+(/[A-Za-z0-9._~:/?@!$&'()*+,;=%-]*)?\Z")
_TICKET_LABEL = "{label}"
_ADDRESS_LIMIT = 500
BITWARDEN = "https://vault.bitwarden.com"

_BRAND_LIMIT = 80
_DEFAULT_PORT = {"http": 80, "https": 443}
_PORT = re.compile(r"[0-9]{1,5}\Z")
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


def _is_private(address: str) -> bool:
    """Whether what is typed there is read by that host alone: https, or this machine."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    return _is_host(host) and (parts.scheme == "https" or host in LOOPBACK)


def _blank_is_unset(value: Any) -> Any:
    return None if isinstance(value, str) and not value.strip() else value


def _seconds(value: Any) -> Any:
    """``24h`` or ``7d`` in seconds."""
    if not isinstance(value, str):
        return value
    match = _DURATION.match(value.strip())
    if not match:
        raise ValueError("must be hours or days, such as 24h or 7d")
    return int(match[1]) * (HOUR if match[2] == "h" else DAY)


Duration = Annotated[int, BeforeValidator(_seconds)]
Text = Annotated[str | None, BeforeValidator(_blank_is_unset)]
Secret = Annotated[SecretStr | None, BeforeValidator(_blank_is_unset)]


Network = IPv4Network | IPv6Network
Proxy = Network | Literal["cloudflare", "unix"]
REVEALS_PER_MINUTE = 60
# Nobody's own proxies fill more. A range of half the internet would let half the internet forge.
_SHORTEST = {4: 8, 6: 16}
_MAPPED = IPv6Network("::ffff:0:0/96")
_PRIVATE = IPv6Network("fc00::/7")


def _proxies(value: Any) -> Any:
    """Parse TRUSTED_PROXIES. Entries are named by their place: no value is repeated in errors."""
    if not isinstance(value, str):
        return value
    return tuple(_proxy(word.strip(), f"entry {i}") for i, word in enumerate(value.split(","), 1))


def _proxy(word: str, place: str) -> Proxy:
    match word.lower():
        case "cloudflare" | "unix" as name:
            return name
    try:
        # A scope ("%eth0") names an interface of one machine; no address is compared with it.
        network = ip_network("" if "%" in word else word, strict=False)
    except ValueError:
        raise ValueError(
            f"{place} is not an IP address, a CIDR such as 192.0.2.0/24, cloudflare or unix "
            "(host names are not looked up)"
        ) from None
    if "/" in word and ip_address(word.partition("/")[0]) != network.network_address:
        raise ValueError(f"{place} is a CIDR that doesn't begin at its network's first address")
    if isinstance(network, IPv6Network) and network.subnet_of(_MAPPED):
        # Addresses are compared without the ::ffff: in front.
        first = network.network_address.ipv4_mapped
        network = ip_network((int(first or 0), network.prefixlen - _MAPPED.prefixlen))
    private = isinstance(network, IPv6Network) and network.subnet_of(_PRIVATE)
    if network.prefixlen < _SHORTEST[network.version] and not private:
        raise ValueError(
            f"{place} would believe a large part of the internet; list the addresses of your own "
            "proxies (at least /8, or /16 for IPv6)"
        )
    return network


class Settings(BaseSettings):
    """Every variable that this version knows. Values are checked; secrets print as stars."""

    model_config = SettingsConfigDict(
        frozen=True, case_sensitive=False, extra="ignore", hide_input_in_errors=True
    )

    public_url: str = "http://localhost:8080"
    host: str = "127.0.0.1"
    port: int = 8080
    metrics_port: int | None = None
    redis_url: Secret = None
    data_dir: Path = Path("data")
    redis_replicas: int = 0
    allow_degraded_durability: bool = False
    slack_bot_token: Secret = None
    slack_signing_secret: Secret = None
    slack_app_token: Secret = None
    slack_api_url: str = "https://slack.com/api/"
    slack_command: str = "/secret"
    brand_name: str = ""
    brand_logo: Path | None = None
    brand_color: str = ""
    secrets_hmac_key: Secret = None
    default_lifetime: Duration = DAY
    max_lifetime: Duration = 30 * DAY
    require_passphrase: bool = False
    browser_only: bool = False
    requests: bool = True
    history_scope: HistoryScope = HistoryScope.TEAM
    admins: str = ""
    audit_retention: Duration = 90 * DAY
    creates_per_hour: int = 60
    ticket_url: str = ""
    vault_url: str = BITWARDEN
    trusted_proxies: Annotated[tuple[Proxy, ...], BeforeValidator(_proxies)] = ()
    reveals_per_minute: int = REVEALS_PER_MINUTE
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

    @field_validator("metrics_port")
    @classmethod
    def _metrics_port(cls, value: int | None) -> int | None:
        if value is not None and not 1 <= value <= 65535:  # noqa: PLR2004
            raise ValueError("must be a port number; unset it to serve no metrics")
        return value

    @field_validator("reveals_per_minute")
    @classmethod
    def _reveals_per_minute(cls, value: int) -> int:
        if not 1 <= value <= 60_000:  # noqa: PLR2004
            raise ValueError("must be between 1 and 60000")
        return value

    @field_validator("redis_replicas")
    @classmethod
    def _redis_replicas(cls, value: int) -> int:
        if not 0 <= value <= 16:  # noqa: PLR2004
            raise ValueError("must be the number of the store's replicas, 0 to 16")
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

    @field_validator("default_lifetime")
    @classmethod
    def _default_lifetime(cls, value: int) -> int:
        if value not in LIFETIMES:
            raise ValueError("must be one of 1h, 24h, 3d, 7d, 14d and 30d, which agents can choose")
        return value

    @field_validator("max_lifetime")
    @classmethod
    def _max_lifetime(cls, value: int) -> int:
        if not HOUR <= value <= 30 * DAY:
            raise ValueError("must be between 1h and 30d")
        return value

    @field_validator("history_scope", mode="before")
    @classmethod
    def _history_scope(cls, value: Any) -> Any:
        if value not in set(HistoryScope):
            raise ValueError("must be team or own")
        return value

    @field_validator("admins")
    @classmethod
    def _admins(cls, value: str) -> str:
        if value and not all(_USER.match(user) for user in _words(value)):
            raise ValueError("must be Slack user ids such as U012AB3CD, separated by commas")
        return value

    @field_validator("creates_per_hour")
    @classmethod
    def _creates_per_hour(cls, value: int) -> int:
        if not 1 <= value <= 1_000_000:  # noqa: PLR2004 - more would be less than a period's ms
            raise ValueError("must be a number from 1 on: how many links an agent makes in an hour")
        return value

    @field_validator("ticket_url")
    @classmethod
    def _ticket_url(cls, value: str) -> str:
        # Letters that neither end nor split one of Slack's links, behind a host that no label
        # can change.
        plain = value.replace(_TICKET_LABEL, "x")
        in_host = _TICKET_LABEL in value.split("/")[2] if value.count("/") > 1 else False
        if value and (_TICKET_LABEL not in value or in_host or not _ADDRESS.match(plain)):
            raise ValueError("must look like https://desk.example.com/{label}")
        if len(value) > _ADDRESS_LIMIT:
            raise ValueError(f"must have at most {_ADDRESS_LIMIT} characters")
        return value

    @field_validator("vault_url")
    @classmethod
    def _vault_url(cls, value: str) -> str:
        # Agents carry what customers sent them there.
        if not _VAULT.match(value) or not _is_private(value):
            raise ValueError(
                "must be the https:// address of your password manager, without fragment or user "
                "name, such as https://vault.example.com"
            )
        if len(value) > _ADDRESS_LIMIT:
            raise ValueError(f"must have at most {_ADDRESS_LIMIT} characters")
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

    @field_validator("slack_app_token")
    @classmethod
    def _slack_app_token(cls, value: SecretStr | None) -> SecretStr | None:
        if value and not value.get_secret_value().startswith("xapp-"):
            raise ValueError("must be an app-level token with connections:write (xapp-...)")
        return value

    @field_validator("brand_name")
    @classmethod
    def _brand_name(cls, value: str) -> str:
        if len(value) > _BRAND_LIMIT or not value.isprintable():
            raise ValueError(f"must be one line of at most {_BRAND_LIMIT} characters")
        return value.strip()

    @field_validator("brand_color")
    @classmethod
    def _brand_color(cls, value: str) -> str:
        # Whether it can be read on the pages is for the web half to say.
        match = _COLOUR.match(value.strip().lower())
        if value and not match:
            raise ValueError("must be # and six hexadecimal digits, such as #17454f")
        return _six_digits(match[1]) if match else ""

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
        entrance = self.slack_signing_secret or self.slack_app_token
        if bool(self.slack_bot_token) != bool(entrance):
            raise ValueError(
                "SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET (or, for Socket Mode, SLACK_APP_TOKEN) "
                "go together: set both or neither"
            )
        # Each machine would make up a "derived" key of its own, and not read what the others wrote.
        if entrance and not self.slack_signing_secret and "derived" in self._key_words():
            raise ValueError(
                "SECRETS_HMAC_KEY is required in Socket Mode without a signing secret to derive it "
                f"from, and must not hold the word derived; make one with: {KEY_COMMAND}"
            )
        return self

    @model_validator(mode="after")
    def _replicas_of_a_server(self) -> "Settings":
        if self.redis_replicas and not self.redis_url:
            raise ValueError("REDIS_REPLICAS goes with REDIS_URL: the embedded store has none")
        return self

    @model_validator(mode="after")
    def _vault_beside_us(self) -> "Settings":
        # Of one's own machine for the sandbox and for tests; customers' agents are elsewhere.
        if self.vault_url.startswith("http:") and self.https:
            raise ValueError("VAULT_URL must start with https:// where PUBLIC_URL does")
        return self

    @model_validator(mode="after")
    def _lifetimes(self) -> "Settings":
        default_is_set = "default_lifetime" in self.model_fields_set
        if default_is_set and self.default_lifetime > self.max_lifetime:
            raise ValueError("DEFAULT_LIFETIME must not be above MAX_LIFETIME: lower it")
        if self.audit_retention < self.max_lifetime:
            # Else a secret's history would be forgotten while it can still be opened.
            raise ValueError("AUDIT_RETENTION must be at least MAX_LIFETIME: raise it")
        return self

    @property
    def policy(self) -> Policy:
        """What the team allows. Without a DEFAULT_LIFETIME, 24 hours or the longest below that."""
        offered = [s for s in LIFETIMES if s <= min(self.default_lifetime, self.max_lifetime)]
        return Policy(
            default_lifetime=Lifetime(offered[-1]),
            max_lifetime=Lifetime(self.max_lifetime),
            require_passphrase=self.require_passphrase,
            browser_only=self.browser_only,
            requests=self.requests,
            history_scope=self.history_scope,
            admins=frozenset(UserId(user) for user in _words(self.admins)),
            audit_retention=self.audit_retention,
            creates_per_hour=self.creates_per_hour,
        )

    @property
    def https(self) -> bool:
        """Whether customers reach us over TLS."""
        return self.public_url.startswith("https://")

    def key_ring(self) -> tuple[KeyRing, bool]:
        """Give the server's keys, newest first, and whether the first one is merely derived.

        Without Slack and without a key, one is made at random in DATA_DIR (mode 0600).
        """
        words = self._key_words()
        ring = KeyRing(
            [
                self._derived() if word == "derived" else MasterKey(bytes.fromhex(word))
                for word in words
            ]
        )
        return ring, words[0] == "derived"

    def _key_words(self) -> list[str]:
        given = self.secrets_hmac_key.get_secret_value() if self.secrets_hmac_key else "derived"
        return [word.strip() for word in given.split(",")]

    def _derived(self) -> MasterKey:
        if self.slack_signing_secret:
            secret = self.slack_signing_secret.get_secret_value()
            return MasterKey.from_signing_secret(secret.encode())
        return _local_key(self.data_dir / "server.key")


def _six_digits(digits: str) -> str:
    return "#" + (digits if len(digits) > 3 else "".join(digit * 2 for digit in digits))  # noqa: PLR2004


def _words(value: str) -> list[str]:
    return [word.strip() for word in value.split(",") if value.strip()]


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
    names = {name.upper(): name for name in Settings.model_fields}
    given = {names[key]: value for key, value in environ.items() if key in names and value.strip()}
    port = given.get("port", "")
    if "public_url" not in given and _PORT.match(port) and int(port) < 65536:  # noqa: PLR2004
        given["public_url"] = f"http://localhost:{port}"
    try:
        return Settings(**given)  # type: ignore[arg-type]  # pydantic parses the texts
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        what = first["msg"].removeprefix("Value error, ")
        name = str(first["loc"][0]).upper() + " " if first["loc"] else ""
        raise SettingsError(f"{name}{what}.") from None
