"""Commands that ask a running fake: what they say, and how they end."""

import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, NamedTuple

from fake_server.listen.switches import server_for, token_for

if TYPE_CHECKING:
    from fake_server.handle.world import Handle


class Failed(Exception):
    """What could not be done, in one sentence."""


class Said(NamedTuple):
    """The result of a command."""

    data: Any
    """What --json prints."""
    text: str = ""
    """What is printed otherwise; empty for nothing."""
    hint: str = ""
    """For people, on stderr."""


def ask(wanted: Namespace, variables: Mapping[str, str], do: "Callable[[Handle], Said]") -> int:
    """Does something with the world that the switches name. Exit code 0, or 1 where it failed."""
    server = server_for(wanted.server, variables)
    token = token_for(wanted.control_token, variables)
    # Imported here: a wrong switch needs no client.
    from fake_server.handle.connecting import connect
    from fake_server.handle.connection import ControlError, NotRunning

    def result() -> Said:
        with connect(server, world=getattr(wanted, "world", None), control_token=token) as handle:
            return do(handle)

    try:
        return report(result, wanted.json)
    except (ControlError, NotRunning) as error:
        hint(str(error))
        return 1


def report(result: Callable[[], Said], as_json: bool = False) -> int:
    """Prints a result. Exit code 0, or 1 where there is none or it cannot be written."""
    try:
        tell(result(), as_json)
    except Failed as error:
        hint(str(error))
        return 1
    return 0


def tell(said: Said, as_json: bool = False) -> None:
    """Prints a result. BrokenPipeError where nobody reads it; Failed where it cannot be written."""
    text = json.dumps(said.data) if as_json else said.text
    if text and sys.stdout is None:
        raise Failed("The result cannot be written: standard output is closed.")
    if isinstance(sys.stdout, TextIOWrapper):
        # A document is UTF-8 wherever it goes.
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")
    try:
        print(text, end="\n" if text else "", flush=True)
    except BrokenPipeError:
        raise
    except OSError as error:
        discard()
        raise Failed(f"The result cannot be written: {error.strerror}.") from None
    if said.hint:
        hint(said.hint)


def discard() -> None:
    """What is still to be written goes nowhere; Python would complain about it once more at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def hint(sentence: str) -> None:
    print(f"kanbert-fake: {sentence}", file=sys.stderr, flush=True)


def line(row: Mapping[str, Any], *names: str) -> str:
    """Some fields of a row, in the form of the ready line."""
    return " ".join(f"{name}={row[name]}" for name in names)


def lines(rows: list[Any], *names: str) -> str:
    return "\n".join(line(row, *names) for row in rows)
