"""The switches of commands: what all share, where a running fake is found, and what is refused."""

from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable, Sequence

from fake_server.errors import did_you_mean
from fake_server.flags import COMMANDS, SERVER, Flags
from fake_server.listen.switches import add_token, server
from fake_server.settings import UsageError


def flags(name: str, says: str = "") -> Flags:
    """A parser for the command of a name, such as `reset` or `snapshot save`."""
    said = says or COMMANDS[name]
    said = f"{said[0].upper()}{said[1:]}."
    return Flags(f"kanbert-fake {name}", description=said, allow_abbrev=False)


def add_server(known: Flags) -> None:
    known.add_argument(
        "--server", type=server, metavar="URL", help=f"where the fake is (default: as its variables say) [{SERVER}]"
    )
    add_token(known)
    add_json(known)


def add_world(known: Flags) -> None:
    add_server(known)
    known.add_argument("--world", metavar="NAME", help="the world that is meant (default: default)")


def add_json(known: Flags) -> None:
    known.add_argument("--json", action="store_true", help="print one JSON value")


def add_format(known: Flags) -> None:
    said = "json or yaml (default: as the file's name ends, else JSON)"
    known.add_argument("--format", type=one_of("json", "yaml"), metavar="FORMAT", help=said)


def parse(known: Flags, arguments: Sequence[str]) -> Namespace:
    """The switches; UsageError for one that is unknown, with the nearest."""
    found, unknown = known.parse_known_args(list(arguments))
    if unknown:
        names = [option for action in known._actions for option in action.option_strings]
        raise UsageError(f"There is no {unknown[0]}; {did_you_mean(unknown[0], names)}")
    return found


def action(name: str, actions: Sequence[str], arguments: Sequence[str]) -> str:
    """The first word after a command that has several; UsageError where it is none of them."""
    word = arguments[0] if arguments else ""
    if word in actions:
        return word
    if word in ("-h", "--help"):
        known = flags(name)
        known.usage = f"kanbert-fake {name} {'|'.join(actions)} ..."
        known.epilog = f"`kanbert-fake {name} {actions[0]} --help` says more, and so do the others."
        known.print_help()
        raise SystemExit(0)
    if not word:
        raise UsageError(f"{name} needs one of {', '.join(actions)}.")
    raise UsageError(f"There is no {name} {word}; {did_you_mean(word, actions)}")


def one_of(*names: str) -> Callable[[str], str]:
    """A type of argument that is one of a few words."""

    def read(text: str) -> str:
        if text not in names:
            raise ArgumentTypeError(f"{text!r} is none of {', '.join(names)}")
        return text

    return read


def whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ArgumentTypeError(f"{text!r} is no whole number") from None
