"""trigger: an event about a record that nobody changed."""

from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fake_server.commands.asking import Said, ask, lines
from fake_server.commands.switches import add_world, flags, parse

if TYPE_CHECKING:
    from fake_server.handle.world import Handle

SHOWN = ("id", "event", "resource", "subscription", "url", "state", "due_at")


def trigger(arguments: Sequence[str], variables: Mapping[str, str]) -> int:
    known = flags("trigger")
    add_world(known)
    known.add_argument("event", metavar="EVENT", help="as in task:update")
    known.add_argument("id", metavar="ID", help="of the record")
    wanted = parse(known, arguments)
    return ask(wanted, variables, lambda handle: triggered(handle, wanted))


def triggered(handle: "Handle", wanted: Namespace) -> Said:
    """The deliveries that it made, or why there are none."""
    answer = handle._control.ask("POST", "/trigger", {"event": wanted.event, "id": wanted.id})
    rows = [{**row, "resource": row["resource"]["id"]} for row in answer["data"]]
    return Said(answer, lines(rows, *SHOWN), answer["reason"] or "")
