"""The readable spelling: text -> tree."""

import re
from typing import Any

from fake_server.errors import BadQuery
from fake_server.query.tree import MAX_DEPTH, MAX_TEXT, Node

PARENTHESES = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|([()])""", re.DOTALL)

EXPECTED = {
    "WORD": "a name", "STRING": "a quoted text", "NUMBER": "a number", "SYMBOL": "an operator",
    "LSQB": "[", "RSQB": "]", "LPAR": "(", "RPAR": ")", "COMMA": "a comma", "$END": "the end",
    "_AND": "and", "_OR": "or", "_IS": "is", "_NOT": "not", "COUNT": "count",
    "_NULL": "null", "TRUE": "true", "FALSE": "false",
}  # fmt: skip


def parse(text: str) -> Node:
    """The tree of a filter text; BadQuery names the position and what was expected there."""
    if len(text.encode()) > MAX_TEXT:
        raise BadQuery("The filter is too long.", f"A filter may have {MAX_TEXT} bytes.")
    refuse_depth(text)
    # Imported here: whoever never filters by text never pays for the parser.
    from fake_server.query.reader import UnexpectedInput, read

    try:
        return read(text)
    except UnexpectedInput as error:
        raise syntax_error(text, error) from None


def refuse_depth(text: str) -> None:
    depth = 0
    for found in PARENTHESES.finditer(text):
        depth += {"(": 1, ")": -1}.get(found[2], 0)
        if depth > MAX_DEPTH:
            raise BadQuery("The filter is nested too deeply.", f"Parentheses may stand {MAX_DEPTH} deep.")


def syntax_error(text: str, error: Any) -> BadQuery:
    """Position (from 1) and expectation of a lark error, in plain words."""
    at = error.pos_in_stream
    if at is None or at < 0 or getattr(getattr(error, "token", None), "type", "") == "$END":
        at = len(text)
    found = f"`{text[at : at + 20]}`" if at < len(text) else "the end"
    names = getattr(error, "accepts", None) or getattr(error, "expected", None) or getattr(error, "allowed", None)
    known = {**EXPECTED, "WORD": "an operator"} if "_IS" in (names or ()) else EXPECTED
    wanted = sorted({known[name] for name in names or () if name in known})
    message = f"Syntax error in filter at position {at + 1}: unexpected {found}."
    hint = f"Expected {' or '.join(wanted)} at position {at + 1}." if wanted else "Texts stand in quotes."
    if re.match(r"not\b", text[at:], re.IGNORECASE):
        hint = "There is no not: use ne, nin, none or is not null."
    return BadQuery(message, hint)
