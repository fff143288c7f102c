"""Shapes, pages, bodies and enums -> the named schemas of the description."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from fake_server.declare.body import Body
from fake_server.declare.operation import Operation, Section
from fake_server.declare.parameters import find_by_name
from fake_server.declare.request_bodies import body_name, body_schema
from fake_server.declare.schemas import ALWAYS_THERE, Schema, closed, ref
from fake_server.declare.shape import Shape


class Untitled(GenerateJsonSchema):
    """Without the titles that only repeat names."""

    def field_title_should_be_set(self, _: Any) -> bool:
        return False


def components(sections: Iterable[Section], shapes: Mapping[str, type[Shape]]) -> Schema:
    """Everything that the description refers to by name."""
    sections = tuple(sections)
    enums = {name: {"type": "string", "enum": list(values)} for section in sections
             for name, values in section.enums.items()}  # fmt: skip
    operations = [operation for section in sections for operation in section.operations]
    found = {**printed(operations, shapes), **pages(operations), **bodies(operations)}
    return {**{name: with_references(schema, enums) for name, schema in found.items()}, **enums,
            **searched(operations), **ALWAYS_THERE}  # fmt: skip


def printed(operations: Iterable[Operation], shapes: Mapping[str, type[Shape]]) -> Schema:
    """Every shape, with what includes add to it as optional properties."""
    models = [(shape, "serialization") for shape in shapes.values()]
    template = ref("{model}")["$ref"]
    _, made = models_json_schema(models, ref_template=template, schema_generator=Untitled)  # type: ignore[arg-type]
    found: Schema = made["$defs"]
    for operation in operations:
        includes = operation.listing.includes if operation.listing else operation.includes
        for name, include in includes.items():
            if not include.always:
                found[operation.shape.__name__]["properties"][name] = included(include.shape, include.many)
    return found


def included(shape: str, many: bool) -> Schema:
    return {"type": "array", "items": ref(shape)} if many else {"anyOf": [ref(shape), {"type": "null"}]}


def page_name(shape: type[Shape]) -> str:
    return f"{shape.__name__}Page"


def pages(operations: Iterable[Operation]) -> Schema:
    """What lists answer."""
    return {
        page_name(operation.shape): closed(
            data={
                "type": "array",
                "items": ref(operation.shape.__name__),
                "description": "The list of items",
            },
            links={"type": "array", "items": {"type": "string"}},
            meta=ref("CursorMeta"),
        )
        for operation in operations
        if operation.listing
    }


def bodies(operations: Iterable[Operation]) -> Schema:
    return {body_name(one): body_schema(one.body) for one in operations if isinstance(one.body, Body)}


def searched(operations: Iterable[Operation]) -> Schema:
    """What a record may be found by."""
    known = dict.fromkeys(one.find_by for one in operations if one.find_by)
    return {find_by_name(names): {"type": "string", "enum": list(names)} for names in known}


def with_references(schema: Any, enums: Mapping[str, Schema]) -> Any:
    """The schema with each enum as a reference to its name."""
    if isinstance(schema, list):
        return [with_references(part, enums) for part in schema]
    if not isinstance(schema, dict):
        return schema
    for name, enum in enums.items():
        if "enum" in schema and list(schema["enum"]) == enum["enum"]:
            return ref(name)
    return {key: with_references(part, enums) for key, part in schema.items()}
