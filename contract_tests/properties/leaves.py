"""One condition for every operator of every field, with values at random: quicker than drawing, if less clever."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from contract_tests.properties.drawn_values import SETS, TEXTS, TIME_WORDS
from contract_tests.properties.filters import Fields
from contract_tests.properties.spellings import MODE_FIELDS, NULLS, Leaf, Tree

MODES = ("with", "only", "without")


def every(fields: Fields, random: Random) -> Iterator[Leaf]:
    for field, (kind, operators, pool) in fields.items():
        for op in operators:
            if kind == "relation":
                yield of_relation(field, op, pool, random)
            else:
                yield of_value(field, op, kind, pool, random)


def trees(fields: Fields, random: Random) -> Iterator[Tree]:
    """The conditions in groups of up to three, in groups of up to three; a mode stands at the top."""
    found: list[Any] = [leaf for leaf in every(fields, random) if leaf["field"] not in MODE_FIELDS]
    random.shuffle(found)
    while found:
        groups = [group(found[3 * n : 3 * n + random.randint(1, 3)], random) for n in range(random.randint(1, 3))]
        yield group([one for one in groups if one], random)
        del found[:9]


def group(parts: list[Any], random: Random) -> Any:
    return {random.choice(("and", "or")): parts} if parts else None


def of_relation(field: str, op: str, members: Fields, random: Random) -> Leaf:
    if op == "count":
        return {
            "field": f"{field}.count",
            "op": random.choice(("eq", "ne", "lt", "gte")),
            "value": random.randint(0, 2),
        }
    inner = random.choice(list(every(members, random)))
    return {"field": field, "op": op, "value": [inner]}


def of_value(field: str, op: str, kind: str, pool: Any, random: Random) -> Leaf:
    if op in NULLS:
        return {"field": field, "op": op}
    if op in SETS:
        return {"field": field, "op": op, "value": [one(kind, pool, random) for _ in range(random.randint(0, 3))]}
    value = one(kind, pool, random)
    if op in TEXTS and value is not None:
        value = pattern(value, random) if op == "like" else part(value, op, random)
    return {"field": field, "op": op, "value": value}


def one(kind: str, pool: Any, random: Random) -> Any:
    if kind == "mode":
        return random.choice(MODES)
    if random.random() < 0.1:
        return None
    if kind in ("date", "datetime"):
        return time(random.choice([value for value in pool if value is not None]), random)
    if kind == "id" and random.random() < 0.2:
        return {"special": "me.id"}
    return random.choice((True, False) if kind == "boolean" else [value for value in pool if value is not None])


def time(known: str, random: Random) -> Any:
    """A day or instant that occurs, another time on its day, or a special one."""
    if random.random() < 0.3:
        return {"special": random.choice((*TIME_WORDS, f"today{random.randint(-9, 9):+d}d"))}
    return random.choice((known, known, f"{known[:10]}T00:00:00{random.choice(('', 'Z', '+01:00', '-04:00'))}"))


def part(text: str, op: str, random: Random) -> str:
    """A piece of a text, of the kind that an operator looks for."""
    length = random.randint(0, len(text))
    start = {"startswith": 0, "endswith": len(text) - length}.get(op, random.randint(0, len(text) - length))
    return text[start : start + length]


def pattern(text: str, random: Random) -> str:
    """A text of which parts have become wildcards, or a piece of one with wildcards around it."""
    if random.random() < 0.5:
        return random.choice(("%{}", "{}%", "%{}%", "_{}", "{}_%")).format(escaped(part(text, "", random)))
    pieces = [escaped(c) for c in text]
    for _ in range(random.randint(0, 2)):
        place = random.randint(0, len(pieces))
        pieces[place : place + random.randint(0, 2)] = [random.choice("%_")]
    return "".join(pieces)


def escaped(text: str) -> str:
    return "".join(f"\\{c}" if c in "%_\\" else c for c in text)
