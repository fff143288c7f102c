"""The description of the service: valid, whole, and with examples that fulfil it."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

import pytest
from openapi_spec_validator import validate

from contract_tests.client import Api
from contract_tests.control import own_server
from contract_tests.control.description import (
    described,
    described_path,
    description,
    each_operation,
    faults,
    resolved,
)
from contract_tests.declared import LISTINGS, path_of
from contract_tests.expected import Json
from fake_server.resources import OPERATIONS

pytestmark = pytest.mark.proves("README: Control API")

fake = own_server.fake


def parts(value: Any) -> Iterator[Json]:
    """Every object inside a JSON value."""
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from parts(part)


def test_the_description_is_valid_openapi_3_1() -> None:
    assert description()["openapi"].startswith("3.1.")
    validate(description())


@pytest.mark.proves("README: What is answered")
def test_the_description_says_what_is_served_and_nothing_else() -> None:
    found = {
        (operation["operationId"], method.upper(), path)
        for path, methods in description()["paths"].items()
        for method, operation in methods.items()
    }
    assert found == {(name, operation.method, described_path(operation)) for name, operation in OPERATIONS.items()}


def test_every_reference_inside_the_description_leads_somewhere() -> None:
    found = [part["$ref"] for part in parts(description()) if isinstance(part.get("$ref"), str)]
    assert len(found) > len(OPERATIONS)
    for ref in found:
        assert resolved({"$ref": ref}), ref


def test_nothing_that_is_described_is_never_used() -> None:
    used = {part["$ref"] for part in parts(description()) if isinstance(part.get("$ref"), str)}
    known = {
        f"#/components/{kind}/{name}"
        for kind, named in description()["components"].items()
        for name in named
        if kind != "securitySchemes"
    }
    assert known - used == set()


@pytest.mark.proves("service.base-url")
def test_the_paths_are_below_the_server_that_the_description_names() -> None:
    [named] = description()["servers"]
    assert urljoin("http://fake.test/_fake/openapi.json", named["url"]) == "http://fake.test/api/v1"


@pytest.mark.proves("README: What is answered")
@each_operation
def test_every_operation_says_how_it_is_known(name: str) -> None:
    evidence = described(OPERATIONS[name])["x-evidence"]
    assert evidence["mark"] in ("documented", "inferred", "chosen")
    assert set(evidence) <= {"mark", "source", "gap"}
    assert evidence["source"]


@each_operation
def test_every_operation_has_a_summary_a_tag_and_its_parameters(name: str) -> None:
    operation, found = OPERATIONS[name], described(OPERATIONS[name])
    in_path = [parameter["name"] for parameter in found["parameters"] if parameter["in"] == "path"]
    known = [tag["name"] for tag in description()["tags"]]
    assert found["summary"]
    assert [tag for tag in found["tags"] if tag in known] == found["tags"] != []
    assert in_path == re.findall(r"\{(\w+)\}", described_path(operation))
    assert found.get("x-printed-path", operation.path) == operation.path


@each_operation
def test_every_answer_has_an_example_that_fulfils_its_own_schema(name: str) -> None:
    for status, answer in described(OPERATIONS[name])["responses"].items():
        [content] = resolved(answer)["content"].values()
        assert faults(content["schema"], content["example"]) == [], status


@pytest.mark.parametrize("name", [name for name, operation in OPERATIONS.items() if operation.body])
def test_every_body_has_an_example_that_fulfils_its_own_schema(name: str) -> None:
    operation = OPERATIONS[name]
    for mime, content in described(operation)["requestBody"]["content"].items():
        if mime == "application/json":
            assert faults(content["schema"], content["example"]) == []
        else:
            assert mime == "multipart/form-data"
            assert content["schema"]["required"] == list(content["schema"]["properties"])


@pytest.mark.parametrize("name", LISTINGS)
def test_the_examples_of_a_lists_parameters_can_be_asked_for(fake: Api, name: str) -> None:
    examples = [one for one in described(OPERATIONS[name])["parameters"] if "example" in one]
    for one in examples:
        answer = fake.get(path_of(fake, OPERATIONS[name]), {one["name"]: one["example"]})
        assert (answer.status_code, faults(one["schema"], one["example"])) == (200, []), answer.text
