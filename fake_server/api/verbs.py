"""What operations do: listing, finding, creating, changing, deleting, uploading."""

from typing import Any

from fake_server.api.call import Call
from fake_server.api.lists import listing
from fake_server.api.lookup import found
from fake_server.declare.body import Body, FileBody
from fake_server.declare.reading import Reading, say
from fake_server.errors import Invalid
from fake_server.store.kind import Record

__all__ = ["asking", "changing", "creating", "deleting", "finding", "listing", "uploading"]


def finding(call: Call) -> bytes:
    """One record."""
    return shown(call, found(call, call.operation.kind))


def asking(call: Call) -> bytes:
    """The one record that `run` finds, of which the path says nothing."""
    assert call.operation.run is not None
    return shown(call, call.operation.run(call.store, call.moment))


def shown(call: Call, record: Record) -> bytes:
    call.entry.read = (record,)
    return answer(call, record)


def creating(call: Call) -> bytes:
    """A new record from the body."""
    return answer(call, run(call, values(call, None)))


def changing(call: Call) -> bytes:
    """A record with what the body says."""
    record = found(call, call.operation.kind)
    return answer(call, run(call, record, values(call, record)))


def deleting(call: Call) -> bytes:
    """A record as it was; afterwards it is gone."""
    record = found(call, call.operation.kind)
    text = answer(call, record)
    run(call, record)
    return text


def uploading(call: Call) -> bytes:
    """A file for a record; the answer is the file."""
    record, body = found(call, call.operation.kind), call.operation.body
    assert isinstance(body, FileBody)
    if call.sent is None:
        raise Invalid({body.name: [say("required", body.name)]}, f"Send the file in a part named {body.name}.")
    if call.sent.fault:
        more = f"At most {body.max} bytes." if call.sent.fault == "kilobytes" else None
        raise Invalid({body.name: [say(call.sent.fault, body.name, body.max // 1024)]}, more)
    return answer(call, run(call, record, call.sent), body.kind)


def values(call: Call, record: Record | None) -> dict[str, Any]:
    """The body's values for a new record, or for the one to change."""
    body = call.operation.body
    assert isinstance(body, Body)
    if ignored := body.ignored(call.sent):
        call.entry.hints += (ignored,)
    reading = Reading(call.store, call.moment, call.operation.kind, record)
    found = body.read(call.sent, reading)
    call.entry.hints += tuple(reading.notes)
    return found


def run(call: Call, *arguments: Any) -> Record:
    """The section's own function, whole or not at all."""
    assert call.operation.run is not None
    with call.store.change() as made:
        result = call.operation.run(call.store, call.moment, *arguments)
    call.entry.changed(made)
    call.committed(made, call.moment.caller)
    return result


def answer(call: Call, record: Record, kind: str = "") -> bytes:
    shape, includes = call.operation.shape, call.operation.includes
    return call.answers.included(shape, kind or call.operation.kind, record, includes, call.moment.caller)
