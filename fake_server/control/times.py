"""Instants and spans in control calls."""

import re
from zoneinfo import ZoneInfo

from fake_server.control.problems import Problem
from fake_server.moment import read_date, read_instant

SPAN = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)\s*(ms|s|m|h|d|w)", re.ASCII)
SECONDS = {"ms": 0.001, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
SPANS = "a number of seconds, or a text such as 30s, 10m, 3h, 2d or 1w; not below 0"


def instant(zone: ZoneInfo, name: str, text: str) -> float:
    """An ISO date-time or date, with its fraction of a second; Problem on that field for anything else."""
    at = read_instant(f"{text}T00:00:00" if read_date(text) else text, zone)
    if at is None:
        raise Problem(422, "Invalid body", f"{name}: {text[:80]} is no ISO date-time; 2026-01-31T10:00:00Z is one.")
    fraction = re.search(r"\.\d+", text)
    return at + float(fraction[0] if fraction else 0)


def seconds(name: str, by: float | str) -> float:
    """A span in seconds; Problem on that field for what is none, or goes back."""
    found = SPAN.fullmatch(by.strip()) if isinstance(by, str) else None
    span = float(found[1]) * SECONDS[found[2]] if found else by
    if span != span:
        raise Problem(422, "Invalid body", f"{name}: must be {SPANS}.")
    if isinstance(span, str):
        raise Problem(422, "Invalid body", f"{name}: {span[:80]!r} is no span; write 90, 30s, 10m, 3h, 2d or 1w.")
    if not span >= 0:
        raise Problem(422, "Invalid body", f"{name}: the clock does not go back; {span} is below 0.")
    return span
