"""Answers held against their shapes before they leave; on in tests, a setting elsewhere."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, Field, create_model

from fake_server.declare.operation import Event, Include, Operation
from fake_server.declare.shape import Shape


class Meta(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, defer_build=True)

    path: str | None
    per_page: int
    next_cursor: str | None
    next_cursor_url: str | None
    prev_cursor: str | None
    prev_cursor_url: str | None


def check(operation: Operation, body: bytes, shapes: Mapping[str, type[Shape]]) -> None:
    """Raises pydantic's ValidationError where the answer is not what the operation declares."""
    model(operation, tuple(shapes.items())).model_validate_json(body)


def check_payload(event: Event, body: bytes, shapes: Mapping[str, type[Shape]]) -> None:
    """Raises pydantic's ValidationError where a webhook's payload is not what is declared."""
    payload_model(event, tuple(shapes.items())).model_validate_json(body)


@cache
def payload_model(event: Event, shapes: tuple[tuple[str, type[Shape]], ...]) -> type[BaseModel]:
    strict = ConfigDict(extra="forbid", strict=True)
    resource = create_model("Resource", __config__=strict, type=(str, ...), id=(str, ...))
    data = extended(event.shape, event.includes, dict(shapes))
    fields: dict[str, Any] = {
        "event": (str, ...),
        "resource": (resource, ...),
        "triggered_by": (event.person, ...),
        "data": (data, ...),
    }
    return create_model("Payload", __config__=strict, **fields)


@cache
def model(operation: Operation, shapes: tuple[tuple[str, type[Shape]], ...]) -> type[BaseModel]:
    listed, known = operation.listing, dict(shapes)
    item = extended(operation.shape, listed.includes if listed else operation.includes, known)
    if listed is None:
        return item
    fields: dict[str, Any] = {
        "data": (printed(item, True), ...),
        "links": (Annotated[list[str], Field(max_length=0)], ...),
        "meta": (Meta, ...),
    }
    return create_model("Page", __config__=ConfigDict(extra="forbid", strict=True), **fields)


def extended(
    shape: type[Shape], includes: Mapping[str, Include], shapes: Mapping[str, type[Shape]]
) -> type[BaseModel]:
    """A shape with what includes add to it."""
    more = {
        name: (printed(shapes[include.shape], include.many), None)
        for name, include in includes.items()
        if not include.always
    }
    return create_model(shape.__name__, __base__=shape, **cast("dict[str, Any]", more))


def printed(shape: Any, many: bool) -> Any:
    """The type of an include, or of a page's data."""
    return list[shape] if many else shape | None
