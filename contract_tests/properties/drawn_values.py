"""Hypothesis strategies for the values of filters: what occurs, what is near it, and what looks like it is more."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from functools import cache
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

SETS = ("in", "nin", "notin")
TEXTS = ("contains", "like", "startswith", "endswith")
TIME_WORDS = ("now", "today", "sow", "eow", "som", "eom")
SPECIAL = re.compile(r"now|today([+-]\d+d)?|[se]o[wm]|me\.id", re.IGNORECASE)
# Texts that look like something else, and characters with a meaning or with an unusual collation key:
# sharp s, e acute, dotted I, dotless i, long s, combining acute, fi ligature, a Han character, an emoji.
WORDS = ("", "today", "me.id", "null", "true", "and", "a or b", "in [1]", "x) or (y", "100%", "a_b", "it's")
NASTY = "aAeEsS'\"\\%_()[],=<>! \n\t\u00df\u00e9\u0130\u0131\u017f\u0301\ufb01\u6f22\U0001f642"

MOST_TEXT = 40
MOST_SLICE = 10


# Kept, because making strategies takes longer than drawing from them, and many fields have the same pool.
@cache
def values(op: str, kind: str, pool: tuple[Any, ...]) -> SearchStrategy[Any]:
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
