"""The command line: `kanbert-fake` starts the server; whatever else it can do is a command of its own."""

import gc
import os
import sys
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from fake_server.flags import SERVER, read
from fake_server.settings import Settings, UsageError
from fake_server.urls import is_url, url_of

PLACES = {
    "listen": "listen.receiver:listen",
    "env": "commands.env:env",
    "exec": "commands.exec:exec",
    "reset": "commands.state:reset",
    "export": "commands.state:export",
    "import": "commands.state:import_",
    "snapshot": "commands.snapshot:snapshot",
    "world": "commands.world:world",
    "trigger": "commands.trigger:trigger",
    "openapi": "commands.openapi:openapi",
}
"""Where commands stand: what a call does not need is not imported for it."""
INTERRUPTED = 130


class Unwritten(Exception):
    """What was printed cannot be written."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 for done, 1 for failed, 2 for a switch that cannot be obeyed."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return flushed(given)
    except BrokenPipeError:
        # Nobody reads on, as with `| head`.
        code = 0
    except Unwritten as error:
        print(f"kanbert-fake: The result cannot be written: {error}.", file=sys.stderr)
        code = 1
    from fake_server.commands.asking import discard

    discard()
    return code


def flushed(given: list[str]) -> int:
    """Writes out what is printed, so that it fails here if it does."""
    try:
        return obeyed(given)
    finally:
        flush()


def flush() -> None:
    try:
        if sys.stdout is not None:
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unwritten(error.strerror) from None


def obeyed(given: list[str]) -> int:
    try:
        return run(given, os.environ)
    except UsageError as error:
        print(f"kanbert-fake: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return INTERRUPTED


def run(given: list[str], variables: Mapping[str, str]) -> int:
    name = given[0] if given else ""
    if name == "--version":
        return version()
    if name == "healthcheck":
        # Its answer is JSON anyway.
        return healthcheck(read([word for word in given[1:] if word != "--json"], variables))
    if name in PLACES:
        return command(PLACES[name], given[1:], variables)
    settings = read(given, variables)
    # What is made from here on stays: the collector would look at it over and over. `settle` calls it back.
    gc.disable()
    # Imported here: a wrong switch or a health check need no server.
    from fake_server.serving import serve

    return serve(settings)


def command(place: str, arguments: list[str], variables: Mapping[str, str]) -> int:
    from importlib import import_module

    module, _, name = place.partition(":")
    return int(getattr(import_module(f"fake_server.{module}"), name)(arguments, variables))


def version() -> int:
    from importlib.metadata import version as installed

    from fake_server.commands.asking import Said, report

    return report(lambda: Said(None, installed("kanbert-fake-server")))


def healthcheck(settings: Settings) -> int:
    """Whether the server of these settings is ready; its answer, or why there is none, in one line."""
    from contextlib import closing
    from http.client import HTTPConnection, HTTPException

    host, port = place(settings)
    try:
        with closing(HTTPConnection(host, port, timeout=2)) as connection:
            connection.request("GET", "/_fake/ready")
            answer = connection.getresponse()
            print(answer.read().decode(errors="replace"))
    except (OSError, HTTPException) as error:
        print(f"kanbert-fake: nothing answers at {host} port {port}: {error}", file=sys.stderr)
        return 1
    return 0 if answer.status == 200 else 1


def place(settings: Settings) -> tuple[str, int]:
    """Where the server listens: as the variable says that `exec` sets, else as its settings do."""
    told = os.environ.get(SERVER)
    if told and not is_url(told):
        raise UsageError(f"The variable {SERVER} cannot be: {told!r} is no URL of http or https.")
    url = urlsplit(told or url_of(settings.host, settings.port))
    return url.hostname or "", url.port or 80


if __name__ == "__main__":
    sys.exit(main())
