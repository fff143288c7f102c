"""snapshot save, load, list, rm: a world kept under a name."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fake_server.commands.asking import Said, ask, line, lines
from fake_server.commands.switches import action, add_world, flags, parse

if TYPE_CHECKING:
    from fake_server.handle.snapshots import Snapshot
    from fake_server.handle.world import Handle

ACTIONS = {
    "save": "keeps the world as it is",
    "load": "makes the world as it was then",
    "list": "prints what was kept",
    "rm": "forgets one",
}
SHOWN = ("name", "at", "tasks")


def snapshot(arguments: Sequence[str], variables: Mapping[str, str]) -> int:
    do = action("snapshot", tuple(ACTIONS), arguments)
    known = flags(f"snapshot {do}", ACTIONS[do])
    add_world(known)
    if do == "save":
        known.add_argument("name", nargs="?", metavar="NAME", help="what to call it (default: snapshot-1, -2, ...)")
    elif do != "list":
        known.add_argument("name", metavar="NAME", help="of the snapshot")
    wanted = parse(known, arguments[1:])
    return ask(wanted, variables, lambda handle: done(handle, do, getattr(wanted, "name", None)))


def done(handle: "Handle", do: str, name: Any) -> Said:
    if do == "list":
        rows = [row(one) for one in handle.snapshots.list()]
        return Said(rows, lines(rows, *SHOWN))
    verbs = {"save": handle.snapshot, "load": handle.snapshots.load, "rm": handle.snapshots.rm}
    made = row(verbs[do](name))
    return Said(made, line(made, *SHOWN))


def row(made: "Snapshot") -> dict[str, Any]:
    return {name: getattr(made, name) for name in SHOWN}
