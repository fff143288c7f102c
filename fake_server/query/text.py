"""The readable spelling: text -> tree."""

import re
from typing import Any

from fake_server.errors import BadQuery
from fake_server.query.tree import MAX_DEPTH, MAX_TEXT, Node

PARENTHESES = re.compile(r"""("(?:\\.|[^"\\])*(?:"|$)|'(?:\\.|[^'\\])*(?:'|$))|([()])""", re.DOTALL)

EXPECTED = {
    "WORD": "a name", "STRING": "a quoted text", "NUMBER": "a number", "SYMBOL": "an operator",
    "LSQB": "`[`", "RSQB": "`]`", "LPAR": "`(`", "RPAR": "`)`", "COMMA": "a comma", "$END": "the end",
    "_AND": "`and`", "_OR": "`or`", "_IS": "`is`", "_NOT": "`not`", "COUNT": "`count`",
    "_NULL": "`null`", "TRUE": "`true`", "FALSE": "`false`",
}  # fmt: skip


ADVICE = (
    (r"not\b", "There is no not: use ne, nin, none or is not null."),
    (r"[\u2018-\u201f\u00ab\u00bb]", "Texts stand in straight quotes, \" or '."),
    ("=|>=|<=", "One operator at a time: =, !=, <, <=, >, >= or a word such as contains."),
    (r"[&|]", "Join conditions by the words and, or; in a URL & is %26."),
    (r"\d+d\b", "Write + as %2B in a URL: today%2B5d."),
    (r"\(", "A list stands in square brackets: [...]; only any, all and none take parentheses."),
    (r";|--", "A filter is one expression."),
)
"""What is meant by a text that stands where it cannot, most likely."""


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
    if not at < len(text):
        wanted = [name for name in wanted if name != "the end"]
    message = f"Syntax error in filter at position {at + 1}: unexpected {found}."
    hint = f"Expected {' or '.join(wanted)} at position {at + 1}." if wanted else "Texts stand in quotes."
    for pattern, advice in ADVICE:
        if re.match(pattern, text[at:], re.IGNORECASE):
            hint = f"{hint} {advice}"
    if getattr(error, "token", None) is None and text[at : at + 1] in ("'", '"'):
        hint = f"{hint} The quote that begins here is not closed."
    return BadQuery(message, hint)
