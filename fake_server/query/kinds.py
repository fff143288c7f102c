"""Kinds of filter field, and the operators that the reference prints for each."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

NULLS = ("isnull", "isnotnull", "notnull")
S = ("in", "nin", "notin", "eq", "ne", "neq", "contains", "like", "startswith", "endswith", *NULLS)
D = ("eq", "ne", "neq", "lt", "lte", "le", "gt", "gte", "ge", "in", "nin", "notin", *NULLS)
E = ("eq", "ne", "neq", "in", "nin", "notin")
I = (*E, *NULLS)  # noqa: E741 - the reference's own letter
B = ("eq", "ne", "neq")
EQ = ("eq",)
R = ("any", "none", "count", "all")

ALIASES = {
    "=": "eq", "!=": "ne", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte",
    "neq": "ne", "notin": "nin", "le": "lte", "ge": "gte", "notnull": "isnotnull",
}  # fmt: skip
COMPARISONS = frozenset(("eq", "ne", "lt", "lte", "gt", "gte"))
EVERY_OPERATOR = frozenset(S + D + R)
MODES = ("with", "only", "without")


@dataclass(frozen=True)
class Field:
    """One row of a filter table: its printed name, its kind, its operators, and where the value lives."""

    name: str
    kind: str
    operators: tuple[str, ...]
    at: str
    values: tuple[str, ...] = ()
    """The members of an enum."""
    of: str = ""
    """The kind of record that an id names, or that a relation's members are."""
    printed: str = ""
    """The type as the reference prints it."""
    members: Mapping[str, "Field"] = field(default_factory=dict)
    """A relation's own table."""


Table = Mapping[str, Field]


def table(*rows: Field) -> dict[str, Field]:
    return {row.name: row for row in rows}


def text(name: str, at: str = "") -> Field:
    return Field(name, "string", S, at or name, printed="string")


def day(name: str, at: str = "") -> Field:
    return Field(name, "date", D, at or name, printed="date")


def instant(name: str, at: str = "") -> Field:
    return Field(name, "datetime", D, at or name, printed="datetime")


def choice(name: str, values: tuple[str, ...], at: str = "", *, null: bool = False, type: str = "") -> Field:
    printed = f"enum<{type}>" if type else f"enum:{', '.join(values)}"
    return Field(name, "enum", I if null else E, at or name, values, printed=printed)


def ident(name: str, of: str, at: str = "", *, type: str = "") -> Field:
    """An id; `project.id` lives at `project` unless said otherwise."""
    return Field(name, "id", I, at or name.removesuffix(".id"), of=of, printed=f"id<{type}>" if type else "id")


def flag(name: str, at: str = "") -> Field:
    return Field(name, "boolean", B, at or name, printed="boolean")


def mode(name: str, at: str) -> Field:
    """with / only / without the records in which `at` is set."""
    return Field(name, "mode", EQ, at, MODES, printed="enum:with, only, without")


def relation(name: str, of: str, at: str, *members: Field) -> Field:
    """The records of kind `of` whose field `at` is this record."""
    return Field(name, "relation", R, at, of=of, members=table(*members), printed="Relation")


@lru_cache(maxsize=65536)
def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(char for char in decomposed if unicodedata.category(char)[0] != "M").casefold()


def collation(text: str) -> str:
    """The key by which texts are compared and sorted: case and accents do not count."""
    return text.lower() if text.isascii() else _folded(text)
