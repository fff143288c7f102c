"""YAML -> rows: what JSON has and no more, with lines, and never more than was written."""

import math
from collections.abc import Callable
from typing import Any, NoReturn

import yaml
from yaml.constructor import ConstructorError, SafeConstructor
from yaml.nodes import MappingNode, ScalarNode, SequenceNode

from fake_server.seeds.rows import Place, Row, brief

TAG = "tag:yaml.org,2002:"
MOST_REPEATED = 1_000_000
"""Nodes that aliases may add to those that stand there."""
LONGEST_NUMBER = 400
"""Characters of a number; Python takes ages over very long ones."""
LEAST, MOST = -(2**63), 2**64 - 1
"""Whole numbers that answers can print."""
FAILURES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


class Loader(yaml.CSafeLoader):
    """The types that JSON has, with lines."""

    def construct_document(self, node: Any) -> Any:
        # Before anything is made of it: what aliases write out can be without end.
        Weight().of(node)
        return super().construct_document(node)


class Weight:
    """How many nodes a document stands for once every alias is written out."""

    def __init__(self) -> None:
        self.known: dict[Any, int] = {}
        self.written = 0
        """Nodes that stand there."""

    def of(self, node: Any) -> int:
        """Refuses what repeats too much or holds itself."""
        known = self.known.get(node)
        if known == 0:
            wrong(node, "this holds itself")
        if known is not None:
            return known
        self.written += 1
        if isinstance(node, ScalarNode):
            return 1
        self.known[node] = 0
        weight = 1 + sum(map(self.of, parts(node)))
        if weight - self.written > MOST_REPEATED:
            wrong(node, f"aliases repeat more than {MOST_REPEATED} values here")
        self.known[node] = weight
        return weight


def parts(node: Any) -> list[Any]:
    """What a list or a mapping is made of; the keys of a mapping are texts, and each stands once."""
    if isinstance(node, SequenceNode):
        return list(node.value)
    names = set()
    for key, _ in node.value:
        if key.tag == f"{TAG}merge":
            continue
        if not isinstance(key, ScalarNode) or key.tag != f"{TAG}str":
            wrong(key, f"{shown(key)} is no name: names are texts")
        if key.value in names:
            wrong(key, f"{key.value[:80]} stands twice")
        names.add(key.value)
    return [part for pair in node.value for part in pair]


def shown(node: Any) -> str:
    return brief(node.value) if isinstance(node, ScalarNode) else "this"


def wrong(node: Any, why: str) -> NoReturn:
    raise ConstructorError(None, None, why, node.start_mark)


def construct_row(loader: Any, node: Any) -> Row:
    """A mapping; its own fields go before those that it merges."""
    if not isinstance(node, MappingNode):
        wrong(node, "this is no mapping")
    row = Row(loader.construct_mapping(node, deep=True))
    row.place = node.start_mark.line + 1
    places: dict[Any, Place] = {key.value: key.start_mark.line + 1 for key, _ in node.value}
    row.places = places
    return row


def construct_list(loader: Any, node: Any) -> list[Any]:
    if not isinstance(node, SequenceNode):
        wrong(node, "this is no list")
    return list(loader.construct_sequence(node, deep=True))


def plainly(name: str, construct: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """YAML's own reading of a scalar, with a line also for what it stumbles over."""

    def read(loader: Any, node: Any) -> Any:
        if not isinstance(node, ScalarNode) or (name != "text" and len(node.value) > LONGEST_NUMBER):
            wrong(node, f"{shown(node)} is no {name}")
        try:
            value = construct(loader, node)
        except FAILURES:
            wrong(node, f"{brief(node.value)} is no {name}")
        if isinstance(value, int) and not LEAST <= value <= MOST:
            wrong(node, f"{brief(value)} is a number of more than 64 bits")
        if isinstance(value, float) and not math.isfinite(value):
            wrong(node, f"{shown(node)} is no number that JSON has")
        return value

    return read


def construct_unknown(_: Any, node: Any) -> NoReturn:
    wrong(node, f"JSON has no {node.tag.replace(TAG, '!!')[:80]}, so a world has none")


# A date stays the text that it is: YAML's own reading of an impossible one fails without a line.
Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in (f"{TAG}timestamp", f"{TAG}value")]
    for first, resolvers in yaml.CSafeLoader.yaml_implicit_resolvers.items()
}
Loader.yaml_constructors = {
    f"{TAG}map": construct_row,
    f"{TAG}seq": construct_list,
    f"{TAG}str": plainly("text", SafeConstructor.construct_yaml_str),
    f"{TAG}null": plainly("null", SafeConstructor.construct_yaml_null),
    f"{TAG}bool": plainly("flag", SafeConstructor.construct_yaml_bool),
    f"{TAG}int": plainly("whole number", SafeConstructor.construct_yaml_int),
    f"{TAG}float": plainly("number", SafeConstructor.construct_yaml_float),
    None: construct_unknown,
}
