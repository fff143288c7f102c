"""What the report of a failed test says about its world: requests, deliveries, what became of the data."""

import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from fake_server.handle.assertions import line, shown
from fake_server.handle.connection import ControlError, NotRunning
from fake_server.handle.world import Handle

LAST = 20
"""Requests, and deliveries, that are shown."""
MOST_LINES = 40
"""Of what became of the data."""
LONGEST = 200
"""Characters of a new or removed record."""
Lines = Iterator[str]


class Gone(Exception):
    """There is no world, or no server, to be asked for anything."""


def shorten() -> None:
    """Leaves the handle's own functions out of tracebacks of what it says on purpose: the test's line says where."""
    for name, module in list(sys.modules.items()):
        if name.startswith("fake_server.handle."):
            vars(module)["__tracebackhide__"] = on_purpose


def on_purpose(excinfo: pytest.ExceptionInfo[BaseException]) -> bool:
    return isinstance(excinfo.value, ControlError | NotRunning | AssertionError)


def sections(handle: Handle, kept: bool) -> list[tuple[str, str]]:
    """Titles and texts; what cannot be found out is said there, because the failure of the test matters more."""
    found: list[tuple[str, str]] = []
    try:
        for title, lines in PARTS.items():
            text = told(lines, handle)
            found += [(f"kanbert {title}", text)] if text else []
        found += [("kanbert kept", place(handle))] if kept else []
    except Gone as error:
        found.append(("kanbert", str(error)))
    return found


def told(lines: Callable[[Handle], Lines], handle: Handle) -> str:
    try:
        return "\n".join(map(harmless, lines(handle)))
    except NotRunning as error:
        raise Gone(str(error)) from None
    except Exception as error:
        if isinstance(error, ControlError) and error.title == "No such world":
            raise Gone(f"The world {handle.name} was removed before this could be asked.") from None
        return f"(cannot be shown: {type(error).__name__}: {error})"


def harmless(text: str) -> str:
    """A line without the signs that a terminal obeys: what clients send may have any."""
    return "".join(char if char.isprintable() else "?" for char in text)


def place(handle: Handle) -> str:
    """Where a world is found that was not removed."""
    return (
        f"The world {handle.name} stays at {handle.base_url}; its token is {handle.token}.\n"
        f"{handle.base_url}/_fake/requests?world={handle.name} and /_fake/diff?world={handle.name} show it."
    )


# requests
def requests(handle: Handle) -> Lines:
    """The journal's tail, a request in a line."""
    page = handle.requests._page(limit=LAST)
    if page["total"] > LAST:
        yield f"The last {LAST} of {page['total']}:"
    for one in page["data"]:
        yield f"{line(one)} {one['hint'] or ''}".rstrip()
    if elsewhere := handle.requests._elsewhere():
        yield elsewhere


# deliveries
def deliveries(handle: Handle) -> Lines:
    rows = handle.deliveries.all()
    if len(rows) > LAST:
        yield f"The last {LAST} of {len(rows)}:"
    yield from map(delivery, rows[-LAST:])


def delivery(one: Any) -> str:
    """Its state, and what came of each try."""
    tries = ", ".join(str(tried["status"] or tried["error"].rstrip(".")) for tried in one["attempts"])
    due = f", due at {one['due_at']}" if one["state"] == "pending" else ""
    said = f"#{one['id']} {one['event']} {one['resource']['id']} -> {one['url']} {one['state']}{due}"
    return " ".join(part for part in (f"{said}: {tries}" if tries else said, one["reason"]) if part)


# data
def world(handle: Handle) -> Lines:
    """What was created (+), changed (~) and removed (-) since the seed, but for what the handle itself made: the
    subscriptions of inboxes."""
    own = {inbox.subscription["id"] for inbox in handle._inboxes}
    lines = [said for id, said in differences(handle.diff()) if id not in own]
    yield from lines[:MOST_LINES]
    if len(lines) > MOST_LINES:
        yield f"... and {len(lines) - MOST_LINES} lines more"


def differences(diff: Any) -> Iterator[tuple[str, str]]:
    """Each with the id of the record that it is about."""
    for one in diff["created"]:
        yield one["id"], f"+ {one['kind']} {one['id']} {fields(one['record'])}"
    for one in diff["changed"]:
        for name, (before, after) in one["fields"].items():
            yield one["id"], f"~ {one['kind']} {one['id']} {name}: {shown(before)} -> {shown(after)}"
    for one in diff["removed"]:
        yield one["id"], f"- {one['kind']} {one['id']} {fields(one['record'])}"


def fields(record: Mapping[str, Any]) -> str:
    """What a record says beside its id, without what it leaves open."""
    said = {name: value for name, value in record.items() if name != "id" and value not in (None, [], {})}
    return cut(", ".join(f"{name}: {shown(value)}" for name, value in said.items()))


def cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}..."


PARTS: Mapping[str, Callable[[Handle], Lines]] = {"requests": requests, "deliveries": deliveries, "world": world}
