"""A checked tree -> a compiled test for records, and the indexes that spare most of them the test."""

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date
from operator import attrgetter, eq, ge, gt, le, lt, ne
from typing import Any, NamedTuple, Protocol

from fake_server.moment import Caller, Moment, midnight, read_date, read_instant
from fake_server.query.check import NO_SUCH_RECORD, AllTests, AnyTest, Checked, Count, Members, Test
from fake_server.query.kinds import Field, collation
from fake_server.query.tree import Special

Record = Any
Predicate = Callable[[Record], bool]
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {"eq": eq, "ne": ne, "lt": lt, "lte": le, "gt": gt, "gte": ge}


class Reader(Protocol):
    """What matching needs of a store."""

    def rows(self, kind: str) -> Mapping[int, Record]: ...

    def group(self, kind: str, field: str, value: Any) -> Collection[int]: ...

    def target(self, kind: str, field: str) -> str:
        """The kind of record that a reference field names."""

    def seen(self, kind: str, caller: Caller) -> Predicate | None:
        """The test that keeps records of a kind from a caller; None for those who see all of them."""
        ...

    def indexed(self, kind: str, field: str) -> bool: ...


class Scope(NamedTuple):
    """Where a tree is compiled: for records of `kind`, in a store, at a moment."""

    kind: str
    store: Reader
    moment: Moment


def compile_test(tree: Checked, scope: Scope) -> Predicate:
    """A function that tells whether a record fulfils the tree."""
    if isinstance(tree, AllTests):
        return every([compile_test(part, scope) for part in tree.parts])
    if isinstance(tree, AnyTest):
        return either([compile_test(part, scope) for part in tree.parts])
    if isinstance(tree, Test):
        return TESTS[tree.field.kind](tree, getter(tree.field.at, scope), scope)
    return compile_members(tree, scope)


def every(parts: list[Predicate]) -> Predicate:
    if len(parts) == 1:
        return parts[0]
    return lambda record: all(part(record) for part in parts)


def either(parts: list[Predicate]) -> Predicate:
    return lambda record: any(part(record) for part in parts)


def getter(path: str, scope: Scope) -> Callable[[Record], Any]:
    """Reads `project.client.name` from a record; None where a relation is missing or kept from the caller."""
    first, _, rest = path.partition(".")
    read = attrgetter(first)
    if not rest:
        return read
    target = scope.store.target(scope.kind, first)
    rows, seen = scope.store.rows(target), scope.store.seen(target, scope.moment.caller)
    further = getter(rest, scope._replace(kind=target))

    def follow(record: Record) -> Any:
        other = rows.get(read(record))
        return further(other) if other is not None and (seen is None or seen(other)) else None

    return follow


def concealing(field: Field, get: Callable[[Record], Any], scope: Scope) -> Callable[[Record], Any]:
    """Reads an id as null where the record that it names is kept from the caller."""
    seen = scope.store.seen(field.of, scope.moment.caller) if field.of else None
    if seen is None:
        return get
    rows = scope.store.rows(field.of)
    return lambda record: key if (other := rows.get(key := get(record))) is not None and seen(other) else None


def compile_members(tree: Members | Count, scope: Scope) -> Predicate:
    store, field = scope.store, tree.field
    inner = scope._replace(kind=field.of)
    rows, seen = store.rows(field.of), scope.store.seen(field.of, scope.moment.caller)

    def members(record: Record) -> list[Record]:
        found = [rows[key] for key in store.group(field.of, field.at, record.key)]
        return found if seen is None else [other for other in found if seen(other)]

    if isinstance(tree, Count):
        compare, wanted = COMPARE[tree.op], tree.operand
        return lambda record: compare(len(members(record)), wanted)
    where = compile_test(tree.where, inner) if tree.where else lambda _: True
    if tree.op == "all":
        return lambda record: all(map(where, members(record)))
    if tree.op == "none":
        return lambda record: not any(map(where, members(record)))
    return lambda record: any(map(where, members(record)))


def plain(test: Test, get: Callable[[Record], Any], scope: Scope) -> Predicate:
    """Enums, ids and booleans: compared exactly."""
    get = concealing(test.field, get, scope)
    if test.op == "eq" and test.operand is not None:
        wanted = resolve_id(test.operand, test.field, scope)
        return lambda record: get(record) == wanted
    return equality(test, get, lambda operand: resolve_id(operand, test.field, scope), lambda value: value)


def text(test: Test, get: Callable[[Record], Any], _: Scope) -> Predicate:
    """Texts: case and accents do not count."""
    if test.op in EQUALITY or test.operand is None:
        return equality(test, get, collation, collation)
    if test.op == "like":
        matches = like(test.operand)
        return lambda record: (value := get(record)) is not None and matches(collation(value)) is not None
    holds, wanted = SUBSTRING[test.op], collation(test.operand)
    return lambda record: (value := get(record)) is not None and holds(collation(value), wanted)


EQUALITY = frozenset(("eq", "ne", "in", "nin", "isnull", "isnotnull"))
SUBSTRING: Mapping[str, Callable[[str, str], bool]] = {
    "contains": lambda value, wanted: wanted in value,
    "startswith": str.startswith,
    "endswith": str.endswith,
}


def equality(
    test: Test, get: Callable[[Record], Any], operand: Callable[[Any], Any], key: Callable[[Any], Any]
) -> Predicate:
    """eq, ne, in, nin and the null operators over `key` of the value; null fulfils none of the four."""
    op = test.op
    if op == "isnull" or (op == "eq" and test.operand is None):
        return lambda record: get(record) is None
    if op == "isnotnull" or (op == "ne" and test.operand is None):
        return lambda record: get(record) is not None
    members = test.operand if op in ("in", "nin") else (test.operand,)
    wanted = frozenset(operand(member) for member in members if member is not None)
    if op in ("eq", "in"):
        return lambda record: (value := get(record)) is not None and key(value) in wanted
    if None in members:
        return never
    return lambda record: (value := get(record)) is not None and key(value) not in wanted


def never(_: Record) -> bool:
    return False


def resolve_id(operand: Any, field: Field, scope: Scope) -> Any:
    """The key that an operand names; me.id names nothing where the field is the id of something else."""
    if not isinstance(operand, Special):
        return operand
    caller = scope.moment.caller
    return caller.user if caller.kind == field.of else NO_SUCH_RECORD


def like(pattern: str) -> Callable[[str], re.Match[str] | None]:
    """An SQL pattern as a test of the whole folded value; atomic groups keep hostile patterns quick."""
    pieces = [[]]  # type: list[list[str]]
    for found in re.finditer(r"\\(.)|(%)|(_)|(.)", pattern, re.DOTALL):
        if found[2]:
            pieces.append([])
        else:
            pieces[-1].append("." if found[3] else re.escape(collation(found[1] or found[4])))
    first, *middle, last = ["".join(piece) for piece in pieces] if len(pieces) > 1 else ["".join(pieces[0]), ""]
    if len(pieces) == 1:
        return re.compile(first, re.DOTALL).fullmatch
    between = "".join(f"(?>.*?{piece})" for piece in middle if piece)
    return re.compile(f"{first}{between}.*{last}", re.DOTALL).fullmatch


def mode(test: Test, get: Callable[[Record], Any], _: Scope) -> Predicate:
    """with, only or without the records in which a field is set."""
    if test.operand == "with":
        return lambda _: True
    wanted = test.operand == "only"
    return lambda record: (get(record) is not None) is wanted


Span = tuple[int, int]
"""First and last second of what a date operand means."""
DATES: Mapping[str, Callable[[int, Span], bool]] = {
    "eq": lambda value, span: span[0] <= value <= span[1],
    "ne": lambda value, span: not span[0] <= value <= span[1],
    "lt": lambda value, span: value < span[0],
    "lte": lambda value, span: value <= span[1],
    "gt": lambda value, span: value > span[1],
    "gte": lambda value, span: value >= span[0],
}


def dates(test: Test, get: Callable[[Record], Any], scope: Scope) -> Predicate:
    """Dates compare as midnight in the space's zone; a special day means all of its seconds."""
    op, operand, moment = test.op, test.operand, scope.moment
    if op in ("isnull", "isnotnull") or (operand is None and op in ("eq", "ne")):
        return equality(test, get, lambda member: member, lambda value: value)
    if operand is None or (op == "nin" and None in operand):
        return never
    read = instants(get, scope) if test.field.kind == "date" else get
    if op in ("in", "nin"):
        spans, wanted = [span(member, moment) for member in operand if member is not None], op == "in"
        return lambda record: (
            (value := read(record)) is not None and wanted is any(first <= value <= last for first, last in spans)
        )
    holds, bounds = DATES[op], span(operand, moment)
    return lambda record: (value := read(record)) is not None and holds(value, bounds)


def instants(get: Callable[[Record], date | None], scope: Scope) -> Callable[[Record], int | None]:
    zone = scope.moment.zone
    return lambda record: None if (day := get(record)) is None else midnight(day, zone)


def span(operand: str | Special, moment: Moment) -> Span:
    """A literal is one instant; today is a day of them."""
    if isinstance(operand, Special):
        return special_span(operand.word, moment)
    day = read_date(operand)
    at = midnight(day, moment.zone) if day else read_instant(operand, moment.zone)
    assert at is not None  # check.py let only dates through
    return at, at


def special_span(word: str, moment: Moment) -> Span:
    today = moment.today()
    if word == "now":
        return moment.now, moment.now
    if word.startswith("today"):
        first = shifted(today, int(word[5:-1] or 0))
        return midnight(first, moment.zone), midnight(shifted(first, 1), moment.zone) - 1
    monday, month = shifted(today, -today.weekday()), today.replace(day=1)
    edges = {
        "sow": midnight(monday, moment.zone),
        "eow": midnight(shifted(monday, 7), moment.zone) - 1,
        "som": midnight(month, moment.zone),
        "eom": midnight(shifted(month, 31).replace(day=1), moment.zone) - 1,
    }
    return edges[word], edges[word]


def shifted(day: date, days: int) -> date:
    """`days` later, held within the calendar."""
    number = min(max(day.toordinal() + days, date.min.toordinal() + 2), date.max.toordinal() - 2)
    return date.fromordinal(number)


TESTS: Mapping[str, Callable[[Test, Callable[[Record], Any], Scope], Predicate]] = {
    "string": text, "enum": plain, "id": plain, "boolean": plain, "mode": mode, "date": dates, "datetime": dates,
}  # fmt: skip


Groups = list[Collection[int]]


def candidates(tree: Checked | None, scope: Scope) -> Groups | None:
    """Groups of keys that together hold every match, as few keys as an index knows; None where none helps."""
    if isinstance(tree, AllTests):
        found = [groups for part in tree.parts if (groups := candidates(part, scope)) is not None]
        return min(found, key=total, default=None)
    if not isinstance(tree, Test) or tree.op not in ("eq", "in") or tree.operand is None:
        return None
    if tree.field.kind not in ("id", "enum") or not scope.store.indexed(scope.kind, tree.field.at):
        return None
    if tree.field.of and scope.store.seen(tree.field.of, scope.moment.caller):
        return None
    operands = dict.fromkeys(tree.operand) if tree.op == "in" else (tree.operand,)
    wanted = [resolve_id(value, tree.field, scope) for value in operands]
    return [scope.store.group(scope.kind, tree.field.at, value) for value in wanted if value is not None]


def total(groups: Groups) -> int:
    return sum(map(len, groups))
