"""The record that a path names: by id, or by what find_by says."""

from fake_server.api.call import Call
from fake_server.declare.identifier import PAIR
from fake_server.declare.reading import say
from fake_server.errors import Invalid, NotFound, did_you_mean
from fake_server.store.kind import Record

FIND_PARAMETERS = ("find_by", "origin")


def found(call: Call, kind: str) -> Record:
    """The record that the path names by `find_by`; NotFound where there is none that the caller may see."""
    text = next(iter(call.path.values()))
    by = find_by(call)
    record = sought(call, kind, by, text)
    if record is None:
        raise NotFound(unfound(kind, by, text), missing(call, kind, by, text))
    return record


def unfound(kind: str, by: str, text: str) -> str:
    """The backend's own text for a record that is not there."""
    model = f"App\\Models\\{kind.title().replace('_', '')}"
    return f"No query results for model [{model}] {text}" if by == "id" else f"No query results for model [{model}]."


def find_by(call: Call) -> str:
    known = call.operation.find_by
    by = call.query.text("find_by") or "id"
    if not known:
        return "id"
    if by not in known:
        raise Invalid(
            {"find_by": [say("exists", "find_by")]}, f"Unknown find_by {by[:40]}: {did_you_mean(by, known)}"
        )
    return by


def sought(call: Call, kind: str, by: str, text: str) -> Record | None:
    store, caller = call.store, call.moment.caller
    if by == "id":
        record = store.get(kind, store.ids.key(kind, text))
    elif by == "external_id":
        record = store.find(kind, PAIR, (call.query.text("origin") or caller.slug, text))
    else:
        record = store.find(kind, (by,), (text,)) if (by,) in store.kinds[kind].unique else None
    seen = store.seen(kind, caller)
    return record if record is None or seen is None or seen(record) else None


def missing(call: Call, kind: str, by: str, text: str) -> str:
    """Why there is no such record: the nearest thing that would have been found."""
    for other in call.operation.find_by:
        if other != by and sought(call, kind, other, text):
            return f"{text[:60]} is the {other} of a {kind}: ask with find_by={other}."
    named = call.store.ids.kind(text) if by == "id" else None
    if named and named != kind:
        return f"{text[:60]} is the id of a {named}, not of a {kind}."
    origin = f" in origin {call.query.text('origin') or call.moment.caller.slug}" if by == "external_id" else ""
    return f"There is no {kind} with the {by} {text[:60]}{origin} that this token may see."
