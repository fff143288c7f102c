"""A slow and obvious reading of the filter and sort rules, to judge faster ones by."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

Record: TypeAlias = Mapping[str, Any]
Kinds: TypeAlias = Mapping[str, str]
Tree: TypeAlias = "dict[str, Any] | list[Any]"
Span: TypeAlias = tuple[datetime, datetime]

ALIASES = {"neq": "ne", "notin": "nin", "le": "lte", "ge": "gte", "notnull": "isnotnull"}
TIMES = ("date", "datetime")
SECOND = timedelta(seconds=1)
TICK = datetime.resolution
ANY_TEXT, ONE_CHARACTER = object(), object()


@dataclass(frozen=True)
class Context:
    """What a filter may refer to besides the records: the clock, the space's zone, the token's user."""

    now: datetime
    zone: ZoneInfo
    me: str


# --- whole filters ---------------------------------------------------------------------------------------


def select(records: Iterable[Record], tree: Tree, kinds: Kinds, context: Context) -> list[str]:
    """The ids of the matching records, oldest first."""
    found = [record for record in records if matches(record, tree, kinds, context)]
    return [record["id"] for record in sorted(found, key=lambda record: record["n"])]


def matches(record: Record, tree: Tree, kinds: Kinds, context: Context) -> bool:
    """Whether one record passes; "unknown" counts as no, which is exact because there is no `not`."""
    if isinstance(tree, list):
        return all(matches(record, child, kinds, context) for child in tree)
    if "and" in tree:
        return all(matches(record, child, kinds, context) for child in tree["and"])
    if "or" in tree:
        return any(matches(record, child, kinds, context) for child in tree["or"])
    return leaf_matches(record, tree, kinds, context)


def leaf_matches(record: Record, leaf: Mapping[str, Any], kinds: Kinds, context: Context) -> bool:
    field, op, wanted = leaf["field"], canonical(leaf["op"]), leaf.get("value")
    counted = field.removesuffix(".count")
    if counted != field and kinds.get(counted) == "relation":
        return value_matches(len(record.get(counted) or []), op, wanted, "number", context)
    if kinds[field] == "relation":
        return relation_matches(record, field, op, wanted, kinds, context)
    if kinds[field] == "mode":
        return mode_matches(record["is_sub_task"], str(wanted))
    return value_matches(record.get(field), op, wanted, kinds[field], context)


def canonical(op: str) -> str:
    return ALIASES.get(op.lower(), op.lower())


def mode_matches(flag: bool, mode: str) -> bool:
    return {"with": True, "only": flag, "without": not flag}[mode]


def relation_matches(
    record: Record, field: str, op: str, conditions: Tree | None, kinds: Kinds, context: Context
) -> bool:
    inner = member_kinds(kinds, f"{field}.")
    members = record.get(field) or []
    hits = [conditions is None or matches(member, conditions, inner, context) for member in members]
    return {"any": any(hits), "none": not any(hits), "all": all(hits)}[op]


def member_kinds(kinds: Kinds, prefix: str) -> Kinds:
    """The kinds of a relation's own fields, which stand in `kinds` with the relation's name before them."""
    return {name.removeprefix(prefix): kind for name, kind in kinds.items() if name.startswith(prefix)}


# --- one value -------------------------------------------------------------------------------------------


def value_matches(value: Any, op: str, wanted: Any, kind: str, context: Context) -> bool:
    if op == "isnull" or (op == "eq" and wanted is None):
        return value is None
    if op == "isnotnull" or (op == "ne" and wanted is None):
        return value is not None
    if value is None or wanted is None:
        return False
    if op in TEXT_TESTS:
        return TEXT_TESTS[op](value, wanted)
    if op == "in":
        return any(member is not None and place(value, member, kind, context) == 0 for member in wanted)
    if op == "nin":
        return all(member is not None and place(value, member, kind, context) != 0 for member in wanted)
    return PLACE_TESTS[op](place(value, wanted, kind, context))


PLACE_TESTS: dict[str, Callable[[int], bool]] = {
    "eq": lambda where: where == 0,
    "ne": lambda where: where != 0,
    "lt": lambda where: where < 0,
    "lte": lambda where: where <= 0,
    "gt": lambda where: where > 0,
    "gte": lambda where: where >= 0,
}


def place(value: Any, wanted: Any, kind: str, context: Context) -> int:
    """Where the value lies: -1 before, 0 at or inside, 1 after what is wanted."""
    if kind in TIMES:
        moment, (start, end) = instant(value, context.zone), span(wanted, context)
        return -1 if moment < start else 0 if moment < end else 1
    left, right = comparable(value, kind), comparable(identity(wanted, context), kind)
    return int(left > right) - int(left < right)


def comparable(value: Any, kind: str) -> Any:
    return collation_key(value) if kind == "string" else value


def identity(wanted: Any, context: Context) -> Any:
    return context.me if wanted == {"special": "me.id"} else wanted


# --- text ------------------------------------------------------------------------------------------------


def collation_key(text: str) -> str:
    """Case and accents do not count."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.category(c).startswith("M")).casefold()


def like(text: str, pattern: str) -> bool:
    """An SQL pattern over the whole value; `places` are all the positions reachable so far."""
    subject = collation_key(text)
    places = {0}
    for token in pattern_tokens(pattern):
        if token is ANY_TEXT:
            places = {after for before in places for after in range(before, len(subject) + 1)}
        elif token is ONE_CHARACTER:
            places = {before + 1 for before in places if before < len(subject)}
        else:
            literal = collation_key(str(token))
            places = {before + len(literal) for before in places if subject.startswith(literal, before)}
    return len(subject) in places


def pattern_tokens(pattern: str) -> list[object]:
    tokens: list[object] = []
    rest = list(pattern)
    while rest:
        c = rest.pop(0)
        if c == "\\":
            # A lone backslash at the end has nothing to escape and stands for itself.
            tokens.append(rest.pop(0) if rest else c)
        else:
            tokens.append({"%": ANY_TEXT, "_": ONE_CHARACTER}.get(c, c))
    return tokens


TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda value, wanted: collation_key(wanted) in collation_key(value),
    "startswith": lambda value, wanted: collation_key(value).startswith(collation_key(wanted)),
    "endswith": lambda value, wanted: collation_key(value).endswith(collation_key(wanted)),
    "like": like,
}


# --- time ------------------------------------------------------------------------------------------------


def span(wanted: Any, context: Context) -> Span:
    """The half-open stretch of time a literal or special value means; an instant is one tick long."""
    if isinstance(wanted, dict):
        return special_span(wanted["special"], context)
    return tick(instant(wanted, context.zone))


def special_span(word: str, context: Context) -> Span:
    today = context.now.astimezone(context.zone).date()
    if word.startswith("today"):
        day = today + timedelta(days=int(word.removeprefix("today").removesuffix("d") or "0"))
        return midnight(day, context.zone), midnight(day + timedelta(days=1), context.zone)
    if word == "now":
        return tick(context.now)
    return tick(boundary(word, today, context.zone))


def boundary(word: str, today: date, zone: ZoneInfo) -> datetime:
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    next_first = (first + timedelta(days=31)).replace(day=1)
    return {
        "sow": midnight(monday, zone),
        "eow": midnight(monday + timedelta(days=7), zone) - SECOND,
        "som": midnight(first, zone),
        "eom": midnight(next_first, zone) - SECOND,
    }[word]


def tick(moment: datetime) -> Span:
    return moment, moment + TICK


def instant(text: str, zone: ZoneInfo) -> datetime:
    """A date is the midnight that begins it; a date-time without offset is read in the zone."""
    if len(text) == len("2026-01-05"):
        return midnight(date.fromisoformat(text), zone)
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)


def midnight(day: date, zone: ZoneInfo) -> datetime:
    # In UTC, because two times of one zone compare by their wall clocks, not as instants.
    return datetime.combine(day, time(), zone).astimezone(UTC)


# --- order -----------------------------------------------------------------------------------------------


def ordered(records: Iterable[Record], sorts: Sequence[str], kinds: Kinds) -> list[str]:
    """The ids in list order: stable sorts from the least to the most important column."""
    rows = sorted(records, key=lambda record: record["n"], reverse=bool(sorts) and sorts[-1].startswith("-"))
    for sort in reversed(sorts):
        rows = by_column(rows, sort.removeprefix("-"), sort.startswith("-"), kinds)
    return [row["id"] for row in rows]


def by_column(rows: list[Record], field: str, descending: bool, kinds: Kinds) -> list[Record]:
    # `reverse` keeps the order of equal rows, so the less important columns stay as they were.
    return sorted(rows, key=lambda row: sort_key(row.get(field), kinds[field]), reverse=descending)


def sort_key(value: Any, kind: str) -> tuple[Any, ...]:
    """Nulls are the smallest of all: first ascending, last descending."""
    if value is None:
        return (False,)
    # One column holds dates only or date-times only, and midnights of one zone keep the order of their days.
    return True, instant(value, ZoneInfo("UTC")) if kind in TIMES else comparable(value, kind)
