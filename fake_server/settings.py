"""Every switch once: flag, variable, default and sentence. A flag beats a variable beats the default."""

import argparse
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NoReturn, get_args, get_origin
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator

from fake_server.api.access import TEXT
from fake_server.errors import did_you_mean
from fake_server.moment import Clock, read_date, read_instant
from fake_server.urls import is_url
from fake_server.webhooks.addresses import is_private_url
from fake_server.webhooks.policy import DEFAULT, Policy

PREFIX = "KANBERT_FAKE_"
SERVER = "KANBERT_SERVER_URL"
"""The variable that says where the fake is. It begins unlike those of the settings, of which a server that is started
beside it would refuse an unknown one."""
TAKEN = (
    "host", "content-length", "content-type", "transfer-encoding", "user-agent", "connection", "expect", "te",
    "upgrade", "trailer", "keep-alive",
)  # fmt: skip
"""Headers that a delivery has anyway, or that would change how it is read."""
COMMANDS = {
    "healthcheck": "asks the server of the same settings whether it is ready",
    "listen": "receives and prints what a running server delivers",
    "env": "prints what points a program to a running server, for eval",
    "exec": "starts a server, runs a command with it, stops it",
    "reset": "puts a world back to its seed",
    "export": "writes a world as a document",
    "import": "puts a document in place of a world",
    "snapshot": "keeps a world under a name: save, load, list, rm",
    "world": "makes, lists and removes worlds: new, list, rm",
    "trigger": "makes an event about a record that nobody changed",
    "openapi": "prints the OpenAPI document of the service as faked",
}
"""What may come first instead of flags, each with what it does."""
YEAR = 366 * 86400
HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
NAME = re.compile(r"\*|[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*")
SECRETS = ("control_token",)
"""What no message repeats."""
LINK = re.compile(PREFIX + r"(SERVICE_HOST|SERVICE_PORT.*|PORT_\d+_(TCP|UDP).*)")
"""What Kubernetes sets for a service named kanbert-fake, beside a PORT of tcp://."""
EPILOG = "\n".join(
    [
        "commands, instead of flags:",
        *(f"  {name:<13}{says}" for name, says in COMMANDS.items()),
        "",
        "`kanbert-fake COMMAND --help` says more; `kanbert-fake --version` which version this is.",
    ]
)


class UsageError(Exception):
    """A switch that cannot be obeyed; the sentence names the nearest valid one."""


class Settings(BaseModel):
    """The switches of a server. Each is the flag --name and the variable KANBERT_FAKE_NAME."""

    model_config = ConfigDict(extra="forbid")

    host: Annotated[str, Field(description="address to listen on")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="port to listen on; 0 takes a free one")] = 5262
    world: Annotated[str, Field(description="demo, small, empty, nasty or the path of a YAML file")] = "demo"
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
            if not TEXT.fullmatch(token):
                raise ValueError("it has 1 to 4096 printable ASCII characters and no space")
        return value

    @field_validator("webhook_url")
    @classmethod
    def webhook_url_absolute(cls, value: list[str], info: ValidationInfo) -> list[str]:
        for url in value:
            if not is_url(url):
                raise ValueError(f"{url} is no absolute URL of http or https; http://127.0.0.1:8000/hook is one")
            if not info.data.get("webhook_private", True) and is_private_url(url):
                raise ValueError(f"{url} is a private address, to which --no-webhook-private forbids deliveries")
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


def read(arguments: Sequence[str], variables: Mapping[str, str]) -> Settings:
    """Settings from flags and variables; UsageError for what is unknown or out of range."""
    return checked({**from_variables(variables), **from_flags(arguments)})


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


def is_list(name: str) -> bool:
    return get_origin(Settings.model_fields[name].annotation) is list


def from_variables(variables: Mapping[str, str]) -> dict[str, Any]:
    """The settings that the environment makes; bare PORT counts where the fake's own is not set."""
    known = {variable(name): name for name in Settings.model_fields}
    for name in variables:
        if name.startswith(PREFIX) and name not in known and not LINK.fullmatch(name):
            raise UsageError(f"There is no variable {name}; {did_you_mean(name, known)}")
    meant = {name: value for name, value in variables.items() if value and not value.startswith("tcp://")}
    found = {known[name]: value for name, value in meant.items() if name in known}
    if variables.get("PORT") and "port" not in found:
        found["port"] = variables["PORT"]
    return {name: members(value) if is_list(name) else value for name, value in found.items()}


def members(text: str) -> list[str]:
    return [member.strip() for member in text.split(",") if member.strip()]


class Flags(argparse.ArgumentParser):
    """Refuses with one sentence instead of a page."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message[:1].upper()}{message[1:]}; see {self.prog} --help.")


def parser() -> Flags:
    flags = Flags("kanbert-fake", description="A fake Kanbert API server.", epilog=EPILOG, allow_abbrev=False)
    # The commands stand one a line.
    flags.formatter_class = argparse.RawDescriptionHelpFormatter
    for name, field in Settings.model_fields.items():
        shown = "" if field.default in ("", None, []) else f" (default {written(field.default)})"
        text = f"{field.description}{shown} [{variable(name)}]"
        if field.annotation is bool:
            flags.add_argument(flag(name), action=argparse.BooleanOptionalAction, default=None, help=text)
        else:
            flags.add_argument(flag(name), action="append" if is_list(name) else "store", help=text)
    return flags


def written(value: Any) -> str:
    """A default as it would be given."""
    return ",".join(f"{one:g}" for one in value) if isinstance(value, list) else str(value)


def from_flags(arguments: Sequence[str]) -> dict[str, Any]:
    found, unknown = parser().parse_known_args(list(arguments))
    if unknown:
        if unknown[0] in COMMANDS:
            raise UsageError(f"The command {unknown[0]} comes first, as in: kanbert-fake {unknown[0]} --help")
        known = [flag(name) for name in Settings.model_fields]
        raise UsageError(f"There is no {unknown[0]}; {did_you_mean(unknown[0], [*known, *COMMANDS])}")
    return {name: value for name, value in vars(found).items() if value is not None}
