"""What the sections declare, as requests to make."""

from collections.abc import Mapping
from typing import Any

import httpx2

from contract_tests.client import Api
from fake_server.declare.body import Body, FileBody
from fake_server.declare.fields import BodyField
from fake_server.declare.operation import Operation
from fake_server.resources import OPERATIONS

LISTINGS = {name: operation for name, operation in OPERATIONS.items() if operation.listing is not None}


def record_of(api: Api, kind: str) -> Any:
    """The first record that the kind's own list shows."""
    return api.data(next(one.path for one in LISTINGS.values() if one.kind == kind and not one.parameters))[0]


def path_of(api: Api, operation: Operation, named: str | None = None) -> str:
    """The operation's path; its parameter names the first record of its kind, unless another text is given."""
    if not operation.parameters:
        return operation.path
    named = named or record_of(api, operation.parent or operation.kind)["id"]
    return operation.path.replace(f"{{{operation.parameters[0]}}}", named)


def content_of(api: Api, operation: Operation) -> Mapping[str, Any]:
    """The smallest body that the operation takes, as arguments of a request."""
    if isinstance(operation.body, FileBody):
        return {"files": {operation.body.name: ("note.txt", b"content", "text/plain")}}
    if isinstance(operation.body, Body):
        required = [field for field in operation.body.fields if field.required]
        return {"json": {field.name: field.example or record_id(api, field) or "x" for field in required}}
    return {}


def record_id(api: Api, field: BodyField) -> Any:
    return record_of(api, field.to)["id"] if field.to else None


def call(
    api: Api, operation: Operation, params: Any = None, named: str | None = None, **more: Any
) -> httpx2.Response:
    """The operation asked for with a body that is good, unless `more` brings another."""
    content = more if {"json", "content", "files"} & set(more) else {**content_of(api, operation), **more}
    return api.ask(operation.method, path_of(api, operation, named), params, **content)
