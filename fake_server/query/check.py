"""A tree against a table: everything about a filter that answers 400."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from fake_server.errors import BadQuery, did_you_mean
from fake_server.ids import Ids
from fake_server.moment import read_date, read_instant
from fake_server.query.kinds import ALIASES, COMPARISONS, EVERY_OPERATOR, Field, Table
from fake_server.query.tree import (
    ABSENT,
    MAX_CONDITIONS,
    MAX_MEMBERS,
    SPECIAL,
    SPECIAL_WORDS,
    AllOf,
    AnyOf,
    Condition,
    Node,
    Special,
)

TEXT, JSON, FORM = "text", "json", "form"
ANY_ZONE = ZoneInfo("UTC")
NO_VALUE = frozenset(("isnull", "isnotnull"))
LISTS = frozenset(("in", "nin"))
NO_SUCH_RECORD = -1


class Test(NamedTuple):
    """One checked condition. `operand`: text, key of a record, bool, count, date text, Special, None, or a
    tuple of these for in and nin."""

    field: Field
    op: str
    operand: Any


class Members(NamedTuple):
    """any / none / all of a relation's members fulfil `where`."""

    field: Field
    op: str
    where: "Checked | None"


class Count(NamedTuple):
    """How many members a relation has, compared."""

    field: Field
    op: str
    operand: int


class AllTests(NamedTuple):
    parts: "tuple[Checked, ...]"


class AnyTest(NamedTuple):
    parts: "tuple[Checked, ...]"


Checked = Test | Members | Count | AllTests | AnyTest


def check(tree: Node, table: Table, ids: Ids, spelling: str) -> Checked:
    """The tree with fields resolved, operators in their plain names and values read; BadQuery otherwise."""
    leaves = list(conditions(tree))
    if len(leaves) > MAX_CONDITIONS:
        raise BadQuery("The filter has too many conditions.", f"A filter may have {MAX_CONDITIONS} conditions.")
    refuse_unknown([leaf.field for leaf in conditions(tree, within=False)], table)
    return Checker(ids, spelling).node(tree, table, top=True)


def leaves(tree: Checked | None) -> int:
    """How many conditions a checked tree has."""
    if isinstance(tree, AllTests | AnyTest):
        return sum(map(leaves, tree.parts))
    inner = leaves(tree.where) if isinstance(tree, Members) else 0
    return 0 if tree is None else inner + 1


def conditions(node: Any, within: bool = True) -> Iterator[Condition]:
    """Every condition of a tree; `within`: those on a relation's members too."""
    if isinstance(node, AllOf | AnyOf):
        for part in node.parts:
            yield from conditions(part, within)
    elif isinstance(node, Condition):
        yield node
        if within:
            yield from conditions(node.value)


def refuse_unknown(names: list[str], table: Table) -> None:
    unknown = [name for name in dict.fromkeys(names) if name not in table and not counted(name, table)]
    if unknown:
        asked, known = ", ".join(name[:80] for name in unknown[:10]), ", ".join(table)
        raise BadQuery(
            f"Requested filter(s) `{asked}` are not allowed. Allowed filter(s) are `{known}`.",
            f"Unknown filter field {unknown[0][:80]}: {did_you_mean(unknown[0], table)}",
        )


def counted(name: str, table: Table) -> Field | None:
    """The relation behind `sub_tasks.count`."""
    relation = table.get(name.removesuffix(".count")) if name.endswith(".count") else None
    return relation if relation and relation.kind == "relation" else None


class Checker:
    """Reads conditions in one spelling."""

    def __init__(self, ids: Ids, spelling: str) -> None:
        self.ids = ids
        self.spelling = spelling

    def node(self, node: Node, table: Table, top: bool = False) -> Checked:
        if isinstance(node, AllOf):
            return AllTests(tuple(self.node(part, table, top) for part in node.parts))
        if isinstance(node, AnyOf):
            return AnyTest(tuple(self.node(part, table) for part in node.parts))
        if relation := counted(node.field, table):
            return self.count(node, relation)
        return self.condition(node, table[node.field], top)

    def condition(self, node: Condition, field: Field, top: bool) -> Checked:
        op = self.operator(node, field)
        if field.kind == "relation":
            return self.members(node, field, op)
        if field.kind == "mode" and not top:
            raise BadQuery(
                f"The filter `{field.name}` is not allowed{node.place}.",
                f"{field.name} stands only at the top level, joined by and.",
            )
        return Test(field, op, self.operand(node, field, op))

    def operator(self, node: Condition, field: Field) -> str:
        word = node.op.lower()
        plain = ALIASES.get(word, word)
        if word in field.operators or (self.spelling == TEXT and not word.isalpha() and plain in field.operators):
            return plain
        raise BadQuery(
            f"Operator `{node.op[:40]}` is not allowed for filter `{field.name}`{node.place}. "
            f"Allowed operator(s) are `{', '.join(field.operators)}`.",
            f"{field.name} takes {', '.join(field.operators)}."
            if word in EVERY_OPERATOR
            else f"Unknown operator {node.op[:40]}: {did_you_mean(node.op, field.operators)}",
        )

    def members(self, node: Condition, field: Field, op: str) -> Checked:
        if op == "count":
            raise BadQuery(f"The filter `{field.name}` needs a number to compare its count with{node.place}.",
                           f"Write {field.name}.count >= 2.")  # fmt: skip
        if node.value is ABSENT or node.value is None or node.value == ():
            if op == "all":
                raise BadQuery(f"The filter `{field.name}` needs conditions for `all`{node.place}.",
                               f'Write {field.name} all ({next(iter(field.members))} = "...").')  # fmt: skip
            return Members(field, op, None)
        if not isinstance(node.value, AllOf | AnyOf | Condition):
            raise wrong_value(node, f"conditions on {', '.join(field.members)}")
        refuse_unknown([leaf.field for leaf in conditions(node.value, within=False)], field.members)
        return Members(field, op, self.node(node.value, field.members))

    def count(self, node: Condition, relation: Field) -> Count:
        word = node.op.lower()
        op = ALIASES.get(word, word)
        if op not in COMPARISONS or (self.spelling != TEXT and not word.isalpha()):
            raise BadQuery(f"Operator `{node.op[:40]}` is not allowed for filter `{node.field}`{node.place}. "
                           f"Allowed operator(s) are `eq, ne, neq, lt, lte, le, gt, gte, ge`.",
                           "A count is compared with eq, ne, lt, lte, gt or gte.")  # fmt: skip
        value = node.value
        if self.spelling == FORM and isinstance(value, str) and re.fullmatch(r"\d{1,9}", value, re.ASCII):
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool):
            raise wrong_value(node, "a whole number")
        return Count(relation, op, value)

    def operand(self, node: Condition, field: Field, op: str) -> Any:
        value = node.value
        if op in NO_VALUE:
            if value is not ABSENT and value is not None:
                raise wrong_value(node, "no value")
            return None
        if value is ABSENT:
            raise wrong_value(node, WANTED[field.kind])
        if op not in LISTS:
            return self.scalar(node, field, value)
        if not isinstance(value, tuple) or isinstance(value, Special | AllOf | AnyOf | Condition):
            raise wrong_value(node, "a list of values")
        if len(value) > MAX_MEMBERS:
            raise BadQuery(f"The filter's list{node.place} is too long.", f"A list may have {MAX_MEMBERS} members.")
        return tuple(self.scalar(node, field, item) for item in value)

    def scalar(self, node: Condition, field: Field, value: Any) -> Any:
        """A single value as the field's kind reads it; null compares with nothing but eq and ne."""
        if value is None and field.kind != "mode":
            return None
        if isinstance(value, tuple) and not isinstance(value, Special):
            raise wrong_value(node, WANTED[field.kind])
        if self.spelling != TEXT and isinstance(value, str) and field.kind in ("id", "date", "datetime"):
            value = Special(value.lower()) if SPECIAL.fullmatch(value) else value
        return READERS[field.kind](self, node, field, value)

    def string(self, node: Condition, field: Field, value: Any) -> str:
        if not isinstance(value, str):
            raise wrong_value(node, WANTED[field.kind])
        return value

    def enum(self, node: Condition, field: Field, value: Any) -> str:
        if value not in field.values or not isinstance(value, str):
            near = f": {did_you_mean(value, field.values)}" if isinstance(value, str) else "."
            raise BadQuery(
                f"The value of filter `{field.name}`{node.place} is not one of `{', '.join(field.values)}`.",
                f"Unknown value for {field.name}{near}",
            )
        return value

    def id(self, node: Condition, field: Field, value: Any) -> Any:
        if isinstance(value, Special):
            if value.word != "me.id":
                raise wrong_value(node, "an id or me.id")
            return value
        if not isinstance(value, str):
            raise wrong_value(node, WANTED["id"])
        if value.lower() == "me.id":
            raise BadQuery(f"The value of filter `{field.name}`{node.place} is no id.", "Write me.id without quotes.")
        key = self.ids.key(field.of, value)
        return NO_SUCH_RECORD if key is None else key

    def date(self, node: Condition, field: Field, value: Any) -> Any:
        if isinstance(value, Special):
            if value.word == "me.id":
                raise wrong_value(node, WANTED["date"])
            return value
        if isinstance(value, str) and (read_date(value) or read_instant(value, ANY_ZONE) is not None):
            return value
        if isinstance(value, str) and SPECIAL.fullmatch(value):
            raise BadQuery(f"The value of filter `{field.name}`{node.place} is no date.",
                           f"Write {value.lower()} without quotes.")  # fmt: skip
        raise wrong_value(node, WANTED["date"])

    def boolean(self, node: Condition, _: Field, value: Any) -> bool:
        if self.spelling == FORM and isinstance(value, str):
            value = {"true": True, "1": True, "false": False, "0": False}.get(value.lower(), value)
        if not isinstance(value, bool):
            raise wrong_value(node, WANTED["boolean"])
        return value


READERS = {
    "string": Checker.string, "enum": Checker.enum, "mode": Checker.enum, "id": Checker.id,
    "date": Checker.date, "datetime": Checker.date, "boolean": Checker.boolean,
}  # fmt: skip
WANTED = {
    "string": "a text in quotes", "enum": "one of its values", "mode": "with, only or without", "id": "an id",
    "date": f"an ISO date, an ISO date-time or one of {SPECIAL_WORDS.removeprefix('me.id, ')}",
    "datetime": f"an ISO date, an ISO date-time or one of {SPECIAL_WORDS.removeprefix('me.id, ')}",
    "boolean": "true or false",
}  # fmt: skip


def wrong_value(node: Condition, wanted: str) -> BadQuery:
    does = "is missing for" if node.value is ABSENT else "does not fit"
    return BadQuery(
        f"The value of filter `{node.field}`{node.place} {does} operator `{node.op[:40]}`.",
        f"{node.field} {node.op[:40].lower()} takes {wanted}.",
    )
