"""The readable spelling: text -> tree."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from fake_server.errors import BadQuery
from fake_server.query.tree import (
    MAX_DEPTH,
    MAX_TEXT,
    SPECIAL_WORDS,
    AllOf,
    AnyOf,
    Condition,
    Node,
    Scalar,
    Special,
)

SPECIAL = re.compile(r"me\.id|now|today([+-]\d{1,6}d)?|[se]o[wm]", re.IGNORECASE | re.ASCII)
PARENTHESES = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|([()])""", re.DOTALL)
ESCAPE = re.compile(r"\\(.)", re.DOTALL)
LONGEST_NUMBER = 30

EXPECTED = {
    "WORD": "a name", "STRING": "a quoted text", "NUMBER": "a number", "SYMBOL": "an operator",
    "LSQB": "[", "RSQB": "]", "LPAR": "(", "RPAR": ")", "COMMA": "a comma", "$END": "the end",
    "_AND": "and", "_OR": "or", "_IS": "is", "_NOT": "not", "_NULL": "null", "TRUE": "true", "FALSE": "false",
}  # fmt: skip


def parse(text: str) -> Node:
    """The tree of a filter text; BadQuery names the position and what was expected there."""
    if len(text.encode()) > MAX_TEXT:
        raise BadQuery("The filter is too long.", f"A filter may have {MAX_TEXT} bytes.")
    refuse_depth(text)
    # Imported here: whoever never filters by text never pays for the parser.
    from lark.exceptions import UnexpectedInput

    try:
        tree: Node = parser().parse(text)
    except UnexpectedInput as error:
        raise syntax_error(text, error) from None
    return tree


def refuse_depth(text: str) -> None:
    depth = 0
    for found in PARENTHESES.finditer(text):
        depth += {"(": 1, ")": -1}.get(found[2], 0)
        if depth > MAX_DEPTH:
            raise BadQuery("The filter is nested too deeply.", f"Parentheses may stand {MAX_DEPTH} deep.")


def syntax_error(text: str, error: Any) -> BadQuery:
    """Position (from 1) and expectation of a lark error, in plain words."""
    at = error.pos_in_stream if error.pos_in_stream is not None and error.pos_in_stream >= 0 else len(text)
    token = getattr(error, "token", None)
    if token is not None and token.type == "$END":
        at = len(text)
    found = f"`{text[at : at + 20]}`" if at < len(text) else "the end"
    names = getattr(error, "accepts", None) or getattr(error, "expected", None) or getattr(error, "allowed", None)
    wanted = sorted({EXPECTED[name] for name in names or () if name in EXPECTED})
    message = f"Syntax error in filter at position {at + 1}: unexpected {found}."
    hint = f"Expected {' or '.join(wanted)} at position {at + 1}." if wanted else "Texts stand in quotes."
    if re.match(r"not\b", text[at:], re.IGNORECASE):
        hint = "There is no not: use ne, nin, none or is not null."
    return BadQuery(message, hint)


@cache
def parser() -> Any:
    """The LALR parser, made once; it builds the tree while it reads, so that nothing recurses."""
    from lark import Lark, Transformer, v_args

    class Build(Transformer):  # type: ignore[type-arg]
        start = v_args(inline=True)(lambda _, node: node)

        def any_of(self, parts: list[Node]) -> Node:
            return AnyOf(tuple(parts))

        def all_of(self, parts: list[Node]) -> Node:
            return AllOf(tuple(parts))

        def is_null(self, words: list[Any]) -> Node:
            return Condition(str(words[0]), "isnull", None, place(words[0]))

        def is_not_null(self, words: list[Any]) -> Node:
            return Condition(str(words[0]), "isnotnull", None, place(words[0]))

        def bare(self, words: list[Any]) -> Node:
            return Condition(str(words[0]), str(words[1]), None, place(words[0]))

        def compare(self, words: list[Any]) -> Node:
            return Condition(str(words[0]), words[1], words[2], place(words[0]))

        def members(self, words: list[Any]) -> Node:
            return Condition(str(words[0]), str(words[1]), words[2], place(words[0]))

        def counted(self, words: list[Any]) -> Node:
            return Condition(f"{words[0]}.{words[1].lower()}", words[2], words[3], place(words[0]))

        def operator(self, words: list[Any]) -> str:
            return str(words[0])

        def list(self, values: "list[Any]") -> tuple[Scalar, ...]:
            return tuple(values)

        def value(self, words: "list[Any]") -> Scalar:
            return scalar(words[0])

        def null(self, _: "list[Any]") -> None:
            return None

        def word(self, words: "list[Any]") -> Scalar:
            return special(words[0])

        def bare_date(self, words: "list[Any]") -> Scalar:
            raise unquoted(words[0])

    grammar = (Path(__file__).parent / "grammar.lark").read_text()
    return Lark(grammar, parser="lalr", transformer=Build(), maybe_placeholders=False)




def place(token: Any) -> str:
    return f" at position {token.start_pos + 1}"


def scalar(token: Any) -> Scalar:
    if token.type == "STRING":
        return ESCAPE.sub(r"\1", token[1:-1])
    if token.type == "NUMBER":
        if len(token) > LONGEST_NUMBER:
            raise BadQuery(f"The number{place(token)} is too long.", f"At most {LONGEST_NUMBER} digits.")
        return float(token) if re.search(r"[.e]", token, re.IGNORECASE) else int(token)
    return bool(token.type == "TRUE")


def special(token: Any) -> Special:
    if SPECIAL.fullmatch(token):
        return Special(token.lower())
    raise unquoted(token)


def unquoted(token: Any) -> BadQuery:
    shown = token[:40]
    return BadQuery(
        f"Syntax error in filter{place(token)}: `{shown}` is no value.",
        f'Put texts and dates in quotes: "{shown}". Without quotes stand only {SPECIAL_WORDS}.',
    )
