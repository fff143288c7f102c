"""Declarations -> an OpenAPI 3.1 description of what is served."""

import re
from collections.abc import Iterable, Mapping

from fake_server.declare.components import components, page_name
from fake_server.declare.evidence import Evidence
from fake_server.declare.examples import example
from fake_server.declare.operation import VERBS, Event, Operation, Section
from fake_server.declare.parameters import parameters
from fake_server.declare.request_bodies import request_body
from fake_server.declare.schemas import Schema, closed, ref
from fake_server.declare.shape import Shape
from fake_server.errors import WORDS

ERRORS: dict[str, tuple[str, str]] = {
    "400": ("The query, path or body cannot be read", "The request body is not valid JSON."),
    "401": ("Unauthenticated", WORDS[401]),
    "403": ("Authorization error", WORDS[403]),
    "404": ("Not found", "No query results for model [App\\Models\\Task] 8bnRb0xC"),
    "413": ("The body is too large", WORDS[413]),
    "415": ("The body has another content type", "The content type text/plain is not supported."),
    "429": ("Too many requests; only where a rate limit is set", WORDS[429]),
    "500": ("A fault of the server itself", WORDS[500]),
    "503": ("The world is being loaded", WORDS[503]),
}


def describe(sections: Iterable[Section], shapes: Mapping[str, type[Shape]], created_status: int = 200) -> Schema:
    """The whole description; `shapes` by name, for includes."""
    sections = tuple(sections)
    known = components(sections, shapes)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Kanbert, as faked",
            "version": "1",
            "description": "What this fake answers. x-evidence says of each operation how it is known.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"http": []}],
        "tags": [{"name": section.title} for section in sections if section.operations],
        "paths": paths(sections, created_status, known),
        "webhooks": {name: told(event, verb) for section in sections for event in section.events
                     for name, verb in zip(event.names, VERBS, strict=True)},
        "components": {
            "securitySchemes": {"http": {"type": "http", "scheme": "bearer"}},
            "headers": {"Hint": {"description": "One sentence that helps; not part of the service.",
                                 "schema": {"type": "string"}}},
            "schemas": known,
            "responses": {status: refusal(status, *texts) for status, texts in ERRORS.items()} | {"422": invalid()},
        },
    }  # fmt: skip


def paths(sections: Iterable[Section], created_status: int, known: Schema) -> Schema:
    found: dict[str, Schema] = {}
    for section in sections:
        for operation in section.operations:
            described = {"tags": [section.title], **operate(operation, created_status, known)}
            path = next((path for path in found if same(path, operation.path)), operation.path)
            if path != operation.path:
                described |= renamed(operation, path, described["parameters"])
            found.setdefault(path, {})[operation.method.lower()] = described
    return found


def told(event: Event, verb: str) -> dict[str, Schema]:
    """What a receiver is told, and what it has to answer."""
    payload = closed(
        event={"type": "string", "const": f"{event.name}:{verb}", "description": "the event identifier"},
        resource=closed(type={"type": "string"}, id={"type": "string"}),
        triggered_by=ref(event.person.__name__),
        data=ref(event.shape.__name__),
    )
    says = "Any 2xx within 10 seconds; otherwise it is tried 2 more times."
    described = {
        "summary": f"{event.name}:{verb}",
        "requestBody": {"content": {"application/json": {"schema": payload}}},
        "responses": {"2XX": {"description": says}},
        "x-evidence": evidenced(event.evidence),
    }
    return {"post": described}


def same(path: str, other: str) -> bool:
    """Whether two paths differ in the names of their parameters only, which OpenAPI forbids."""
    return re.sub(r"\{.*?\}", "{}", path) == re.sub(r"\{.*?\}", "{}", other)


def renamed(operation: Operation, path: str, parameters: list[Schema]) -> Schema:
    """An operation under the path that another one has, with its own kept beside."""
    names = dict(zip(operation.parameters, re.findall(r"\{(.*?)\}", path), strict=True))
    return {
        "parameters": [{**one, "name": names.get(one["name"], one["name"])} for one in parameters],
        "x-printed-path": operation.path,
    }


def operate(operation: Operation, created_status: int, known: Schema) -> Schema:
    evidence = operation.evidence
    shown = ", ".join(operation.scopes)
    described = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": f"Required scopes: {shown}" if shown else "No specific scope required",
        "parameters": parameters(operation),
        "responses": responses(operation, created_status, known),
        "x-evidence": evidenced(evidence),
        "x-scopes": list(operation.scopes),
    }
    if operation.listing:
        described["x-table-evidence"] = evidenced(operation.listing.evidence)
    if operation.body:
        described["requestBody"] = request_body(operation)
    return described


def evidenced(evidence: Evidence) -> Schema:
    return {"mark": evidence.mark, "source": evidence.source, **({"gap": evidence.gap} if evidence.gap else {})}


def responses(operation: Operation, created_status: int, known: Schema) -> Schema:
    status = str(created_status) if operation.method == "POST" else "200"
    answers = [
        "401", "429", "500", "503", *(["403"] if operation.scopes else []),
        *(["404"] if operation.parameters else []),
        *(["413", "415"] if operation.body else []),
        *(["422"] if operation.body or operation.find_by else []), "400",
    ]  # fmt: skip
    refused = {status: {"$ref": f"#/components/responses/{status}"} for status in sorted(answers)}
    return {status: success(operation, known), **refused}


def success(operation: Operation, known: Schema) -> Schema:
    name = operation.shape.__name__
    schema = ref(page_name(operation.shape) if operation.listing else name)
    says = f"The cursor paginated collection of `{name}`" if operation.listing else f"`{name}`"
    content = {"schema": schema, "example": example(schema, known)}
    return {"description": says, "headers": HINT, "content": {"application/json": content}}


RATE: Schema = {
    name: {"schema": {"type": "integer"}, "description": says}
    for name, says in (
        ("X-RateLimit-Limit", "Requests allowed in a window"),
        ("X-RateLimit-Remaining", "Requests left in it"),
        ("X-RateLimit-Reset", "Unix time at which it ends"),
        ("Retry-After", "Seconds until then"),
    )
}
HINT: Schema = {"X-Fake-Hint": {"$ref": "#/components/headers/Hint"}}


def refusal(status: str, description: str, message: str) -> Schema:
    content = {"schema": ref("Message"), "example": {"message": message}}
    headers = {**HINT, **RATE} if status == "429" else HINT
    return {"description": description, "headers": headers, "content": {"application/json": content}}


def invalid() -> Schema:
    message = "The title field is required."
    content = {"schema": ref("Invalid"), "example": {"message": message, "errors": {"title": [message]}}}
    return {"description": "Validation error", "headers": HINT, "content": {"application/json": content}}
