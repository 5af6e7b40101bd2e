"""The settings of a deployment: what may be set, what each mode demands, and how they are read.

The environment (HELPLINE_*) wins over the deployment's file (named by HELPLINE_CONFIG), and that over default.toml.
A setting that is not known is a fault, never passed over: a misspelt HELPLINE_KEYS would leave a child's words
under another key.
"""

import os
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from config.faults import ConfigurationError, Fault, faults_of
from config.mail import mail_faults
from config.modes import PRACTICE_CARRIER, demonstration_faults, own_address, production_faults
from config.outgoing import named_secrets, outgoing_faults, place
from config.secrets import key_file, made_secrets, make_secrets
from config.sources import CONFIG, Layer, layers, merged, named, variable

TWILIO_API = "https://api.twilio.com"


class Mode(StrEnum):
    """What kind of start this is; there is no third."""

    DEMONSTRATION = "demonstration"
    PRODUCTION = "production"


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Twilio(Part):
    """The account that calls come from. Both tokens are accepted; requests of ours carry the first."""

    account_sid: str = ""
    auth_token: SecretStr = SecretStr("")
    auth_token_next: SecretStr = SecretStr("")
    api_base_url: str = ""
    timeout_s: Annotated[float, Field(gt=0, le=14)] = 8.0  # the carrier itself waits 15 s for us

    @property
    def auth_tokens(self) -> tuple[str, ...]:
        """Every token that a request may be signed with; never an empty one."""
        both = (self.auth_token.get_secret_value(), self.auth_token_next.get_secret_value())
        return tuple(token for token in both if token)


class Primero(Part):
    """The case system that referrals go to (version 2), and the account of ours in it. ``codes``: ours to theirs."""

    url: str = ""
    username: str = ""
    password: SecretStr = SecretStr("")
    timeout_s: Annotated[float, Field(gt=0, le=20)] = 8.0
    codes: dict[str, str] = {}


class Smtp(Part):
    """The mail server through which adults at work are written to. Without a host no email can be sent."""

    host: str = ""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    username: str = ""
    password: SecretStr = SecretStr("")
    security: Literal["starttls", "tls", "none"] = "starttls"
    sender: str = ""
    timeout_s: Annotated[float, Field(gt=0, le=30)] = 20.0  # an effect is held for 45 s


class Console(Part):
    """How long a person stays signed in."""

    session_hours: Annotated[float, Field(gt=0, le=24)] = 12.0
    idle_minutes: Annotated[float, Field(gt=0, le=1440)] = 60.0


class Log(Part):
    """How the log is written; what it may hold is not a setting."""

    form: Literal["auto", "text", "json"] = "auto"
    level: Literal["debug", "info", "warning", "error"] = "info"


class Settings(BaseSettings):
    """All settings of one deployment. Built by `load_settings`; reads no environment by itself."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix="HELPLINE_")

    mode: Mode = Mode.DEMONSTRATION
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8116
    data_dir: Path = Path("data")
    public_url: str = ""
    trusted_proxies: Annotated[int, Field(ge=0, le=10)] = 0
    database_url: SecretStr = SecretStr("")
    redis_url: SecretStr = SecretStr("")
    keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    hash_key: SecretStr = SecretStr("")
    country_code: Annotated[str, Field(pattern=r"^[0-9]{0,3}$")] = ""
    allow_draft_prompts: bool = False
    invented_past: bool = True
    drain_s: Annotated[float, Field(ge=0, le=60)] = 0.0
    directory_dir: Path | None = None
    outgoing_allowed: Annotated[tuple[str, ...], NoDecode] = ()
    webhook_secrets: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    twilio: Twilio = Twilio()
    primero: Primero = Primero()
    smtp: Smtp = Smtp()
    console: Console = Console()
    log: Log = Log()

    @field_validator("keys", "outgoing_allowed", "webhook_secrets", mode="before")
    @classmethod
    def _keys_between_commas(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("outgoing_allowed")
    @classmethod
    def _places(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for number, one in enumerate(value, 1):
            try:
                place(one)
            except ValueError as error:
                raise ValueError(f"number {number} {error}") from None
        return value

    @field_validator("webhook_secrets")
    @classmethod
    def _names_and_secrets(cls, value: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        named_secrets([one.get_secret_value() for one in value])
        return value

    @field_validator("directory_dir", mode="before")
    @classmethod
    def _empty_is_ours(cls, value: object) -> object:
        return value or None

    @field_validator("database_url")
    @classmethod
    def _a_driver_of_ours(cls, value: SecretStr) -> SecretStr:
        url = value.get_secret_value()
        if url and not url.startswith(("sqlite+aiosqlite://", "postgresql+asyncpg://")):
            raise ValueError(
                "does not name a driver of ours. Begin it with sqlite+aiosqlite:/// or postgresql+asyncpg://"
            )
        return value

    @field_validator("redis_url")
    @classmethod
    def _a_redis(cls, value: SecretStr) -> SecretStr:
        if value.get_secret_value() and not value.get_secret_value().startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("is no address of a Redis. Begin it with redis://, rediss:// or unix://")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)

    @property
    def is_demonstration(self) -> bool:
        return self.mode is Mode.DEMONSTRATION

    @property
    def is_served_securely(self) -> bool:
        """Whether the public reaches this server by https."""
        return self.public_url.startswith("https://")

    @property
    def store_url(self) -> str:
        """The database's address, as SQLAlchemy takes it. May hold a password."""
        return self.database_url.get_secret_value() or f"sqlite+aiosqlite:///{self.data_dir / 'helpline.db'}"

    @property
    def vault_keys(self) -> tuple[str, ...]:
        """The keys in clear: the first encrypts, all decrypt."""
        return tuple(key.get_secret_value() for key in self.keys)


def load_settings(
    env: Mapping[str, str] | None = None, config_file: Path | None = None, *, make_keys: bool = True
) -> Settings:
    """Read the settings. ``config_file`` stands in for HELPLINE_CONFIG.

    In a demonstration, what is missing among the secrets is made and kept in ``data_dir``; with ``make_keys`` false
    nothing is written, and what was not made yet stays empty. Raises ConfigurationError with every fault.
    """
    sources = layers(Settings, os.environ if env is None else env, config_file)
    try:
        settings = Settings(**merged(sources))
    except ValidationError as error:
        raise ConfigurationError(_at_their_source(error, sources)) from None
    if settings.is_demonstration:
        settings = _completed(settings, make_keys)
        wrong = demonstration_faults(_plain(settings))
    else:
        wrong = production_faults(_plain(settings), made_secrets(settings.data_dir))
        settings = _with_defaults(settings, settings.public_url, TWILIO_API)
    wrong += outgoing_faults(_plain(settings), demonstration=settings.is_demonstration)
    wrong += mail_faults(_plain(settings))
    faults = [_placed(sources, *one) for one in wrong]
    if faults:
        raise ConfigurationError(faults)
    return settings


def settings_meant(env: Mapping[str, str], config_file: Path | None = None) -> Settings:
    """What the rest of a configuration is judged by where `load_settings` finds faults; never for a start.

    The mode, the drafts and the folder are taken as they were meant, everything else as it is by default.
    """
    names = {variable((name,)): name for name in ("mode", "allow_draft_prompts", "directory_dir")}
    given = {name: value for name, value in env.items() if name in names or name == CONFIG}
    try:
        values = merged(layers(Settings, given, config_file))
    except ConfigurationError:  # a file that cannot be read says nothing
        values = {names[name]: value for name, value in given.items() if name in names}
    meant: dict[str, Any] = {}
    for name in names.values():
        try:
            meant |= {name: getattr(Settings(**{name: values[name]}), name)} if name in values else {}
        except ValidationError:
            pass  # it is one of the faults
    return Settings(**meant)


def _at_their_source(error: ValidationError, sources: tuple[Layer, ...]) -> list[Fault]:
    found = []
    for fault, one in zip(faults_of(error, ""), error.errors(include_input=False), strict=True):
        file, key = named(sources, one["loc"])
        found.append(Fault(file, key, fault.problem, fault.remedy))
    return found


def _placed(sources: tuple[Layer, ...], path: tuple[str, ...], problem: str, remedy: str) -> Fault:
    file, key = named(sources, path)
    return Fault(file, key, problem, f"{remedy} (as {variable(path)}, or in your file)")


def _plain(settings: Settings) -> dict[str, Any]:
    """The settings as the rules of the modes look at them: nested, secrets in clear, never shown."""
    values = settings.model_dump()
    values["keys"] = settings.vault_keys
    values["hash_key"] = settings.hash_key.get_secret_value()
    values["twilio"]["auth_token"] = settings.twilio.auth_token.get_secret_value()
    values["twilio"]["auth_token_next"] = settings.twilio.auth_token_next.get_secret_value()
    values["webhook_secrets"] = [one.get_secret_value() for one in settings.webhook_secrets]
    values["smtp"]["password"] = settings.smtp.password.get_secret_value()
    values["primero"]["password"] = settings.primero.password.get_secret_value()
    return values


def _completed(settings: Settings, make_keys: bool) -> Settings:
    """A demonstration with the addresses and the secrets that were left empty."""
    settings = _with_defaults(settings, own_address(settings.host, settings.port), PRACTICE_CARRIER)
    twilio = settings.twilio
    if settings.keys and settings.hash_key.get_secret_value() and twilio.account_sid and twilio.auth_tokens:
        return settings
    try:
        made = make_secrets(settings.data_dir) if make_keys else made_secrets(settings.data_dir)
    except OSError as error:
        where = str(key_file(settings.data_dir))
        problem = f"cannot be written ({error.strerror})"
        raise ConfigurationError([Fault(where, "-", problem, "Set data_dir to a folder that is yours.")]) from None
    secret = {name: SecretStr(value) for name, value in made.items()}
    nothing = SecretStr("")
    twilio = twilio.model_copy(
        update={
            "account_sid": twilio.account_sid or made.get("account_sid", ""),
            "auth_token": twilio.auth_token if twilio.auth_tokens else secret.get("auth_token", nothing),
        }
    )
    return settings.model_copy(
        update={
            "keys": settings.keys or tuple(filter(None, [secret.get("key")])),
            "hash_key": settings.hash_key if settings.hash_key.get_secret_value() else secret.get("hash_key", nothing),
            "twilio": twilio,
        }
    )


def _with_defaults(settings: Settings, public_url: str, api_base_url: str) -> Settings:
    twilio = settings.twilio.model_copy(update={"api_base_url": _bare(settings.twilio.api_base_url or api_base_url)})
    return settings.model_copy(update={"public_url": _bare(settings.public_url or public_url), "twilio": twilio})


def _bare(url: str) -> str:
    return url.strip().rstrip("/")
