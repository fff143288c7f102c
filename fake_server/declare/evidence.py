"""How we know: the mark and the source that every operation, table and ruling carries."""

from dataclasses import dataclass
from typing import Literal

Mark = Literal["documented", "inferred", "chosen"]


@dataclass(frozen=True)
class Evidence:
    """`mark`, where it stands, and what part of it was not to be seen."""

    mark: Mark
    source: str
    gap: str = ""


def documented(source: str, gap: str = "") -> Evidence:
    return Evidence("documented", source, gap)


def inferred(source: str, gap: str = "") -> Evidence:
    return Evidence("inferred", source, gap)


def chosen(source: str, gap: str = "") -> Evidence:
    return Evidence("chosen", source, gap)
