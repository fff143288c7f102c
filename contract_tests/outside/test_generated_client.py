"""A client that openapi-python-client makes of the description answers for every operation of it."""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from contract_tests.client import NOW
from contract_tests.expected import BRIEF
from fake_server import FakeServer, Handle
from fake_server.resources import OPERATIONS

pytestmark = [pytest.mark.slow, pytest.mark.proves("README: Clients made by a generator")]

CALLS = Path(__file__).with_name("every_operation.py")
PACKAGE = "kanbert_api"
# Formatting what was made would need a program on the path.
CONFIG = {"package_name_override": PACKAGE, "post_hooks": []}


def run(*arguments: str, **variables: str) -> None:
    """A Python tool that must succeed."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the package is; a warning of the generator is an error."""
    folder = tmp_path_factory.mktemp("generated")
    document, config = folder / "openapi.json", folder / "config.json"
    run("fake_server", "openapi", "--output", str(document))
    config.write_text(json.dumps(CONFIG))
    run(
        "openapi_python_client", "generate", "--path", str(document), "--config", str(config),
        "--meta", "none", "--output-path", str(folder / PACKAGE), "--fail-on-warning",
    )  # fmt: skip
    return folder


@pytest.fixture(scope="module")
def calls(generated: Path) -> Iterator[ModuleType]:
    """One function for each operation, over the generated package."""
    pytest.register_assert_rewrite("contract_tests.outside.every_operation")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(generated))
        yield importlib.import_module("contract_tests.outside.every_operation")


@pytest.fixture
def small() -> Iterator[Handle]:
    with FakeServer(world="small", now=NOW, check_answers=True) as kanbert:
        yield kanbert


def client(calls: ModuleType, kanbert: Handle) -> Any:
    return calls.AuthenticatedClient(kanbert.url, token=kanbert.token, raise_on_unexpected_status=True)


@pytest.mark.parametrize("name", OPERATIONS)
def test_an_operation_takes_types_and_answers_models(calls: ModuleType, small: Handle, name: str) -> None:
    with client(calls, small) as asking:
        getattr(calls, name.replace(".", "_"))(asking)
    small.requests.assert_called(name, status=200)
    # Nothing that was good was strange to the fake.
    assert [one["hint"] for one in small.requests.all(status=200) if one["hint"]] == []


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 415, 422, 429, 500, 503])
def test_a_refusal_is_a_model(calls: ModuleType, small: Handle, status: int) -> None:
    small.faults.add("tasks.update", status=status)
    with client(calls, small) as asking:
        answer = calls.update_task.sync_detailed(BRIEF, client=asking, body=calls.TasksUpdateBody())
    assert answer.status_code == status
    assert type(answer.parsed) is (calls.Invalid if status == 422 else calls.Message)
    assert answer.parsed.to_dict() == json.loads(answer.content)


def test_the_types_of_the_calls_hold(generated: Path) -> None:
    # The package's own code is not under test.
    strictly = ("--strict", "--follow-imports", "silent", "--cache-dir", str(generated / "mypy"))
    run("mypy", *strictly, "--config-file", os.devnull, str(CALLS), MYPYPATH=str(generated))
