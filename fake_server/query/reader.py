"""The LALR parser of the readable spelling: it builds the tree while it reads, so that nothing recurses."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer
from lark.exceptions import UnexpectedInput, UnexpectedToken

from fake_server.errors import BadQuery
from fake_server.query.kinds import EVERY_OPERATOR, NULLS, R
from fake_server.query.tree import ABSENT, SPECIAL, SPECIAL_WORDS, AllOf, AnyOf, Condition, Node, Scalar, Special

__all__ = ["UnexpectedInput", "read"]

ESCAPE = re.compile(r"\\(.)", re.DOTALL)
LONGEST_NUMBER = 18
"""A whole number of so many digits fits into 64 bits, whichever it is; thousands of digits Python would not read."""
NEED_VALUES = EVERY_OPERATOR - frozenset((*R, *NULLS))


class Build(Transformer[Token, Node]):
    """The rules of the grammar as nodes of the tree."""

    def start(self, nodes: Any) -> Node:
        return nodes[0]  # type: ignore[no-any-return]

    def any_of(self, parts: Any) -> Node:
        return AnyOf(tuple(parts))

    def all_of(self, parts: Any) -> Node:
        return AllOf(tuple(parts))

    def is_null(self, words: Any) -> Node:
        return condition(words[0], "isnull", ABSENT)

    def is_not_null(self, words: Any) -> Node:
        return condition(words[0], "isnotnull", ABSENT)

    def bare(self, words: Any) -> Node:
        if words[1].lower() in NEED_VALUES:
            at = words[1].end_pos + 1
            raise BadQuery(
                f"Syntax error in filter at position {at}: the operator `{words[1]}` has no value.",
                f"Expected a quoted text, a number, a list or one of {SPECIAL_WORDS} at position {at}.",
            )
        return condition(words[0], words[1], ABSENT)

    def compare(self, words: Any) -> Node:
        return condition(*words)

    members = compare

    def counted(self, words: Any) -> Node:
        return condition(words[0], words[2], words[3], f".{words[1].lower()}")

    def operator(self, words: Any) -> str:
        return str(words[0])

    def list(self, values: Any) -> tuple[Scalar, ...]:
        return tuple(values)

    def value(self, words: Any) -> Scalar:
        return scalar(words[0])

    def null(self, _: Any) -> None:
        return None

    def word(self, words: Any) -> Scalar:
        if SPECIAL.fullmatch(words[0]):
            return Special(words[0].lower())
        raise unquoted(words[0])

    def bare_date(self, words: Any) -> Scalar:
        raise unquoted(words[0])


@cache
def parser() -> Lark:
    grammar = (Path(__file__).parent / "grammar.lark").read_text()
    return Lark(grammar, parser="lalr", transformer=Build(), maybe_placeholders=False)


def read(text: str) -> Node:
    """The tree of a text; UnexpectedInput (or, for a word where a value stands, BadQuery) where it is none."""
    try:
        return parser().parse(text)  # type: ignore[return-value]
    except UnexpectedToken as error:
        stack = error.interactive_parser.parser_state.value_stack if error.interactive_parser else []
        if len(stack) > 2 and is_unquoted(stack[-1]) and type(stack[-2]) is str:
            raise unquoted(stack[-1]) from None
        raise


def is_unquoted(value: Any) -> bool:
    return isinstance(value, Token) and value.type == "WORD" and not SPECIAL.fullmatch(value)


def condition(field: Token, op: str, value: Any, suffix: str = "") -> Condition:
    return Condition(f"{field}{suffix}", str(op), value, place(field))


def place(token: Token) -> str:
    return f" at position {(token.start_pos or 0) + 1}"


def scalar(token: Token) -> Scalar:
    if token.type == "STRING":
        return ESCAPE.sub(r"\1", token[1:-1])
    if token.type == "NUMBER":
        if len(token) > LONGEST_NUMBER:
            raise BadQuery(f"The number{place(token)} is too long.", f"At most {LONGEST_NUMBER} digits.")
        return float(token) if re.search(r"[.e]", token, re.IGNORECASE) else int(token)
    return bool(token.type == "TRUE")


def unquoted(token: Token) -> BadQuery:
    shown = token[:40]
    if token.lower().startswith("today"):
        return BadQuery(
            f"Syntax error in filter{place(token)}: `{shown}` is no value.",
            "Only days can be added to today: today+7d, today-7d.",
        )
    return BadQuery(
        f"Syntax error in filter{place(token)}: `{shown}` is no value.",
        f'Put texts and dates in quotes: "{shown}". Without quotes stand only {SPECIAL_WORDS}.',
    )
