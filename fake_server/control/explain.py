"""Why a filter selects what it does: its tree as it was read, with how many records each part selects."""

from collections.abc import Iterable
from typing import Annotated, Any

import orjson
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from fake_server.api.access import bearer
from fake_server.api.lists import MOST_COMPARISONS
from fake_server.api.parameters import Parameters
from fake_server.api.plan import read_filter
from fake_server.control.bodies import read
from fake_server.control.names import record
from fake_server.control.problems import Problem, WorldRow
from fake_server.declare.operation import Operation
from fake_server.errors import BadQuery, did_you_mean
from fake_server.ids import Ids
from fake_server.moment import Caller
from fake_server.query.check import AllTests, AnyTest, Checked, Count, Members, leaves
from fake_server.query.match import Predicate, Scope, compile_test, getter
from fake_server.query.writing import as_data, as_text, field_name, plain, value_of
from fake_server.resources import OPERATIONS
from fake_server.store.kind import Record
from fake_server.world import World

LISTS = {name: one for name, one in OPERATIONS.items() if one.listing is not None}
BY_PATH = {one.path: one for one in LISTS.values()}


class ExplainRequest(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    resource: Annotated[str, Field(description=f"a list, such as {next(iter(LISTS))} or {next(iter(BY_PATH))}")]
    filter: Annotated[str | list[Any] | dict[str, Any], Field(description="a filter: a text, or its JSON")]
    id: Annotated[str | None, Field(description="a string, the id of a record")] = None


async def explain(world: World, request: Request) -> tuple[Any, int]:
    """What a filter means, part by part, with how many records each selects, and of one record whether each part
    holds and what was found; and how it is written as text and as JSON:
    `{"resource": "tasks.index", "filter", "id"?}`."""
    wanted = await read(request, ExplainRequest)
    operation = listed(wanted.resource)
    rows = world.store.rows(operation.kind)
    tree = tree_of(world, operation, wanted.filter)
    if leaves(tree) * len(rows) > MOST_COMPARISONS:
        raise Problem(
            422, "Too much", f"{leaves(tree)} conditions on {len(rows)} records are too many for this fake."
        )
    scope = Scope(operation.kind, world.store, world.moment(caller_of(world, request)))
    seen = visible(scope)
    one = None if wanted.id is None else record(world, operation.kind, wanted.id, 404)
    if one is not None and one not in seen:
        raise Problem(404, "Not to be seen", f"The {operation.kind} {wanted.id} is kept from the token that asks.")
    ids = world.store.ids
    return {
        "operation": operation.name,
        "records": len(seen),
        "filter": node(tree, scope, seen, one),
        "text": as_text(tree, ids),
        "json": as_data(tree, ids),
    }, 200


def visible(scope: Scope) -> list[Record]:
    """The records that the caller gets to see at all."""
    rows, seen = scope.store.rows(scope.kind).values(), scope.store.seen(scope.kind, scope.moment.caller)
    return [row for row in rows if seen is None or seen(row)]


def tree_of(world: World, operation: Operation, filter: Any) -> Checked:
    """The filter, checked; Problem says what the service would say, and its hint."""
    assert operation.listing is not None
    text = filter if isinstance(filter, str) else orjson.dumps(filter).decode()
    query = Parameters({"filter": text.strip() or None}, (), False)
    try:
        tree = read_filter(query, operation.listing, world.store.ids)
    except BadQuery as refusal:
        raise Problem(422, "Invalid filter", f"{refusal.message} {refusal.hint or ''}".strip()) from None
    if tree is None:
        raise Problem(422, "Invalid body", "filter: is empty, and selects everything.")
    return tree


def caller_of(world: World, request: Request) -> Caller:
    """Whom me.id means, and what is kept from them: the user of the token, else of unregistered ones."""
    known = world.access.tokens.get(bearer(request.headers.get("authorization", "")))
    return known.caller if known else world.access.anyone


def listed(resource: str) -> Operation:
    """A list by the name of its operation, its path, or the part of the name before the dot."""
    short = {name.partition(".")[0]: one for name, one in reversed(LISTS.items())}
    found = {**short, **{path.strip("/"): one for path, one in BY_PATH.items()}, **LISTS}
    name = resource.strip("/")
    if name not in found:
        raise Problem(422, "No such list", f"There is no list {resource[:80]}; {did_you_mean(resource, LISTS)}")
    return found[name]


def node(tree: Checked, scope: Scope, rows: Iterable[Record], one: Record | None) -> dict[str, Any]:
    """A part of the tree, as JSON."""
    holds = compile_test(tree, scope)
    told = {**described(tree, scope, rows, one), "selects": sum(map(holds, rows))}
    return told if one is None else {**told, **of_one(tree, scope, holds, one)}


def described(tree: Checked, scope: Scope, rows: Iterable[Record], one: Record | None) -> dict[str, Any]:
    if isinstance(tree, AllTests | AnyTest):
        word = "and" if isinstance(tree, AllTests) else "or"
        return {word: [node(part, scope, rows, one) for part in tree.parts]}
    if isinstance(tree, Members):
        inner = scope._replace(kind=tree.field.of)
        where = None if tree.where is None else node(tree.where, inner, visible(inner), None)
        return {"field": tree.field.name, "op": tree.op, "value": where}
    return {"field": field_name(tree), "op": tree.op, "value": plain(value_of(tree, ids_of(scope)))}


def of_one(tree: Checked, scope: Scope, holds: Predicate, one: Record) -> dict[str, Any]:
    """Whether it holds for one record, and what was compared."""
    if isinstance(tree, AllTests | AnyTest):
        return {"holds": holds(one)}
    if isinstance(tree, Members | Count):
        return {"holds": holds(one), "found": len(scope.store.group(tree.field.of, tree.field.at, one.key))}
    value = getter(tree.field.at, scope)(one)
    return {"holds": holds(one), "found": printed(value, tree.field.of, scope)}


def printed(value: Any, of: str, scope: Scope) -> Any:
    """A value of a record as JSON: keys as ids."""
    if of and isinstance(value, int):
        return ids_of(scope).text(of, value)
    return value.isoformat() if hasattr(value, "isoformat") else value


def ids_of(scope: Scope) -> Ids:
    return scope.store.ids  # type: ignore[attr-defined, no-any-return]


EXPLAIN: tuple[WorldRow, ...] = (("POST", "/explain", explain),)
