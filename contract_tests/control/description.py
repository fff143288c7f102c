"""The description as it is served, and what does not fulfil it."""

from functools import cache
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator, oas31_format_checker

from contract_tests.control.own_server import ask, shared
from contract_tests.expected import Json
from fake_server.declare.operation import Operation
from fake_server.resources import OPERATIONS


@cache
def description() -> Json:
    found: Json = ask(shared(), "GET", "/openapi.json").json()
    return found


def described_path(operation: Operation) -> str:
    """OpenAPI allows one name for a place in a path: what is printed as {task} is described as {id}."""
    return operation.path.replace("{task}", "{id}")


def described(operation: Operation) -> Json:
    found: Json = description()["paths"][described_path(operation)][operation.method.lower()]
    return found


def resolved(part: Json) -> Json:
    """What a $ref of the description leads to."""
    while "$ref" in part:
        start, *steps = part["$ref"].split("/")
        assert start == "#"
        part = description()
        for step in steps:
            part = part[step]
    return part


def faults(schema: Json, value: Any) -> list[str]:
    """Everything in which a value does not fulfil a schema of the description."""
    whole = {"components": description()["components"], **schema}
    errors = OAS31Validator(whole, format_checker=oas31_format_checker).iter_errors(value)
    return [f"{error.json_path}: {error.message}" for error in errors]


each_operation = pytest.mark.parametrize("name", OPERATIONS)
