"""--control-token: who does not send it can ask the control routes nothing, and nobody else gets to know it."""

import json
import logging
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from contract_tests.client import NOW
from contract_tests.commands import command_calls
from contract_tests.commands.command_calls import SERVER, Command, Outcome
from contract_tests.control.routes import EVERY
from contract_tests.handle import handles
from contract_tests.handle.every_verb import script
from contract_tests.handle.handles import sentence
from contract_tests.plugin import plugin_runs
from contract_tests.plugin.plugin_runs import STRICT
from contract_tests.processes import Process
from fake_server import FakeServer, connect
from fake_server.flags import read
from fake_server.settings import UsageError, checked, flag, variable

pytestmark = pytest.mark.proves("README: Security")
pytest_plugins = ["pytester"]

TOKEN = "open-sesame"
HEADER = "X-Fake-Control-Token"
VARIABLE = "KANBERT_FAKE_CONTROL_TOKEN"
SETTINGS = {"control_token": TOKEN}
OPEN = {"/", "/health", "/ready", "/docs", "/openapi.json", "/control.json"}
NEEDED = (
    "This fake was started with --control-token: send the token in the header X-Fake-Control-Token. Handles take "
    "control_token, commands and pytest the variable KANBERT_FAKE_CONTROL_TOKEN."
)
WRONG = "The header X-Fake-Control-Token has another token than the one with which this fake was started."
CLOSED = [(method, path) for method, path in EVERY if path not in OPEN]

server, alone, call = handles.server, command_calls.alone, command_calls.call


@pytest.fixture
def http(server: FakeServer) -> Iterator[httpx2.Client]:
    with httpx2.Client(base_url=f"{server.base_url}/_fake", verify=False, trust_env=False) as client:
        yield client


# ---------------------------------------------------------------- the routes


@pytest.mark.parametrize("method, path", CLOSED)
def test_nothing_is_done_without_it(http: httpx2.Client, method: str, path: str) -> None:
    answer = http.request(method, path.format(name="n", kind="task", id="1", token="t"))
    refused = {"title": "No control token", "detail": NEEDED, "status": 401}
    assert (answer.status_code, answer.json()) == (401, refused)


@pytest.mark.parametrize("sent", ["open-sesam", f"{TOKEN}s", TOKEN.upper(), "", "\xfc"])
def test_nothing_is_done_with_another_one(http: httpx2.Client, sent: str) -> None:
    """Least of all where it was sent as the bearer token, which is another."""
    headers = {HEADER.encode(): sent.encode("latin-1"), b"Authorization": f"Bearer {TOKEN}".encode()}
    answer = http.post("/reset", headers=headers)
    refused = {"title": "Wrong control token", "detail": WRONG, "status": 401}
    assert (answer.status_code, answer.json()) == (401, refused)


@pytest.mark.parametrize("path", sorted(OPEN))
def test_what_knows_no_world_is_told_everybody(http: httpx2.Client, path: str) -> None:
    assert http.get(path).status_code in (200, 307)


def test_the_bearer_token_still_chooses_the_world(server: FakeServer, http: httpx2.Client) -> None:
    with server.worlds.new("apart") as apart:
        headers = {HEADER: TOKEN, "Authorization": f"Bearer {apart.token}"}
        assert http.get("/ready", headers=headers).json()["world"] == "apart"
        server.worlds.rm("apart")


def test_the_service_asks_for_none(server: FakeServer) -> None:
    assert server.client.get("/tasks").status_code == 200


def test_a_server_without_one_takes_any() -> None:
    with FakeServer(world="empty") as open_to_all, connect(open_to_all.url, control_token="any") as handle:
        assert handle.clock.mode == "real"


# ---------------------------------------------------------------- who carries it


def test_a_handle_needs_it(server: FakeServer) -> None:
    assert sentence(connect(server.url).worlds.list) == NEEDED
    assert sentence(connect(server.url, control_token="wrong").worlds.list) == WRONG


def test_what_no_header_can_carry_is_refused_and_not_repeated(server: FakeServer, call: Command) -> None:
    says = "The control token cannot be sent: it has 1 to 4096 printable ASCII characters and no space."
    for given in ("ü", "two words", "line\n", "t" * 4097):
        assert sentence(connect, server.url, control_token=given) == says
        for command in ("reset", "listen"):
            assert call(command, "--control-token", given) == Outcome(2, "", f"kanbert-fake: {says}\n")


def test_a_handle_hands_it_on_to_all_that_it_makes(server: FakeServer) -> None:
    with connect(server.url, control_token=TOKEN) as handle, handle.branch() as branch, branch.inbox() as inbox:
        branch.clock.resume()
        task = branch.make("task", title="Told", emit=True)
        assert inbox.wait_for("task:create", id=task["id"])["data"]["title"] == "Told"


def test_a_script_of_every_verb_sees_the_same_with_it(server: FakeServer, tmp_path: Path) -> None:
    seen = []
    with FakeServer(world="small", now=NOW) as without, server.worlds.new() as own:
        with connect(server.url, own.token, control_token=TOKEN) as handle:
            for number, fake in enumerate((without, handle)):
                folder = tmp_path / str(number)
                folder.mkdir()
                seen.append(script(fake, folder))
        server.worlds.rm(own.name)
    assert seen[0] == seen[1]


def test_no_client_of_the_service_is_given_it(server: FakeServer) -> None:
    assert HEADER.lower() not in server.client.headers


def test_commands_take_it_from_flag_or_variable(server: FakeServer, call: Command) -> None:
    done = Outcome(0, "world=default tasks=3\n", "")
    at = ("--server", server.base_url)
    assert call("reset", *at) == Outcome(1, "", f"kanbert-fake: {NEEDED}\n")
    assert call("reset", *at, "--control-token", TOKEN) == done
    assert call("world", "new", *at, "--control-token", TOKEN, "--name", "w").code == 0
    assert call("world", "rm", "w", *at, **{VARIABLE: TOKEN}).code == 0
    assert call("reset", *at, **{VARIABLE: TOKEN}) == done
    assert call("reset", *at, "--control-token", "other").stderr == f"kanbert-fake: {WRONG}\n"


def test_the_health_check_needs_none(server: FakeServer, call: Command) -> None:
    assert call("healthcheck", **{SERVER: server.base_url}).code == 0


def test_exec_hands_it_to_the_commands_of_its_command() -> None:
    reset = (sys.executable, "-m", "fake_server", "reset")
    with Process("exec", "--world", "small", "--control-token", TOKEN, "--", *reset) as process:
        assert process.outcome() == (0, "world=default tasks=3\n", "")


def test_listen_takes_it_from_flag_or_variable(server: FakeServer) -> None:
    at = ("listen", "--server", server.base_url)
    with Process(*at) as process:
        assert process.outcome() == (2, "", f"kanbert-fake: {NEEDED}\n")
    for arguments, variables in (((*at, "--control-token", TOKEN), {}), (at, {VARIABLE: TOKEN})):
        with Process(*arguments, **variables) as process:
            assert "Ready." in process.line()


# ---------------------------------------------------------------- pytest


@pytest.fixture
def suite(pytester: pytest.Pytester, server: FakeServer, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    monkeypatch.delenv(VARIABLE, raising=False)
    pytester.makeini(f"[pytest]\nkanbert_url = {server.base_url}")
    pytester.makepyfile("def test_one(kanbert): assert kanbert.make('task')")
    return pytester


loaded = plugin_runs.loaded


def test_the_plugin_takes_it_from_option_or_variable(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    suite.runpytest_inprocess(*STRICT, "--kanbert-control-token", TOKEN).assert_outcomes(passed=1)
    monkeypatch.setenv(VARIABLE, TOKEN)
    suite.runpytest_inprocess(*STRICT).assert_outcomes(passed=1)


def test_without_it_no_test_is_begun(suite: pytest.Pytester) -> None:
    result = suite.runpytest_inprocess(*STRICT)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line for line in result.errlines if line] == [f"ERROR: --kanbert-url: {NEEDED}"]


def test_a_server_of_the_session_may_have_one(pytester: pytest.Pytester) -> None:
    settings = f"def kanbert_settings(): return {{'control_token': '{TOKEN}'}}"
    pytester.makeconftest(f"import pytest\n@pytest.fixture(scope='session')\n{settings}")
    pytester.makepyfile("def test_one(kanbert): assert kanbert.make('task')")
    pytester.runpytest_inprocess(*STRICT).assert_outcomes(passed=1)


# ---------------------------------------------------------------- who does not get to know it


def test_it_is_in_no_answer_and_no_log(server: FakeServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.client.get("/tasks", headers={HEADER: TOKEN})
    server.client.post("/tasks", json={}, headers={HEADER: TOKEN})
    server.make("task", emit=True)
    told = [server.requests.all(), server.worlds.list(), server.export(), server.deliveries.all(), server.coverage()]
    assert TOKEN not in json.dumps(told) + repr(server) + caplog.text
    assert server.requests.count() >= 2


TOKEN_RULE = "it has 1 to 4096 printable ASCII characters and no space"


@pytest.mark.parametrize("name, several, rule, given", [
    *((name, name == "token", TOKEN_RULE, given) for name in ("control_token", "token")
      for given in ("two words", "ü", "t" * 4097)),
    ("webhook_secret", False, "it is a text of at least 1 character", ""),
])  # fmt: skip
def test_a_secret_that_cannot_be_is_not_repeated(name: str, several: bool, rule: str, given: str) -> None:
    """Nor are good ones that stand beside it."""
    with pytest.raises(UsageError) as refused:
        checked({name: ["good", given] if several else given})
    assert str(refused.value) == f"{flag(name)} / {variable(name)} cannot be what was given: {rule}."


def test_an_empty_token_is_none() -> None:
    assert read([], {VARIABLE: ""}).control_token == ""


def test_every_log_line_of_a_server_keeps_it_to_itself(tmp_path: Path) -> None:
    flags = ("--port", "0", "--world", "small", "--log-requests", "--now", NOW)
    with Process(*flags, **{VARIABLE: TOKEN}) as process:
        with connect(process.ready().url, control_token=TOKEN) as handle:
            handle.client.get("/tasks", headers={HEADER: TOKEN})
            handle.export(tmp_path / "world.yaml")
        outcome, _ = process.stop()
    assert "GET /api/v1/tasks 200" in outcome.stderr
    assert TOKEN not in outcome.stderr + outcome.stdout + (tmp_path / "world.yaml").read_text()
