"""A checked tree -> its spellings: the plainest readable text, and JSON."""

from typing import Any

from fake_server.ids import Ids
from fake_server.query.check import NO_VALUE, AllTests, AnyTest, Checked, Count, Members, Test
from fake_server.query.kinds import ALIASES, COMPARISONS, Field
from fake_server.query.tree import Special

SYMBOLS = {plain: symbol for symbol, plain in ALIASES.items() if plain in COMPARISONS and not symbol.isalpha()}
NULL_WORDS = {"isnull": "is null", "isnotnull": "is not null"}
EVERYTHING = AllTests(())
"""What selects all records; only an empty list says so."""
UNKNOWN = "(an id of nothing)"
"""Stands for an id of which nothing is kept but that no record has it."""


def simple(tree: Checked) -> Checked:
    """The same without groups of one, groups in their like, and what holds for every record."""
    if isinstance(tree, Members):
        where = None if tree.where is None else simple(tree.where)
        if where != EVERYTHING:
            return tree._replace(where=where)
        return EVERYTHING if tree.op == "all" else tree._replace(where=None)
    if not isinstance(tree, AllTests | AnyTest):
        return tree
    kind = type(tree)
    parts = [inner for part in map(simple, tree.parts) for inner in (part.parts if type(part) is kind else (part,))]
    if kind is AnyTest and EVERYTHING in parts:
        return EVERYTHING
    return parts[0] if len(parts) == 1 else kind(tuple(parts))


def as_text(tree: Checked, ids: Ids) -> str:
    """The readable spelling; an empty text selects everything."""
    return text_of(simple(tree), ids)


def text_of(tree: Checked, ids: Ids) -> str:
    if isinstance(tree, AnyTest):
        return " or ".join(text_of(part, ids) for part in tree.parts)
    if isinstance(tree, AllTests):
        return " and ".join(
            f"({text_of(part, ids)})" if isinstance(part, AnyTest) else text_of(part, ids) for part in tree.parts
        )
    if isinstance(tree, Members):
        return f"{tree.field.name} {tree.op}" + (f" ({text_of(tree.where, ids)})" if tree.where else "")
    if tree.op in NO_VALUE:
        return f"{tree.field.name} {NULL_WORDS[tree.op]}"
    return f"{field_name(tree)} {SYMBOLS.get(tree.op, tree.op)} {literal(value_of(tree, ids))}"


def field_name(tree: Test | Count) -> str:
    return f"{tree.field.name}.count" if isinstance(tree, Count) else tree.field.name


def literal(value: Any) -> str:
    """A value as it stands in the text: texts in quotes, special words without."""
    if isinstance(value, Special):
        return value.word
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return "null" if value is None else str(value).lower()


def as_data(tree: Checked, ids: Ids) -> Any:
    """The JSON spelling as data; a list means and."""
    found = data_of(simple(tree), ids)
    return found.get("and", found)


def data_of(tree: Checked, ids: Ids) -> dict[str, Any]:
    if isinstance(tree, AllTests | AnyTest):
        return {"and" if isinstance(tree, AllTests) else "or": [data_of(part, ids) for part in tree.parts]}
    if isinstance(tree, Members):
        where = {"value": as_data(tree.where, ids)} if tree.where else {}
        return {"field": tree.field.name, "op": tree.op, **where}
    value = {} if tree.op in NO_VALUE else {"value": plain(value_of(tree, ids))}
    return {"field": field_name(tree), "op": tree.op, **value}


def plain(value: Any) -> Any:
    """JSON knows special words as texts."""
    if isinstance(value, Special):
        return value.word
    return [plain(one) for one in value] if isinstance(value, list) else value


def value_of(tree: Test | Count, ids: Ids) -> Any:
    """The operand as it was written: ids instead of keys."""
    field, operand = tree.field, tree.operand
    if isinstance(operand, tuple) and not isinstance(operand, Special):
        return [written(one, field, ids) for one in operand]
    return operand if isinstance(tree, Count) else written(operand, field, ids)


def written(value: Any, field: Field, ids: Ids) -> Any:
    if field.kind != "id" or not isinstance(value, int):
        return value
    return ids.text(field.of, value) if value > 0 else UNKNOWN
