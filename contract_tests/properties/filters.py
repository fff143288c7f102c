"""Hypothesis strategies for filter trees over the fields of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from random import Random
from typing import Any, TypeAlias

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from contract_tests.properties.drawn_values import SETS, TEXTS, values
from contract_tests.properties.spellings import NULLS, Leaf, Tree, as_json

# kind, operators, and the interesting values (of a relation: the fields of its members)
Spec: TypeAlias = "tuple[str, Sequence[str], Any]"
Fields: TypeAlias = Mapping[str, Spec]

EQUALS = ("eq", "ne", "neq")
ORDERS = ("lt", "lte", "le", "gt", "gte", "ge")
OPERATORS = {
    "string": (*SETS, *EQUALS, *TEXTS, *NULLS),
    "date": (*EQUALS, *ORDERS, *SETS, *NULLS),
    "datetime": (*EQUALS, *ORDERS, *SETS, *NULLS),
    "id": (*EQUALS, *SETS, *NULLS),
    "enum": (*EQUALS, *SETS, *NULLS),
    "fixed enum": (*EQUALS, *SETS),
    "boolean": EQUALS,
    "number": (*EQUALS, *ORDERS, *SETS, *NULLS),
    "mode": ("eq",),
    "relation": ("any", "none", "count", "all"),
}
GROUPS = ("and", "or")
# Readable text is at most about twice as long as JSON: escapes, blanks and parentheses.
MOST_JSON_BYTES = 3500
DEEPEST = 4


def kinds_of(fields: Fields) -> dict[str, str]:
    """The kind of every field; a relation's own fields carry its name before theirs."""
    kinds = {field: spec[0] for field, spec in fields.items()}
    for field, spec in fields.items():
        if spec[0] == "relation":
            kinds |= {f"{field}.{name}": member[0] for name, member in spec[2].items()}
    return kinds


# --- trees -----------------------------------------------------------------------------------------------


def trees(fields: Fields, max_leaves: int = 8) -> SearchStrategy[Tree]:
    """Neutral trees over the fields; a relation counts as one leaf, with up to three conditions."""
    modes = {field: spec for field, spec in fields.items() if spec[0] == "mode"}
    others = {field: spec for field, spec in fields.items() if spec[0] != "mode"}
    mode = _leaves(modes) if modes else st.none()
    return _rooted(_leaves(others), mode, max_leaves).filter(_is_small)


def styles() -> SearchStrategy[Random]:
    """Ways of writing readable text; they shrink to the plainest one."""
    return st.randoms(use_true_random=False, note_method_calls=False)


def _is_small(tree: Tree) -> bool:
    return len(as_json(tree).encode()) <= MOST_JSON_BYTES


@st.composite
def _rooted(draw: st.DrawFn, leaf: SearchStrategy[Leaf], mode: SearchStrategy[Any], most: int) -> Tree:
    extra = draw(mode) if draw(st.sampled_from((False, False, False, True))) else None
    # The mode may need a group around it, which has to fit into the depth as well.
    depth = DEEPEST if extra is None else DEEPEST - 1
    tree = _nest(draw, draw(st.lists(leaf, min_size=1, max_size=most)), depth)
    children = tree.get("and", [tree])
    shapes: list[Tree] = [tree, children] if extra is None else _with_mode(draw, children, extra)
    return draw(st.sampled_from(shapes))


def _with_mode(draw: st.DrawFn, children: list[Tree], mode: Leaf) -> list[Tree]:
    where = draw(st.integers(0, len(children)))
    together: list[Any] = [*children[:where], mode, *children[where:]]
    return [together, {"and": together}, mode]


def _nest(draw: st.DrawFn, leaves: list[Leaf], depth: int) -> dict[str, Any]:
    """The leaves in their order, in groups at most `depth` deep."""
    if len(leaves) == 1 and draw(st.sampled_from((True, True, False))):
        return leaves[0]
    word = draw(st.sampled_from(GROUPS))
    if depth == 1:
        return {word: leaves}
    return {word: [_nest(draw, chunk, depth - 1) for chunk in _chunks(draw, leaves)]}


def _chunks(draw: st.DrawFn, leaves: list[Leaf]) -> list[list[Leaf]]:
    chunks = [[leaves[0]]]
    for leaf in leaves[1:]:
        if draw(st.booleans()):
            chunks[-1].append(leaf)
        else:
            chunks.append([leaf])
    return chunks


# --- leaves ----------------------------------------------------------------------------------------------


def _leaves(fields: Fields) -> SearchStrategy[Leaf]:
    """Every kind as often as every other, whatever the number of its fields."""
    by_kind: dict[str, list[SearchStrategy[Leaf]]] = {}
    for field, spec in fields.items():
        by_kind.setdefault(spec[0], []).append(_field_leaves(field, spec))
    choices = [st.one_of(strategies) for _, strategies in sorted(by_kind.items())]
    return st.sampled_from(choices).flatmap(lambda strategy: strategy)


def _field_leaves(field: str, spec: Spec) -> SearchStrategy[Leaf]:
    kind, operators, pool = spec
    if kind == "relation":
        return st.one_of([_relation_leaves(field, op, pool) for op in operators])
    return st.one_of([_value_leaves(field, op, kind, pool) for op in operators])


def _value_leaves(field: str, op: str, kind: str, pool: Sequence[Any]) -> SearchStrategy[Leaf]:
    leaf: dict[str, SearchStrategy[Any]] = {"field": st.just(field), "op": _cased(op)}
    if op in NULLS:
        return st.fixed_dictionaries(leaf, optional={"value": st.none()})
    return st.fixed_dictionaries({**leaf, "value": values(op, kind, tuple(pool))})


def _relation_leaves(field: str, op: str, members: Fields) -> SearchStrategy[Leaf]:
    if op == "count":
        tests = st.sampled_from(EQUALS + ORDERS).flatmap(_cased)
        return st.builds(_count_leaf, st.just(f"{field}.count"), tests, st.integers(0, 4))
    leaf: dict[str, SearchStrategy[Any]] = {"field": st.just(field), "op": _cased(op)}
    conditions = _conditions(_leaves(members))
    whole = st.fixed_dictionaries({**leaf, "value": conditions})
    if op == "all":
        return whole
    return st.one_of(whole, whole, st.fixed_dictionaries(leaf, optional={"value": st.none()}))


def _count_leaf(field: str, op: str, number: int) -> Leaf:
    return {"field": field, "op": op, "value": number}


@st.composite
def _conditions(draw: st.DrawFn, leaf: SearchStrategy[Leaf]) -> Tree:
    tree = _nest(draw, draw(st.lists(leaf, min_size=1, max_size=3)), 2)
    children: list[Any] = tree.get("and", [tree])
    shapes: list[Tree] = [children] if "field" in tree else [tree, children]
    return draw(st.sampled_from(shapes))


@cache
def _cased(op: str) -> SearchStrategy[str]:
    mixed = "".join(c.upper() if i % 2 else c for i, c in enumerate(op))
    camel = op.replace("with", "With").replace("null", "Null").replace("not", "Not")
    return st.sampled_from((op, op, op, op.upper(), op.capitalize(), camel, mixed))
