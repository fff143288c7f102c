"""world new, list, rm: the worlds of a server."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fake_server.commands import files
from fake_server.commands.asking import Failed, Said, ask, line, lines
from fake_server.commands.switches import action, add_format, add_server, flags, parse, whole
from fake_server.flags import Flags
from fake_server.handle.documents import Form, form_of, placed
from fake_server.world_names import WORLD_NAMES

if TYPE_CHECKING:
    from fake_server.handle.world import Handle

ACTIONS = {
    "new": "makes a world of its own: data, clock, faults, journal and webhooks",
    "list": "prints every world",
    "rm": "removes a world with everything in it",
}
SHOWN = ("name", "token", "url", "world", "tasks", "now", "mode")


def world(arguments: Sequence[str], variables: Mapping[str, str]) -> int:
    do = action("world", tuple(ACTIONS), arguments)
    known = flags(f"world {do}", ACTIONS[do])
    add_server(known)
    if do == "new":
        add_beginning(known)
    elif do == "rm":
        known.add_argument("name", metavar="NAME", help="of the world")
    wanted = parse(known, arguments[1:])
    if do == "new":
        return ask(of_server(wanted), variables, lambda handle: new(handle, wanted))
    return ask(wanted, variables, lambda handle: everyone(handle) if do == "list" else removed(handle, wanted.name))


def add_beginning(known: Flags) -> None:
    """What a world may begin with."""
    known.add_argument("--name", help="what to call it (default: w1, w2, ...)")
    known.add_argument("--world", metavar="SEED", help=f"{', '.join(WORLD_NAMES)} (default: as the server's own)")
    known.add_argument("--seed", type=whole, metavar="NUMBER", help="number from which Faker makes more")
    known.add_argument("--tasks", type=whole, metavar="NUMBER", help="grow it to this many tasks")
    known.add_argument("--now", metavar="ISO", help="date-time at which its clock stands")
    known.add_argument("--from", metavar="WORLD", help="begin as this world is now")
    known.add_argument("--file", metavar="FILE", help="begin with a document as export writes it; -: standard input")
    add_format(known)


def of_server(wanted: Namespace) -> Namespace:
    """The switches that say which server is asked: --world is a seed here, not the world to ask about."""
    return Namespace(server=wanted.server, control_token=wanted.control_token, json=wanted.json)


def new(handle: "Handle", wanted: Namespace) -> Said:
    from fake_server.handle.connection import ControlError

    asked = {name: getattr(wanted, name) for name in ("name", "world", "seed", "tasks", "now", "from")}
    rows = None if wanted.file is None else document(wanted.file, wanted.format)
    asked["state"] = rows
    given = {name: value for name, value in asked.items() if value is not None}
    try:
        return shown(handle._control.of_server("POST", "/worlds", given))
    except ControlError as error:
        raise Failed(placed(str(error), wanted.file or "state", rows)) from None


def document(file: str, asked: Form | None) -> Any:
    """A document as an object; what is wrong in it is said with its place."""
    # Imported here: no other command reads documents itself.
    from fake_server.seeds.worldfile import SeedError, parse

    content = files.read(file)
    form = form_of(file, asked) or ("json" if content.lstrip()[:1] == b"{" else "yaml")
    try:
        return parse(content.decode(), file, form)
    except UnicodeDecodeError as error:
        raise Failed(f"{file} is no UTF-8 text: {error.reason}.") from None
    except SeedError as error:
        raise Failed(str(error)) from None


def everyone(handle: "Handle") -> Said:
    rows = handle.worlds.list()
    return Said(rows, lines(rows, *SHOWN))


def removed(handle: "Handle", name: str) -> Said:
    return shown(handle.worlds.rm(name))


def shown(row: Any) -> Said:
    return Said(row, line(row, *SHOWN))
