"""A document's grow section: the material of which Faker makes more of its world."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, NoReturn

from fake_server.errors import did_you_mean
from fake_server.seeds.rows import Place, Row, brief, word

MOST_TASKS = 1_000_000
Refuse = Callable[[Row | Place, str], NoReturn]
Texts = Mapping[str, list[str]]


class Material(NamedTuple):
    """How many tasks a world has at least, and what they are made of."""

    place: Place
    tasks: int = 0
    words: Texts | None = None
    formats: Texts | None = None


def material(data: Row, refuse: Refuse) -> Material | None:
    """The grow section, whose every field is known, None where there is none; `refuse` is told the place and what is
    wrong there."""
    found, place = data.get("grow"), data.of("grow")
    if found is None:
        return None
    if not isinstance(found, Row):
        refuse(place, f"grow takes tasks (a number), words and formats, not {brief(found)}")
    for name, value in found.items():
        if name not in Material._fields[1:]:
            near = did_you_mean(word(name), Material._fields[1:])
            refuse(found.of(name), f"grow has no field {word(name)}; {near}")
        why = unfit(name, value)
        if why:
            refuse(found.of(name), why)
    return Material(place, **found)


def unfit(name: str, value: Any) -> str:
    """Why a field of the grow section cannot be that; empty where it can."""
    if name == "tasks":
        fits = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST_TASKS
        return "" if fits else f"tasks of grow is a whole number up to {MOST_TASKS}, not {brief(value)}"
    if not isinstance(value, dict) or not all(map(is_texts, value.values())):
        return f"{name} of grow are lists of texts by their names, not {brief(value)}"
    return "" if all(isinstance(one, str) for one in value) else f"{name} of grow take texts as names"


def is_texts(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(one, str) for one in value)
