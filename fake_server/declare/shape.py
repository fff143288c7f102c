"""Shapes: what an answer prints, field by field, and where each value lives in a record."""

from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_origin

from pydantic import BaseModel, ConfigDict


class Shape(BaseModel):
    """A printed object. A field without a mark prints the record's field of the same name."""

    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)


@dataclass(frozen=True)
class At:
    """The value lives at this path of the record."""

    path: str


@dataclass(frozen=True)
class IdAt:
    """The id of the record named at this path; `key` is the record's own."""

    path: str


@dataclass(frozen=True)
class Own:
    """An object made of the record's own fields."""


@dataclass(frozen=True)
class Always:
    """The same value in every record, until an include fills it."""

    value: Any


def core(annotation: Any) -> tuple[Any, bool]:
    """The type behind `X | None` or `list[X]`, and whether it is a list."""
    members = [member for member in get_args(annotation) if member is not type(None)]
    if get_origin(annotation) is list:
        return members[0], True
    if len(members) == 1 and type(None) in get_args(annotation):
        return core(members[0])
    return annotation, False


@cache
def printed_as(shape: type[Shape]) -> dict[str, str]:
    """A record's fields -> the names under which the shape prints them."""
    found: dict[str, str] = {}
    for name, info in shape.model_fields.items():
        marks = {type(mark): mark for mark in info.metadata}
        if Own in marks:
            found |= dict.fromkeys(core(info.annotation)[0].model_fields, name)
        elif At in marks or IdAt in marks:
            found.setdefault((marks.get(At) or marks[IdAt]).path.partition(".")[0], name)
        elif Always not in marks:
            found[name] = name
    return found
