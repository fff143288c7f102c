"""Example values for schemas, in the manner of the vendor's own pages."""

from collections.abc import Mapping
from typing import Any

FORMATS = {"date": "2019-08-24", "date-time": "2019-08-24T14:15:22Z"}
PLAIN = {"integer": 0, "number": 0, "boolean": True, "null": None}


def example(schema: Mapping[str, Any], known: Mapping[str, Any], inside: tuple[str, ...] = ()) -> Any:
    """One value that fulfils the schema. A shape inside itself is left out: an empty list, or null."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return example(known[name], known, (*inside, name))
    if "anyOf" in schema:
        return example(next(one for one in schema["anyOf"] if one.get("type") != "null"), known, inside)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema["type"][0] if isinstance(schema["type"], list) else schema["type"]
    if kind == "array":
        return [] if recursive(schema["items"], inside) else [example(schema["items"], known, inside)]
    if kind == "object":
        required = schema.get("required", ())
        return {
            name: example(part, known, inside)
            for name, part in schema.get("properties", {}).items()
            if name in required
        }
    return PLAIN[kind] if kind in PLAIN else FORMATS.get(schema.get("format", ""), "string")


def recursive(schema: Mapping[str, Any], inside: tuple[str, ...]) -> bool:
    return schema.get("$ref", "").rpartition("/")[2] in inside
