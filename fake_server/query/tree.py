"""The filter tree as written: conditions joined by and / or, special values still unresolved."""

import re
from enum import Enum
from typing import NamedTuple

MAX_DEPTH = 32
MAX_CONDITIONS = 200
MAX_MEMBERS = 500
MAX_TEXT = 8 * 1024

SPECIAL = re.compile(r"me\.id|now|today([+-]\d{1,6}d)?|[se]o[wm]", re.IGNORECASE | re.ASCII)
SPECIAL_WORDS = "me.id, now, today, today+3d, today-3d, sow, eow, som, eom"


class Special(NamedTuple):
    """A word that stands for a value of the moment, such as today-3d or me.id."""

    word: str


class Nothing(Enum):
    """The value of a condition that has none, which is not null."""

    ABSENT = "absent"


ABSENT = Nothing.ABSENT
Scalar = str | int | float | bool | Special | Nothing | None


class Condition(NamedTuple):
    """`field op value` as written; `value` is a tree for a condition on a relation's members."""

    field: str
    op: str
    value: "Scalar | tuple[Scalar, ...] | Node"
    place: str = ""
    """Where it stands, in words, for messages."""


class AllOf(NamedTuple):
    """All parts hold."""

    parts: "tuple[Node, ...]"


class AnyOf(NamedTuple):
    """At least one part holds."""

    parts: "tuple[Node, ...]"


Node = Condition | AllOf | AnyOf
