"""Shapes and enums -> the schemas of the description."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from fake_server.declare.operation import Section
from fake_server.declare.shape import Shape

Schema = dict[str, Any]
REF = "#/components/schemas/"

MESSAGE: Schema = {
    "type": "object",
    "description": "Error overview.",
    "properties": {"message": {"type": "string"}},
    "required": ["message"],
}
INVALID: Schema = {
    "type": "object",
    "description": "Errors overview.",
    "properties": {
        "message": {"type": "string"},
        "errors": {
            "type": "object",
            "description": "A detailed description of each field that failed validation.",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
    "required": ["message", "errors"],
}
NULL_TEXT: Schema = {"type": ["string", "null"]}
META: Schema = {
    "type": "object",
    "properties": {
        "path": {**NULL_TEXT, "description": "Base path for paginator generated URLs."},
        "per_page": {"type": "integer", "description": "Number of items shown per page."},
        **dict.fromkeys(("next_cursor", "next_cursor_url", "prev_cursor", "prev_cursor_url"), NULL_TEXT),
    },
    "required": ["path", "per_page", "next_cursor", "next_cursor_url", "prev_cursor", "prev_cursor_url"],
    "additionalProperties": False,
}


class Untitled(GenerateJsonSchema):
    """Without the titles that only repeat names."""

    def field_title_should_be_set(self, _: Any) -> bool:
        return False


def schemas(sections: Iterable[Section], shapes: Mapping[str, type[Shape]]) -> Schema:
    """Every shape and enum, with what includes add to a shape as optional properties."""
    models = [(shape, "serialization") for shape in shapes.values()]
    _, made = models_json_schema(models, ref_template=REF + "{model}", schema_generator=Untitled)  # type: ignore[arg-type]
    enums = {name: {"type": "string", "enum": list(values)} for section in sections
             for name, values in section.enums.items()}  # fmt: skip
    found: Schema = {name: named(schema, enums) for name, schema in made["$defs"].items()}
    for section in sections:
        for operation in section.operations:
            includes = operation.listing.includes if operation.listing else operation.includes
            for name, include in includes.items():
                if not include.always:
                    found[operation.shape.__name__]["properties"][name] = included(include.shape, include.many)
    return {**found, **enums, "CursorMeta": META, "Message": MESSAGE, "Invalid": INVALID}


def named(schema: Any, enums: Mapping[str, Schema]) -> Any:
    """The schema with each enum as a reference to its name."""
    if isinstance(schema, list):
        return [named(part, enums) for part in schema]
    if not isinstance(schema, dict):
        return schema
    for name, enum in enums.items():
        if schema.get("enum") == enum["enum"]:
            return {"$ref": REF + name}
    return {key: named(part, enums) for key, part in schema.items()}


def included(shape: str, many: bool) -> Schema:
    ref = {"$ref": REF + shape}
    return {"type": "array", "items": ref} if many else {"anyOf": [ref, {"type": "null"}]}
