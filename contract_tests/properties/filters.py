"""Hypothesis strategies for filter trees, and the three spellings of a tree: readable text, JSON, form."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from random import Random
from typing import Any, TypeAlias, TypeVar
from urllib.parse import urlencode

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

T = TypeVar("T")
Tree: TypeAlias = "dict[str, Any] | list[Any]"
Leaf: TypeAlias = dict[str, Any]
# kind, operators, and the interesting values (of a relation: the fields of its members)
Spec: TypeAlias = "tuple[str, Sequence[str], Any]"
Fields: TypeAlias = Mapping[str, Spec]

SETS = ("in", "nin", "notin")
EQUALS = ("eq", "ne", "neq")
ORDERS = ("lt", "lte", "le", "gt", "gte", "ge")
TEXTS = ("contains", "like", "startswith", "endswith")
NULLS = ("isnull", "isnotnull", "notnull")
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
MEMBER_TESTS = ("any", "none", "all")
MODE_FIELDS = ("sub_tasks_in_list", "archived")
SYMBOLS = {"eq": "=", "ne": "!=", "neq": "!=", "lt": "<", "lte": "<=", "le": "<=", "gt": ">", "gte": ">="}
SYMBOLS["ge"] = SYMBOLS["gte"]
NULL_WORDS = {"isnull": ("is null", "= null"), "isnotnull": ("is not null", "!= null")}
NULL_WORDS["notnull"] = NULL_WORDS["isnotnull"]

TIME_WORDS = ("now", "today", "sow", "eow", "som", "eom")
SPECIAL = re.compile(r"now|today([+-]\d+d)?|[se]o[wm]|me\.id", re.IGNORECASE)
# Texts that look like something else, and characters with a meaning or with an unusual collation key:
# sharp s, e acute, dotted I, dotless i, long s, combining acute, fi ligature, a Han character, an emoji.
WORDS = ("", "today", "me.id", "null", "true", "and", "a or b", "in [1]", "x) or (y", "100%", "a_b", "it's")
NASTY = "aAeEsS'\"\\%_()[],=<>! \n\t\u00df\u00e9\u0130\u0131\u017f\u0301\ufb01\u6f22\U0001f642"

MOST_BYTES = 8 * 1024
# Readable text is at most about twice as long as JSON: escapes, blanks and parentheses.
MOST_JSON_BYTES = 3500
MOST_TEXT = 40
MOST_SLICE = 10
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
    return st.fixed_dictionaries({**leaf, "value": _values(op, kind, tuple(pool))})


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


# --- values ----------------------------------------------------------------------------------------------


# Kept, because making strategies takes longer than drawing from them, and many fields have the same pool.
@cache
def _values(op: str, kind: str, pool: tuple[Any, ...]) -> SearchStrategy[Any]:
    if kind == "mode":
        return st.sampled_from(("with", "only", "without"))
    literals = _literals(kind, tuple(value for value in pool if value is not None))
    if op == "like":
        return _patterns(literals)
    if op in TEXTS:
        return literals
    if op in SETS:
        members = st.lists(st.one_of(literals, literals, literals, st.none()), min_size=1, max_size=4)
        return st.one_of(members, members, members, members, st.just([]))
    return st.one_of(literals, literals, literals, st.none())


@cache
def _literals(kind: str, pool: tuple[Any, ...]) -> SearchStrategy[Any]:
    if kind == "string":
        return _texts(pool)
    if kind == "id":
        return _ids(pool)
    if kind in ("date", "datetime"):
        return st.one_of(_moments(pool or ["2026-01-05"]), _moments(pool or ["2026-01-05"]), _time_words())
    if kind == "number":
        return st.integers(-5, 5000) | st.sampled_from(pool or [0])
    return st.booleans() if kind == "boolean" else st.sampled_from(pool)


def _ids(pool: Sequence[str]) -> SearchStrategy[Any]:
    made_up = st.text("abcXYZ0189", min_size=1, max_size=8)
    known = st.sampled_from(pool) if pool else made_up
    literals = st.one_of(known, known, known.map(str.swapcase), made_up)
    return literals.filter(lambda text: not SPECIAL.fullmatch(text)) | st.just({"special": "me.id"})


def _time_words() -> SearchStrategy[dict[str, str]]:
    days = st.integers(-9, 9) | st.integers(-400, 400)
    words = st.sampled_from(TIME_WORDS) | days.map(lambda n: f"today{n:+d}d")
    return words.map(lambda word: {"special": word})


@st.composite
def _moments(draw: st.DrawFn, pool: Sequence[str]) -> str:
    """Dates and date-times on, beside and far from those in the pool, in several offsets and without one."""
    far = st.dates(date(1990, 1, 1), date(2060, 1, 1)).map(date.isoformat)
    moment = _instant(draw(st.one_of(st.sampled_from(pool), st.sampled_from(pool), far)))
    # One or two hours before midnight in UTC it is midnight in much of Europe.
    beside = st.sampled_from((0, 0, 24, -24, -1, -2, 6))
    moment += timedelta(hours=draw(beside), seconds=draw(st.sampled_from((0, 0, 1, -1))))
    if draw(st.booleans()):
        return moment.date().isoformat()
    hours = draw(st.sampled_from((0, 0, 1, 2, -5, 5.5, None)))
    if hours is None:
        return moment.replace(tzinfo=None).isoformat()
    return moment.astimezone(timezone(timedelta(hours=hours))).isoformat().replace("+00:00", "Z")


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _texts(pool: Sequence[str]) -> SearchStrategy[str]:
    if not pool:
        return _made_up()
    known = st.sampled_from(pool)
    choices = st.one_of(known, _variants(known), _slices(known), _slices(_variants(known)), _made_up())
    return choices.filter(_keys_agree)


def _made_up() -> SearchStrategy[str]:
    nasty = st.text(NASTY, max_size=8)
    wide = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc", "Cn", "Co")), max_size=6)
    return st.one_of(st.sampled_from(WORDS), nasty, wide).filter(_keys_agree)


def _keys_agree(text: str) -> bool:
    """Leaves out the few characters on which readings of "marks removed" differ, spacing marks above all."""
    decomposed = unicodedata.normalize("NFKD", text)
    return all(_is_plain_mark(c) for c in decomposed if unicodedata.category(c).startswith("M"))


def _is_plain_mark(c: str) -> bool:
    return unicodedata.category(c) == "Mn" and unicodedata.combining(c) != 0


@st.composite
def _variants(draw: st.DrawFn, texts: SearchStrategy[str]) -> str:
    text = draw(texts)[:MOST_TEXT]
    accented = text[:1] + "\u0301" + text[1:]
    cases = (text.upper(), text.lower(), text.swapcase(), text.title(), text.casefold())
    forms = [unicodedata.normalize(form, text) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    bare = "".join(c for c in forms[3] if not unicodedata.combining(c))
    return draw(st.sampled_from((*cases, *forms, bare, accented, f"{text}x")))


@st.composite
def _slices(draw: st.DrawFn, texts: SearchStrategy[str]) -> str:
    text = draw(texts)
    start = draw(st.integers(0, max(len(text) - 1, 0)))
    # Both ends matter to startswith and endswith, so neither may be rare.
    start = draw(st.sampled_from((start, 0, max(len(text) - MOST_SLICE, start))))
    return text[start : start + draw(st.integers(1, MOST_SLICE))]


@st.composite
def _escaped_patterns(draw: st.DrawFn, texts: SearchStrategy[str]) -> str:
    """A text in which any character may have become a wildcard, with or without more text around it."""
    pieces = [draw(st.sampled_from(_pattern_pieces(c))) for c in draw(texts)[:MOST_SLICE]]
    around = st.sampled_from(("", "%"))
    return draw(around) + "".join(pieces) + draw(around)


def _pattern_pieces(c: str) -> tuple[str, ...]:
    literal = f"\\{c}" if c in "%_\\" else c
    return literal, literal, literal, literal, "_", "%", f"\\{c}"


def _patterns(texts: SearchStrategy[str]) -> SearchStrategy[str]:
    return st.one_of(_escaped_patterns(texts), _escaped_patterns(texts), texts).filter(_is_clear_pattern)


def _is_clear_pattern(pattern: str) -> bool:
    """Leaves out what the rules do not settle: nothing behind the last escape, look-alikes of wildcards."""
    bare = re.sub(r"\\.", "", pattern, flags=re.DOTALL)
    escaped = re.findall(r"\\(.)", pattern, flags=re.DOTALL)
    wide = any(c not in "%_\\" and re.search(r"[%_\\]", unicodedata.normalize("NFKD", c)) for c in pattern)
    return "\\" not in bare and not wide and not any(unicodedata.combining(c) for c in escaped)


# --- JSON ------------------------------------------------------------------------------------------------


def as_json(tree: Tree) -> str:
    return json.dumps(plain(tree), ensure_ascii=False)


def plain(node: Any) -> Any:
    """The tree with its special values as the plain words that JSON and forms have for them."""
    if isinstance(node, list):
        return [plain(child) for child in node]
    if not isinstance(node, dict):
        return node
    return node["special"] if "special" in node else {key: plain(child) for key, child in node.items()}


# --- form ------------------------------------------------------------------------------------------------


def as_form(tree: Tree) -> list[tuple[str, str]]:
    """The decoded pairs of a form or query string; a single condition becomes a list of one."""
    root = [tree] if isinstance(tree, dict) and "field" in tree else tree
    return list(_form_pairs("filter", root))


def can_be_form(tree: Tree) -> bool:
    """Whether the form means the same: texts are trimmed, empty texts are null, empty lists are nothing."""
    return all(_survives_form(value) for value in _values_in(tree)) and _fits_form(tree)


def _form_pairs(name: str, node: Tree) -> Iterator[tuple[str, str]]:
    if isinstance(node, list):
        for i, child in enumerate(node):
            yield from _form_pairs(f"{name}[{i}]", child)
    elif "field" in node:
        yield from _form_leaf(name, node)
    else:
        for word in node:
            yield from _form_pairs(f"{name}[{word}]", node[word])


def _form_leaf(name: str, leaf: Leaf) -> Iterator[tuple[str, str]]:
    yield f"{name}[field]", leaf["field"]
    yield f"{name}[op]", leaf["op"]
    op, value = leaf["op"].lower(), leaf.get("value")
    if value is None and op in NULLS + MEMBER_TESTS:
        return
    if op in MEMBER_TESTS:
        yield from _form_pairs(f"{name}[value]", leaf["value"])
    elif isinstance(value, list):
        yield from ((f"{name}[value][]", _form_text(member)) for member in value)
    else:
        yield f"{name}[value]", _form_text(value)


def _form_text(value: Any) -> str:
    if value is None:
        return ""
    text = plain(value)
    return text if isinstance(text, str) else json.dumps(text)


def _values_in(tree: Any) -> Iterator[Any]:
    """The values of all conditions, those of relations' conditions too."""
    if isinstance(tree, list):
        for child in tree:
            yield from _values_in(child)
    elif "field" not in tree:
        for children in tree.values():
            yield from _values_in(children)
    elif tree["op"].lower() in MEMBER_TESTS:
        yield from _values_in(tree.get("value") or [])
    else:
        yield tree.get("value")


def _survives_form(value: Any) -> bool:
    if isinstance(value, list):
        return bool(value) and all(member is not None and _survives_form(member) for member in value)
    return not isinstance(value, str) or (value != "" and _is_visible(value[0]) and _is_visible(value[-1]))


def _is_visible(c: str) -> bool:
    # Trimming takes invisible characters too; the listed ones are blank without being spaces by category.
    return unicodedata.category(c)[0] in "LNPS" and c not in "\u115f\u1160\u2800\u3164\uffa0"


def _fits_form(tree: Tree) -> bool:
    return len(urlencode(as_form(tree))) <= MOST_BYTES


# --- readable text ---------------------------------------------------------------------------------------


def as_dsl(tree: Tree, style: Random | None = None) -> str:
    """The readable text; without a style the plainest one."""
    return _Writer(style).node(tree, "")


class _Writer:
    """Writes one text, asking its style at every free choice; the first choice is the plainest."""

    def __init__(self, style: Random | None) -> None:
        self.style = style

    def node(self, node: Tree, inside: str) -> str:
        """`inside` is the word of the group around the node, which decides about the parentheses."""
        if isinstance(node, dict) and "field" in node:
            return self.leaf(node) if _is_mode(node) else self.maybe_grouped(self.leaf(node))
        word, children = ("and", node) if isinstance(node, list) else next(iter(node.items()))
        if len(children) == 1:
            return self.node(children[0], inside)
        text = self.spaced(word).join(self.node(child, word) for child in children)
        if inside == "and" and word == "or":
            return self.grouped(text)
        return text if any(_is_mode(child) for child in children) else self.maybe_grouped(text)

    def leaf(self, leaf: Leaf) -> str:
        field, op, value = leaf["field"], leaf["op"], leaf.get("value")
        if op.lower() in MEMBER_TESTS:
            return f"{field}{self.gap()}{op}{self.members(value)}"
        if field.endswith(".count"):
            field = self.counted(field)
        if op.lower() in NULLS:
            return f"{field}{self.gap()}{self.null_test(op)}"
        return f"{field}{self.operator(op)}{self.value(value)}"

    def members(self, conditions: Tree | None) -> str:
        return "" if conditions is None else self.maybe_gap(" ") + self.grouped(self.node(conditions, ""))

    def counted(self, field: str) -> str:
        relation = field.removesuffix(".count")
        return self.pick(field, f"{relation}{self.gap()}{self.cased('count')}")

    def null_test(self, op: str) -> str:
        # Only in this direction: a field with `isnull` has `eq` too, but not the other way round.
        words = self.pick(op, op, *NULL_WORDS[op.lower()])
        return self.gap().join(self.cased(word) for word in words.split()) if " " in words else words

    def operator(self, op: str) -> str:
        symbol = SYMBOLS.get(op.lower())
        if symbol and self.pick(False, True):
            return self.maybe_gap(" ") + symbol + self.maybe_gap(" ")
        return self.gap() + op + self.gap()

    def value(self, value: Any) -> str:
        if isinstance(value, list):
            return "[" + ",".join(self.padded(self.value(member)) for member in value) + "]"
        if isinstance(value, dict):
            return self.cased(value["special"])
        return self.quoted(value) if isinstance(value, str) else self.cased(json.dumps(value))

    def quoted(self, text: str) -> str:
        quote = self.pick('"', "'")
        # A backslash before any other character is allowed and means nothing.
        needless = self.pick("", "", "", "nrtuxa0%_é")
        escaped = {"\\", quote, *needless}
        return quote + "".join(f"\\{c}" if c in escaped else c for c in text) + quote

    def maybe_grouped(self, text: str) -> str:
        return self.grouped(text) if self.pick(False, False, False, True) else text

    def grouped(self, text: str) -> str:
        return f"({self.padded(text)})"

    def padded(self, text: str) -> str:
        return self.maybe_gap("") + text + self.maybe_gap("")

    def spaced(self, word: str) -> str:
        return self.gap() + self.cased(word) + self.gap()

    def gap(self) -> str:
        return self.pick(" ", " ", " ", " ", "  ", "\t", "\n")

    def maybe_gap(self, usual: str) -> str:
        return self.pick(usual, usual, "", " ", self.gap())

    def cased(self, word: str) -> str:
        return self.pick(word, word, word.upper(), word.capitalize())

    def pick(self, *choices: T) -> T:
        return self.style.choice(choices) if self.style else choices[0]


def _is_mode(node: Tree) -> bool:
    # A mode stands at the top level only, so neither it nor its group gets parentheses.
    return isinstance(node, dict) and node.get("field") in MODE_FIELDS
