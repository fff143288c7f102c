"""The switches of `kanbert-fake listen`."""

import argparse
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from fake_server.errors import did_you_mean
from fake_server.flags import SERVER, Flags, members
from fake_server.flags import read as read_settings
from fake_server.settings import Settings, UsageError, flag, variable
from fake_server.token_text import UNSENDABLE, is_token
from fake_server.urls import is_url, url_of


class Wanted(NamedTuple):
    """What the switches ask for."""

    host: str
    port: int
    public_url: str | None
    """Where the fake reaches it, if not where it listens."""
    server: str
    """Where the fake is, without a slash at the end."""
    world: str | None
    events: list[str] | None
    secret: str | None
    forward_to: str | None
    status: int | None
    times: int | None
    json: bool
    control_token: str | None = None


def read(arguments: Sequence[str], variables: Mapping[str, str]) -> Wanted:
    """The switches; where the fake is, the variables say as well. UsageError for what cannot be."""
    found, unknown = parser().parse_known_args(list(arguments))
    if unknown:
        known = [flag(name) for name in Wanted._fields]
        raise UsageError(f"There is no {unknown[0]}; {did_you_mean(unknown[0], known)}")
    wanted = Wanted(**vars(found))
    if wanted.times is not None and wanted.status is None:
        raise UsageError("--times says how often --status is answered; give both.")
    return wanted._replace(
        server=server_for(wanted.server, variables), control_token=token_for(wanted.control_token, variables)
    )


def parser() -> Flags:
    flags = Flags("kanbert-fake listen", description=DESCRIPTION, allow_abbrev=False)
    flags.add_argument("--host", default="127.0.0.1", help="address to listen on (default 127.0.0.1)")
    flags.add_argument("--port", type=port, default=0, help="port to listen on (default 0, a free one)")
    flags.add_argument("--public-url", type=url, help="URL to register (default: where it listens)")
    flags.add_argument("--server", type=server, help=f"URL of the fake (default: as its variables say) [{SERVER}]")
    add_token(flags)
    flags.add_argument("--world", help="the world to listen to (default: default)")
    flags.add_argument("--events", type=members, help="events to ask for, as in task:*,comment:create (default all)")
    flags.add_argument("--secret", help="secret of the signatures (default: the fake's)")
    flags.add_argument("--forward-to", type=url, help="URL to post the same bytes to, whose answer is passed on")
    flags.add_argument("--status", type=status, help="what to answer, whatever the URL of --forward-to answers")
    flags.add_argument("--times", type=times, help="how many deliveries --status is for (default all)")
    flags.add_argument("--json", action="store_true", help="print JSON, one object a line")
    return flags


DESCRIPTION = "Registers with a running fake and prints each delivery as one line."


def server_for(given: str | None, variables: Mapping[str, str]) -> str:
    """Where the fake is: as the flag says, else the variable, else the settings of a server."""
    if given:
        return given
    told = variables.get(SERVER)
    if not told:
        return server_of(read_settings([], variables))
    try:
        return server(told)
    except argparse.ArgumentTypeError as error:
        raise UsageError(f"The variable {SERVER} cannot be: {error}.") from None


def add_token(known: Flags) -> None:
    says = f"that the fake asks for, if it does [{variable('control_token')}]"
    known.add_argument("--control-token", metavar="TOKEN", help=says)


def token_for(given: str | None, variables: Mapping[str, str]) -> str | None:
    """What the fake's control routes are told: as the flag says, else the variable of the settings."""
    token = given or variables.get(variable("control_token")) or None
    if token and not is_token(token):
        raise UsageError(UNSENDABLE)
    return token


def server_of(running: Settings) -> str:
    """Where a server of these settings is asked."""
    return url_of(running.host, running.port)


def url(text: str) -> str:
    if not is_url(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no URL of http or https")
    return text


def server(text: str) -> str:
    """A fake's URL, also where it was given as that of its API."""
    return url(text).rstrip("/").removesuffix("/api/v1")


def whole(text: str, least: int, most: int) -> int:
    if not (text.isascii() and text.isdecimal() and least <= int(text[:10]) <= most):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from {least} to {most}")
    return int(text)


def port(text: str) -> int:
    return whole(text, 0, 65535)


def status(text: str) -> int:
    return whole(text, 200, 599)


def times(text: str) -> int:
    return whole(text, 1, 1_000_000)
