"""Bodies -> what the description says of them."""

from typing import Any

from fake_server.declare.body import Body, FileBody
from fake_server.declare.fields import MOST_ITEMS, BodyField
from fake_server.declare.operation import Operation
from fake_server.declare.schemas import ANY_TEXT, Schema, pascal, ref
from fake_server.ids import Ids

SOME_TEXT: Schema = {**ANY_TEXT, "pattern": r"\S"}
"""Texts are trimmed, and an empty one is null: where null is not allowed, it is no text."""


def body_name(operation: Operation) -> str:
    return f"{pascal(operation.name)}Body"


def request_body(operation: Operation) -> Schema:
    body = operation.body
    if isinstance(body, FileBody):
        content = {"schema": file_schema(body), "example": {body.name: "The bytes of a file"}}
        return {"required": True, "content": {"multipart/form-data": content}}
    assert body is not None
    content = {"schema": ref(body_name(operation)), "example": body_example(body)}
    return {"required": body.required, "content": {"application/json": content}}


def file_schema(body: FileBody) -> Schema:
    file = {"type": "string", "format": "binary", "description": body.says}
    return {"type": "object", "properties": {body.name: file}, "required": [body.name]}


def body_schema(body: Body) -> Schema:
    """The body; keys that it does not have are ignored."""
    schema: Schema = {"type": "object", "properties": {field.name: field_schema(field) for field in body.fields}}
    if required := [field.name for field in body.fields if field.required]:
        schema["required"] = required
    return schema


def field_schema(field: BodyField) -> Schema:
    schema: Schema = {**field.schema} if field.null or field.schema != ANY_TEXT else {**SOME_TEXT}
    if field.max is not None:
        schema["maxLength"] = field.max
    if schema.get("type") == "array":
        items = SOME_TEXT if schema["items"] == ANY_TEXT else schema["items"]
        schema |= {"items": items, "maxItems": MOST_ITEMS, **({"minItems": 1} if field.required else {})}
    if field.also:
        schema = {"anyOf": [schema, *field.also, *([{"type": "null"}] if field.null else [])]}
    elif field.null:
        schema["type"] = [schema["type"], "null"]
    return {**schema, **({"description": field.says} if field.says else {})}


def body_example(body: Body) -> Schema:
    """The fields that it must have, else its first one."""
    required = [field for field in body.fields if field.required]
    return {field.name: field_example(field) for field in required or body.fields[:1]}


def field_example(field: BodyField) -> Any:
    if field.example is not None:
        return field.example
    # The first record of a kind has the same id in every world.
    return Ids([field.to]).text(field.to, 1) if field.to else f"A {field.name.replace('_', ' ')}"
