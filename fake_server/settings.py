"""Every switch once: flag, variable, default and sentence."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from fake_server.errors import did_you_mean
from fake_server.moment import Clock, read_date, read_instant
from fake_server.token_text import RULE, is_token
from fake_server.urls import is_url
from fake_server.webhooks.addresses import FORBIDDEN, is_private_url
from fake_server.webhooks.policy import DEFAULT, Policy
from fake_server.world_names import WORLD_NAMES

PREFIX = "KANBERT_FAKE_"
TAKEN = (
    "host", "content-length", "content-type", "transfer-encoding", "user-agent", "connection", "expect", "te",
    "upgrade", "trailer", "keep-alive",
)  # fmt: skip
"""Headers that a delivery has anyway, or that would change how it is read."""
YEAR = 366 * 86400
HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
NAME = re.compile(r"\*|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
SECRETS = ("control_token", "token", "webhook_secret")
"""What no message repeats."""


class UsageError(Exception):
    """A switch that cannot be obeyed; the sentence names the nearest valid one."""


class Settings(BaseModel):
    """The switches of a server. Each is the flag --name and the variable KANBERT_FAKE_NAME."""

    model_config = ConfigDict(extra="forbid")

    host: Annotated[str, Field(description="address to listen on")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="port to listen on; 0 takes a free one")] = 5262
    world: Annotated[str, Field(description=f"{', '.join(WORLD_NAMES)} or the path of a YAML file")] = "demo"
    tasks: Annotated[int | None, Field(ge=0, le=1_000_000, description="grow the world to this many tasks")] = None
    seed: Annotated[int, Field(description="number from which Faker makes the world")] = 42
    now: Annotated[str, Field(description="ISO date-time at which the world's clock stands; empty: real time")] = ""
    time_zone: Annotated[str, Field(description="the space's time zone, in which dates begin and end")] = "UTC"
    public_url: Annotated[str, Field(description="base of URLs in answers; empty: as the client asked")] = ""
    control_host: Annotated[
        list[str], Field(description="a further name at which /_fake answers, or * for every one; repeatable")
    ] = []
    control_token: Annotated[
        str, Field(description="token that /_fake asks for, in the header X-Fake-Control-Token; empty: none")
    ] = ""
    max_connections: Annotated[int, Field(ge=1, description="connections at once; one more is answered 503")] = 1000
    token: Annotated[list[str], Field(description="a bearer token to register; repeatable")] = []
    strict_auth: Annotated[bool, Field(description="accept registered tokens only")] = False
    strict_worlds: Annotated[
        bool, Field(description="refuse tokens that belong to no world, instead of leading them to the default one")
    ] = False
    rate_limit: Annotated[int, Field(ge=0, description="requests a minute and token; 0: no limit")] = 0
    max_page_size: Annotated[int, Field(ge=1, description="largest page[size]; more is capped to it")] = 30
    webhook_private: Annotated[
        bool, Field(description="deliver to private addresses, too: loopback, local networks, link-local")
    ] = True
    webhook_url: Annotated[list[str], Field(description="a URL that is told of every event; repeatable")] = []
    webhook_secret: Annotated[str, Field(min_length=1, description="signs what those are told")] = DEFAULT.secret
    webhook_window: Annotated[float, Field(ge=0, le=86400, description="seconds of the debounce window")] = 0.1
    webhook_timeout: Annotated[float, Field(gt=0, le=86400, description="seconds for a receiver's answer")] = 10
    webhook_tries: Annotated[int, Field(ge=1, le=10, description="tries of a delivery in all")] = 3
    webhook_backoff: Annotated[list[float], Field(description="seconds after each failed try")] = [10, 100]
    webhook_header: Annotated[str, Field(description="header that carries the signature")] = "Signature"
    webhook_id_header: Annotated[str, Field(description="header that carries a delivery's id; empty: none")] = ""
    journal: Annotated[
        int, Field(ge=0, le=1_000_000, description="requests that each world's journal keeps; 0: none")
    ] = 10_000
    created_status: Annotated[Literal[200, 201], Field(description="status of an answer to POST")] = 200
    check_answers: Annotated[bool, Field(description="hold every answer against its shape; slow")] = False
    log_format: Annotated[Literal["text", "json"], Field(description="form of the log on stderr")] = "text"
    log_requests: Annotated[bool, Field(description="log every request to the service")] = False

    @field_validator("public_url")
    @classmethod
    def public_url_absolute(cls, value: str) -> str:
        if value and not re.fullmatch(r"https?://[^\s/?#]+(/[^\s?#]*)?", value):
            raise ValueError("it is a URL such as http://fake:5262")
        return value

    @field_validator("control_host")
    @classmethod
    def control_host_named(cls, value: list[str]) -> list[str]:
        for name in value:
            if not NAME.fullmatch(name):
                raise ValueError("it is a name such as fake.example.com, without a port; addresses need none")
        return [name.lower() for name in value]

    @field_validator("control_token", "token")
    @classmethod
    def token_sendable(cls, value: str | list[str]) -> str | list[str]:
        for token in value if isinstance(value, list) else [value] if value else []:
            if not is_token(token):
                raise ValueError(f"it has {RULE}")
        return value

    @field_validator("webhook_url")
    @classmethod
    def webhook_url_absolute(cls, value: list[str], info: ValidationInfo) -> list[str]:
        for url in value:
            if not is_url(url):
                raise ValueError(f"{url} is no absolute URL of http or https; http://127.0.0.1:8000/hook is one")
            if not info.data.get("webhook_private", True) and is_private_url(url):
                raise ValueError(f"{url} {FORBIDDEN}")
        return value

    @field_validator("webhook_backoff", mode="before")
    @classmethod
    def backoff_members(cls, value: Any) -> Any:
        return [part for one in value for part in str(one).split(",")] if isinstance(value, list) else value

    @field_validator("webhook_backoff")
    @classmethod
    def backoff_positive(cls, value: list[float]) -> list[float]:
        if not value or not all(0 <= one <= YEAR for one in value):
            raise ValueError("it is seconds, such as 10,100")
        return value

    @field_validator("webhook_header", "webhook_id_header")
    @classmethod
    def header_writable(cls, value: str, info: ValidationInfo) -> str:
        if not HEADER.fullmatch(value) and (value or info.field_name == "webhook_header"):
            raise ValueError("it is the name of a header, such as Signature")
        taken = (*TAKEN, str(info.data.get("webhook_header", "")).lower())
        if value.lower() in taken:
            raise ValueError(f"the header {value} says something else already; Signature and X-Delivery are free")
        return value

    @field_validator("seed", mode="before")
    @classmethod
    def seed_is_no_file(cls, value: Any) -> Any:
        if isinstance(value, str) and not value.lstrip("-").isdecimal():
            raise ValueError("it is a number; the file of a world goes to --world")
        return value

    @field_validator("created_status", mode="before")
    @classmethod
    def number(cls, value: Any) -> Any:
        return int(value) if str(value).isdecimal() else value

    @field_validator("time_zone")
    @classmethod
    def zone_known(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError):
            near = did_you_mean(value, sorted(available_timezones()))
            raise ValueError(f"{value} is no time zone; {near}") from None
        return value

    @field_validator("now")
    @classmethod
    def now_readable(cls, value: str) -> str:
        if value and not read_date(value) and read_instant(value, ZoneInfo("UTC")) is None:
            raise ValueError(f"{value} is no ISO date-time; 2026-01-31T10:00:00Z is one")
        return value

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def policy(self) -> Policy:
        """How deliveries are made."""
        return Policy(
            self.webhook_window, self.webhook_tries, tuple(self.webhook_backoff), self.webhook_timeout,
            self.webhook_header, self.webhook_id_header, tuple(self.webhook_url), self.webhook_secret,
            self.check_answers, self.webhook_private,
        )  # fmt: skip

    def clock(self) -> Clock:
        """The clock that a world starts with."""
        text = f"{self.now}T00:00:00" if read_date(self.now) else self.now
        return Clock(read_instant(text, self.zone))


def checked(given: Mapping[str, Any]) -> Settings:
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0])
        if name not in Settings.model_fields:
            raise UsageError(f"There is no setting {name}; {did_you_mean(name, Settings.model_fields)}") from None
        why = reason(first, name)
        why = why if why.endswith(("?", ".")) else f"{why}."
        shown = "what was given" if name in SECRETS else repr(first["input"])
        raise UsageError(f"{flag(name)} / {variable(name)} cannot be {shown}: {why}") from None


def reason(error: Any, name: str) -> str:
    """Why a value cannot be, in our own words."""
    field, context = Settings.model_fields[name], error.get("ctx", {})
    if error["type"] == "literal_error":
        return f"it is one of {', '.join(map(str, get_args(field.annotation)))}"
    bounds = {name: plain(value) for name, value in context.items() if isinstance(value, int | float)}
    known = {
        "int_parsing": "it is a whole number",
        "float_parsing": "it is a number",
        "finite_number": "it is a number",
        "greater_than": f"it is more than {bounds.get('gt')}",
        "bool_parsing": "it is true or false",
        "less_than_equal": f"it is at most {bounds.get('le')}",
        "greater_than_equal": f"it is at least {bounds.get('ge')}",
        "string_too_short": f"it is a text of at least {context.get('min_length')} character",
        "list_type": "it is a list",
        "value_error": str(context.get("error", "")),
    }
    return known.get(error["type"], f"it is the {field.description}")


def plain(number: float) -> str:
    """A bound as it would be written by hand."""
    return str(int(number)) if number == int(number) else str(number)


def flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def variable(name: str) -> str:
    return PREFIX + name.upper()
