"""Answers held against their shapes before they leave; on in tests, a setting elsewhere."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, cast

from pydantic import BaseModel, ConfigDict, Field, create_model

from fake_server.declare.operation import Operation
from fake_server.declare.shape import Shape


class Meta(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    path: str | None
    per_page: int
    next_cursor: str | None
    next_cursor_url: str | None
    prev_cursor: str | None
    prev_cursor_url: str | None


def check(operation: Operation, body: bytes, shapes: Mapping[str, type[Shape]]) -> None:
    """Raises pydantic's ValidationError where the answer is not what the operation declares."""
    model(operation, tuple(shapes.items())).model_validate_json(body)


@cache
def model(operation: Operation, shapes: tuple[tuple[str, type[Shape]], ...]) -> type[BaseModel]:
    if operation.listing is None:
        return operation.shape
    known = dict(shapes)
    more = {
        name: (printed(known[include.shape], include.many), None)
        for name, include in operation.listing.includes.items()
        if not include.always
    }
    item = create_model(operation.shape.__name__, __base__=operation.shape, **cast("dict[str, Any]", more))
    fields: dict[str, Any] = {
        "data": (printed(item, True), ...),
        "links": (Annotated[list[str], Field(max_length=0)], ...),
        "meta": (Meta, ...),
    }
    return create_model("Page", __config__=ConfigDict(extra="forbid", strict=True), **fields)


def printed(shape: Any, many: bool) -> Any:
    """The type of an include, or of a page's data."""
    return list[shape] if many else shape | None
