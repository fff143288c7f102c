"""Records of any kind in the tester's hand: made, read, changed and removed, silently unless asked otherwise."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from types import NoneType
from typing import Any

import orjson
from starlette.requests import Request

from fake_server.api.verbs import changing, deleting
from fake_server.control.bodies import MOST_STATE, Nothing, content, read
from fake_server.control.fields import Known, printed_as, shown, spelled, values
from fake_server.control.names import record
from fake_server.control.problems import ANY, Problem, WorldRow
from fake_server.control.removing import ending, loosen, refuse_needed
from fake_server.control.webhooks import end
from fake_server.errors import did_you_mean
from fake_server.resources import KINDS, OPERATIONS
from fake_server.seeds.document import Printer
from fake_server.seeds.filling import FILE_FIELDS, HOLDERS
from fake_server.seeds.making import Making
from fake_server.seeds.met import circle
from fake_server.seeds.values import Hint, Values, Wrong, listed, types
from fake_server.seeds.worldfile import ended
from fake_server.store.kind import Kind, Record
from fake_server.store.store import Change, Store
from fake_server.webhooks.publisher import HOOKS
from fake_server.world import World

FILE = "file"
PEOPLE = {"user", "integration"}
FLAGS = {"true": True, "false": False}
NEW_FILE = FILE_FIELDS - {"sample"}
CHANGED = {
    operation.kind: operation.run
    for operation in OPERATIONS.values()
    if operation.verb is changing and operation.method == "PATCH"
}
"""What the service does when a record of the kind is changed, or removed."""
REMOVED = {operation.kind: operation.run for operation in OPERATIONS.values() if operation.verb is deleting}


def kind_of(request: Request) -> Kind:
    name = request.path_params["kind"]
    if name not in KINDS:
        raise Problem(404, "No such kind", f"There is no kind of record {name[:80]}; {did_you_mean(name, KINDS)}")
    return KINDS[name]


def emitting(request: Request) -> bool:
    text = request.query_params.get("emit", "false")
    if text not in FLAGS:
        raise Problem(422, "Invalid parameter", f"emit is true or false, not {text[:80]}.")
    return FLAGS[text]


def refused(wrong: Wrong) -> Problem:
    return Problem(422, "Invalid record", ended(str(wrong)))


async def sent_object(request: Request) -> dict[str, Any]:
    """The body, a JSON object; an empty one where there is none."""
    try:
        found = orjson.loads(await content(request, MOST_STATE) or b"{}")
    except ValueError as error:
        raise Problem(422, "Invalid body", f"body: is no JSON: {error}.") from None
    if not isinstance(found, dict):
        raise Problem(422, "Invalid body", "body: must be a JSON object of fields and values.")
    return found


@contextmanager
def writing(world: World, request: Request) -> Iterator[list[Change]]:
    """Whole or not at all; whoever subscribed is told only where the call asks for it."""
    emit, store, stream = emitting(request), world.store, world.random.getstate()
    numbers, counters = {name: table.last for name, table in store.tables.items()}, store.counters.copy()
    blobs = store.blobs.copy()
    try:
        with store.change() as made:
            yield made
    except BaseException as error:
        # What was refused leaves no gap: the next id and the next made-up text are what they would have been.
        store.counters, store.blobs = counters, blobs
        for name, number in numbers.items():
            store.tables[name].last = number
        world.random.setstate(stream)
        if isinstance(error, Wrong):
            raise refused(error) from None
        raise
    if any(change.kind in PEOPLE for change in made):
        recognise(world)
    world.publisher.keep(made)
    if emit:
        world.committed(made, world.access.anyone)


def recognise(world: World) -> None:
    """Who a token acts as is what the records say now."""
    access, before = world.access, world.access.anyone
    access.anyone = world.anyone()
    for text, token in access.tokens.items():
        who = token.caller
        now = access.anyone if who == before else world.caller(who.user, who.slug, who.scopes)
        access.tokens[text] = replace(token, caller=now)


@contextmanager
def naming(store: Store, kind: Kind, wanted: Callable[[], Mapping[str, Any]]) -> Iterator[None]:
    """Where another record has a unique name, says which."""
    try:
        yield
    except ValueError as error:
        record = wanted()
        for fields in kind.unique:
            name = tuple(record.get(field) for field in fields)
            other = None if None in name else store.find(kind.name, fields, name)
            if other is not None and other.key != record.get("key"):
                raise Wrong(f"{error}: {store.ids.text(kind.name, other.key)}") from None
        raise Wrong(str(error)) from None


async def make(world: World, request: Request) -> tuple[Any, int]:
    """A new record; what is not said is made up."""
    kind, sent = kind_of(request), await sent_object(request)
    with writing(world, request):
        making = Making(world.store, world.moment(world.access.anyone), world.random)
        if kind.name == FILE:
            made = make_file(world, making, sent)
        else:
            given = values(world, kind, sent)
            with naming(world.store, kind, lambda: given):
                heard = kind.name == HOOKS and "url" in given
                made = world.subscribe(world.store, given) if heard else making.make(kind, given)
        refuse_circle(world.store, kind, made)
    return shown(world.store, kind, made), 201


def make_file(world: World, making: Making, sent: Mapping[str, Any]) -> Record:
    """A file hangs on the record whose kind it names."""
    given = {name.removesuffix("_id") if name.removesuffix("_id") in HOLDERS else name: sent[name] for name in sent}
    for name in given:
        if name not in (*HOLDERS, *NEW_FILE):
            raise Wrong(f"file has no field {name[:80]}; {did_you_mean(name, (*HOLDERS, *sorted(NEW_FILE)))}")
    holders = [name for name in HOLDERS if name in given]
    if len(holders) > 1:
        raise Wrong(f"a file hangs on one record, not on a {' and a '.join(holders)}")
    reading = Values(Known(world), world.moment())
    holder = (holders[0], reading.ref(holders[0], holders[0], given.pop(holders[0]))) if holders else None
    own = {name: given[name] for name in given if name in types(KINDS[FILE])}
    return making.file({**given, **reading.read(KINDS[FILE], own, own)}, holder)


def refuse_circle(store: Store, kind: Kind, found: Record) -> None:
    if circle(store, kind, found):
        raise Wrong(f"this {kind.name} would be above itself")


async def change(world: World, request: Request) -> tuple[Any, int]:
    """A record with what is sent; the rest follows as when the service changes it."""
    kind, sent = kind_of(request), await sent_object(request)
    before = record(world, kind.name, request.path_params["id"], 404)
    with writing(world, request):
        if kind.name == FILE:
            refuse_derived(sent)
        given = values(world, kind, sent)
        with naming(world.store, kind, lambda: {**before._asdict(), **given}):
            after = changed(world, kind, before, given)
        refuse_circle(world.store, kind, after)
    return shown(world.store, kind, after), 200


def refuse_derived(sent: Mapping[str, Any]) -> None:
    for name in sent:
        if name not in ("file_name", "mime_type", "created_at"):
            raise Wrong(f"of a file only file_name, mime_type and created_at can be changed, not {name[:80]}")


def changed(world: World, kind: Kind, before: Record, given: dict[str, Any]) -> Record:
    """The section's own way first, then what was given in so many words."""
    store, moment, run = world.store, world.moment(world.access.anyone), CHANGED.get(kind.name)
    after = before
    if run is not None:
        after = run(store, moment, before, given)
    elif differs(before, given) and "updated_at" in types(kind):
        given = {"updated_at": moment.now, **given}
    return store.put(after._replace(**given)) if differs(after, given) else after


def differs(record: Record, given: dict[str, Any]) -> bool:
    """Whether the given fields would be printed otherwise: 1 and true are equal, and not the same."""
    return repr(record._replace(**given)) != repr(record)


# ---------------------------------------------------------------- reading


async def one(world: World, request: Request) -> tuple[Any, int]:
    """One record."""
    kind = kind_of(request)
    return shown(world.store, kind, record(world, kind.name, request.path_params["id"], 404)), 200


async def every(world: World, request: Request) -> tuple[Any, int]:
    """The records whose fields have the values asked for; a list is asked for one of its members."""
    kind = kind_of(request)
    asked = [(name, text) for name, text in request.query_params.multi_items() if name != "world"]
    try:
        tests = [test(world, kind, name, text) for name, text in asked]
    except Wrong as wrong:
        raise refused(wrong) from None
    names, printer = printed_as(kind), Printer(world.store, kind)
    found = [row for row in world.store.rows(kind.name).values() if all(passes(row) for passes in tests)]
    return {"data": [{names[field]: value for field, value in printer.row(row).items()} for row in found]}, 200


def test(world: World, kind: Kind, name: str, text: str) -> Callable[[Record], bool]:
    """Whether a record's field is what a query's text says."""
    reading = Values(Known(world), world.moment())
    if name == "id":
        key = reading.ref("id", kind.name, text)
        return lambda row: bool(row.key == key)
    field = spelled(kind).get(name, name)
    if field not in types(kind):
        raise Wrong(f"{kind.name} has no field {name[:80]}; {did_you_mean(name, spelled(kind))}")
    hint = types(kind)[field]
    many = listed(hint) is not None
    value = reading.value(kind, field, [text] if many else from_text(text, hint), hint)
    if many:
        return lambda row: value[0] in getattr(row, field)
    return lambda row: bool(getattr(row, field) == value)


def from_text(text: str, hint: Hint) -> Any:
    """A query's text as the JSON value that it stands for."""
    if text == "null" and NoneType in hint:
        return None
    if bool in hint:
        return FLAGS.get(text, text)
    for number in (int, float):
        if number in hint:
            try:
                return number(text)
            except ValueError:
                return text
    return text


async def remove(world: World, request: Request) -> tuple[Any, int]:
    """A record as it was; what ends with it is gone, too, and nothing names it any more."""
    kind = kind_of(request)
    await read(request, Nothing)
    found = record(world, kind.name, request.path_params["id"], 404)
    was = shown(world.store, kind, found)
    gone = ending(world.store, found)
    refuse_needed(world, gone)
    with writing(world, request):
        loosen(world.store, gone)
        removed(world, kind, world.store.rows(kind.name)[found.key])
    return was, 200


def removed(world: World, kind: Kind, found: Record) -> None:
    """The section's own way, where it has one."""
    run = REMOVED.get(kind.name)
    if run is not None:
        run(world.store, world.moment(world.access.anyone), found)
    elif kind.name == HOOKS:
        end(world, found)
    else:
        world.store.remove(found)


RECORDS: tuple[WorldRow, ...] = (
    ("GET", "/records/{kind}", every, ANY),
    ("POST", "/records/{kind}", make, "emit"),
    ("GET", "/records/{kind}/{id}", one),
    ("PATCH", "/records/{kind}/{id}", change, "emit"),
    ("DELETE", "/records/{kind}/{id}", remove, "emit"),
)
