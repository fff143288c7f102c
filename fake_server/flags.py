"""The command line: flags and variables become settings. A flag beats a variable beats the default."""

import argparse
import re
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, get_origin

from fake_server.errors import did_you_mean
from fake_server.settings import PREFIX, Settings, UsageError, checked, flag, variable

SERVER = "KANBERT_SERVER_URL"
"""The variable that says where the fake is. It begins unlike those of the settings, of which a server that is started
beside it would refuse an unknown one."""
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


def read(arguments: Sequence[str], variables: Mapping[str, str]) -> Settings:
    """Settings from flags and variables; UsageError for what is unknown or out of range."""
    return checked({**from_variables(variables), **from_flags(arguments)})


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
