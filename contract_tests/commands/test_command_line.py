"""The command line: switches, the ready line, exit codes and signals, seen from outside the process."""

import json
import re
import signal
import socket
import tomllib
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

import httpx2
import pytest

from contract_tests.commands import command_calls
from contract_tests.commands.command_calls import Command
from contract_tests.control.world_files import PEOPLE
from contract_tests.processes import ROOT, Process, free_port
from fake_server.flags import read
from fake_server.server import FakeServer
from fake_server.settings import Settings, UsageError, flag, variable

pytestmark = pytest.mark.proves("README: Settings")

TOKEN = {"Authorization": "Bearer any"}


@pytest.fixture
def own(tmp_path: Path) -> str:
    """The path of a world of one's own."""
    path = tmp_path / "own.yaml"
    path.write_text(PEOPLE)
    return str(path)


alone, call, program = command_calls.alone, command_calls.call, command_calls.program


# ---------------------------------------------------------------- settings: flags, variables, defaults

DIFFERENT = {
    "host": ("::1", "0.0.0.0"),
    "port": (80, 81),
    "world": ("small", "empty"),
    "tasks": (5, 6),
    "seed": (7, -8),
    "now": ("2026-01-31", "2026-01-31T10:00:00Z"),
    "time_zone": ("Europe/Vienna", "Asia/Tokyo"),
    "public_url": ("http://a.test", "https://b.test/fake"),
    "control_host": (["a.test"], ["*"]),
    "control_token": ("one", "two"),
    "max_connections": (1, 5000),
    "token": (["a"], ["b"]),
    "strict_auth": (True, False),
    "rate_limit": (60, 61),
    "max_page_size": (100, 101),
    "webhook_private": (False, True),
    "webhook_url": (["http://a.test/hook"], ["https://b.test:8443/?x=1"]),
    "webhook_secret": ("one", "two"),
    "webhook_window": (2.5, 0),
    "webhook_timeout": (0.5, 86400),
    "webhook_tries": (1, 10),
    "webhook_backoff": ([5], [0.25]),
    "webhook_header": ("X-Signature", "signature"),
    "webhook_id_header": ("X-Delivery", "Delivery-Id"),
    "journal": (500, 20),
    "strict_worlds": (True, False),
    "created_status": (201, 200),
    "check_answers": (True, False),
    "log_format": ("json", "text"),
    "log_requests": (True, False),
}
"""Two values of every setting, of which the first is not its default."""


def as_flags(name: str, value: Any) -> list[str]:
    if isinstance(value, bool):
        return [flag(name if value else f"no_{name}")]
    return [flag(name), str(value[0] if isinstance(value, list) else value)]


def as_variable(name: str, value: Any) -> dict[str, str]:
    return {variable(name): str(value[0] if isinstance(value, list) else value)}


def test_every_setting_is_covered_here() -> None:
    assert set(DIFFERENT) == set(Settings.model_fields)


@pytest.mark.parametrize("name", DIFFERENT)
def test_every_setting_is_a_flag_and_a_variable(name: str) -> None:
    value, _ = DIFFERENT[name]
    assert getattr(read([], {}), name) == Settings.model_fields[name].default != value
    assert getattr(read(as_flags(name, value), {}), name) == value
    assert getattr(read([], as_variable(name, value)), name) == value


@pytest.mark.parametrize("name", DIFFERENT)
def test_a_flag_beats_its_variable(name: str) -> None:
    for one, other in (DIFFERENT[name], DIFFERENT[name][::-1]):
        assert getattr(read(as_flags(name, one), as_variable(name, other)), name) == one


@pytest.mark.parametrize("name", DIFFERENT)
def test_an_empty_variable_is_as_good_as_none(name: str) -> None:
    assert read([], {variable(name): ""}) == Settings()


@pytest.mark.parametrize(
    "variables, arguments, port",
    [
        ({}, [], 5262),
        ({"PORT": "80"}, [], 80),
        ({"PORT": "80", "KANBERT_FAKE_PORT": "81"}, [], 81),
        ({"PORT": "80", "KANBERT_FAKE_PORT": ""}, [], 80),
        ({"PORT": "80", "KANBERT_FAKE_PORT": "81"}, ["--port", "82"], 82),
        ({"PORT": "80"}, ["--port=0"], 0),
        ({"PORT": ""}, [], 5262),
    ],
)
def test_bare_port_counts_where_nothing_more_precise_does(
    variables: dict[str, str], arguments: list[str], port: int
) -> None:
    assert read(arguments, variables).port == port


SEVERAL: dict[str, list[Any]] = {
    "control_host": ["a.test", "b.test"],
    "token": ["a", "b"],
    "webhook_url": ["http://a.test/hook", "https://[::1]:8443/?x=1"],
    "webhook_backoff": [1, 2.5, 0],
}


@pytest.mark.parametrize("name", SEVERAL)
def test_a_repeatable_flag_is_a_variable_with_commas(name: str) -> None:
    words = [str(value) for value in SEVERAL[name]]
    ways = (
        read([part for word in words for part in (flag(name), word)], {}),
        read([], {variable(name): ",".join(words)}),
        read([], {variable(name): f" {' , '.join(words)},"}),
    )
    assert [getattr(settings, name) for settings in ways] == [SEVERAL[name]] * 3


def test_every_repeatable_flag_is_covered_here() -> None:
    lists = [name for name, field in Settings.model_fields.items() if isinstance(field.default, list)]
    assert list(SEVERAL) == lists


def test_foreign_variables_are_none_of_its_business() -> None:
    assert read([], {"KANBERT_URL": "x", "FAKE_PORT": "1", "kanbert_fake_port": "1"}) == Settings()


@pytest.mark.parametrize(
    "arguments, variables, unknown, near",
    [
        (["--prot", "1"], {}, "--prot", "--port"),
        (["--prot=1"], {}, "--prot=1", "--port"),
        (["--strict"], {}, "--strict", "--strict-auth"),
        (["-p", "1"], {}, "-p", "--port"),
        (["healthchek"], {}, "healthchek", "healthcheck"),
        ([], {"KANBERT_FAKE_PROT": "1"}, "variable KANBERT_FAKE_PROT", "KANBERT_FAKE_PORT"),
        ([], {"KANBERT_FAKE_TOKENS": "a"}, "variable KANBERT_FAKE_TOKENS", "KANBERT_FAKE_TOKEN"),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest_valid_one(
    arguments: list[str], variables: dict[str, str], unknown: str, near: str
) -> None:
    with pytest.raises(UsageError) as refused:
        read(arguments, variables)
    assert str(refused.value) == f"There is no {unknown}; did you mean {near}?"


def test_a_flag_without_its_value_is_refused() -> None:
    with pytest.raises(UsageError) as refused:
        read(["--port"], {})
    assert str(refused.value) == "Argument --port: expected one argument; see kanbert-fake --help."


@pytest.mark.parametrize(
    "name, value, valid",
    [
        ("port", "abc", "whole number"),
        ("port", "-1", "at least 0"),
        ("port", "65536", "at most 65535"),
        ("tasks", "many", "whole number"),
        ("tasks", "-1", "at least 0"),
        ("tasks", "1000001", "at most 1000000"),
        ("seed", "own.yaml", "it is a number; the file of a world goes to --world"),
        ("now", "yesterday", "2026-01-31T10:00:00Z is one"),
        ("now", "2026-02-30", "2026-01-31T10:00:00Z is one"),
        ("time_zone", "Vienna", "Europe/Vienna"),
        ("time_zone", "Europe/Berln", "Europe/Berlin"),
        ("time_zone", "../etc/localtime", "no time zone"),
        ("strict_auth", "perhaps", "true or false"),
        ("rate_limit", "-1", "at least 0"),
        ("max_page_size", "0", "at least 1"),
        ("created_status", "204", "200, 201"),
        ("log_format", "xml", "text, json"),
    ],
)
def test_a_bad_value_is_refused_with_what_would_be_valid(name: str, value: str, valid: str) -> None:
    with pytest.raises(UsageError) as refused:
        read([], {variable(name): value})
    sentence = str(refused.value)
    beginning = rf"{flag(name)} / {variable(name)} cannot be '?{re.escape(value)}'?: "
    assert re.fullmatch(beginning + r".+\w'?[.?]", sentence), sentence
    assert valid in sentence


NO_URL = "is no absolute URL of http or https; http://127.0.0.1:8000/hook is one"
NO_HEADER = "it is the name of a header, such as Signature"
NO_SECONDS = "it is seconds, such as 10,100"


@pytest.mark.parametrize(
    "name, value, shown, why",
    [
        ("webhook_url", "ftp://a.test/", ["ftp://a.test/"], f"ftp://a.test/ {NO_URL}"),
        ("webhook_url", "a.test/hook", ["a.test/hook"], f"a.test/hook {NO_URL}"),
        ("webhook_url", "http://", ["http://"], f"http:// {NO_URL}"),
        ("webhook_url", "http://a b", ["http://a b"], f"http://a b {NO_URL}"),
        ("webhook_url", "http://a:99999", ["http://a:99999"], f"http://a:99999 {NO_URL}"),
        ("webhook_window", "soon", "soon", "it is a number"),
        ("webhook_window", "-1", "-1", "it is at least 0"),
        ("webhook_window", "86401", "86401", "it is at most 86400"),
        ("webhook_timeout", "x", "x", "it is a number"),
        ("webhook_timeout", "0", "0", "it is more than 0"),
        ("webhook_timeout", "inf", "inf", "it is at most 86400"),
        ("webhook_tries", "2.5", "2.5", "it is a whole number"),
        ("webhook_tries", "0", "0", "it is at least 1"),
        ("webhook_tries", "11", "11", "it is at most 10"),
        ("webhook_backoff", "10s", "10s", "it is a number"),
        ("webhook_backoff", "-1", ["-1"], NO_SECONDS),
        ("webhook_backoff", "nan", ["nan"], NO_SECONDS),
        ("webhook_backoff", "99999999999", ["99999999999"], NO_SECONDS),
        ("webhook_header", "", "", NO_HEADER),
        ("webhook_header", "X Signature", "X Signature", NO_HEADER),
        ("webhook_header", "X-Ünlesbar", "X-Ünlesbar", NO_HEADER),
        ("webhook_id_header", "X-Id:", "X-Id:", NO_HEADER),
    ],
)
def test_a_bad_value_for_webhooks_is_refused_in_one_sentence(name: str, value: str, shown: Any, why: str) -> None:
    with pytest.raises(UsageError) as refused:
        read([f"{flag(name)}={value}"], {})
    assert str(refused.value) == f"{flag(name)} / {variable(name)} cannot be {shown!r}: {why}."


def test_one_bad_address_among_good_ones_is_named() -> None:
    with pytest.raises(UsageError) as refused:
        read([], {"KANBERT_FAKE_WEBHOOK_URL": "http://a.test,mailto:x@a.test"})
    assert str(refused.value).endswith(f": mailto:x@a.test {NO_URL}.")


# ---------------------------------------------------------------- the ready line


@pytest.mark.proves("README: On your desk")
def test_the_one_line_that_is_said_is_the_ready_line() -> None:
    port = free_port()
    with Process(PORT=str(port)) as process:
        process.ready()
        answer = httpx2.get(f"{process.url}/_fake/ready")
        httpx2.get(f"{process.url}/api/v1/whoami", headers=TOKEN)
        outcome, _ = process.stop()
    assert (process.url, process.world, process.tasks) == (f"http://127.0.0.1:{port}", "demo", 150)
    assert answer.json() == {"status": "ready", "world": "default", "seed": "demo", "tasks": 150}
    assert outcome == (0, "", "")


def test_a_flag_beats_a_variable_and_the_address_said_is_the_one_it_listens_on() -> None:
    if not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    variables = {"KANBERT_FAKE_WORLD": "empty", "KANBERT_FAKE_TASKS": "20"}
    with Process("--port", "0", "--host", "::1", "--world", "small", **variables) as process:
        assert process.ready().url == f"http://[::1]:{process.port}"
        assert (process.world, process.tasks) == ("small", 20)
        assert httpx2.get(f"{process.url}/_fake/health").status_code == 200


# ---------------------------------------------------------------- exit code 2: it cannot be obeyed


@pytest.mark.parametrize(
    "arguments, variables, sentence",
    [
        (["--prot", "1"], {}, "There is no --prot; did you mean --port?"),
        ([], {"KANBERT_FAKE_SEDE": "1"}, "There is no variable KANBERT_FAKE_SEDE; "),
        ([], {"KANBERT_FAKE_PORT": "http"}, "--port / KANBERT_FAKE_PORT cannot be 'http': "),
        (["--world", "smal"], {}, "There is no world smal: did you mean small? "),
        (["--host", "::zz"], {}, "Cannot listen on ::zz port 5262: "),
    ],
)
def test_what_cannot_be_obeyed_is_one_sentence_and_exit_code_2(
    program: Command, arguments: list[str], variables: dict[str, str], sentence: str
) -> None:
    code, stdout, stderr = program(*arguments, **variables)
    assert (code, stdout, stderr.count("\n")) == (2, "", 1)
    assert stderr.startswith(f"kanbert-fake: {sentence}")


def test_a_port_in_use_is_one_sentence_and_exit_code_2() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with Process("--port", str(port)) as process:
            outcome = process.outcome()
    why = f"Cannot listen on 127.0.0.1 port {port}: Address already in use"
    assert outcome == (2, "", f"kanbert-fake: {why}; choose another with --port, or 0 for a free one.\n")


# ---------------------------------------------------------------- exit code 1: a world that fails

FAILING = {
    "bad YAML": ("clients:\n  - {name: A\n", 9, "did not find expected ',' or '}' (column 1)."),
    "unknown kind": ("clienst:\n  - {name: A}\n", 7, "unknown kind clienst; did you mean clients?"),
    "unknown field": ("clients:\n  - {name: A, segmnt: A}\n", 8,
                      "client has no field segmnt; did you mean segment?"),
    "unknown ref": ("clients:\n  - {name: A}\n  - {name: B, primary_contact: bto}\n", 9,
                    "there is no user bto above; did you mean bot?"),
    "duplicate": ("  - {slug: own, user: bot}\n", 7, "another integration has slug own"),
    "wrong type": ("clients:\n  - name: A\n    segment: 5\n", 8, "segment cannot be 5"),
    "unforeseen": ("grow: 5\n", 7, "grow"),
}  # fmt: skip
"""What comes after a good beginning, the line that is to blame, and what is said about it."""


@pytest.mark.proves("README: Another world")
@pytest.mark.parametrize("name", FAILING)
def test_a_world_that_fails_is_exit_code_1_with_file_and_line(program: Command, tmp_path: Path, name: str) -> None:
    content, line, why = FAILING[name]
    path = tmp_path / "broken.yaml"
    path.write_text(PEOPLE + content)
    code, stdout, stderr = program("--port", "0", "--world", str(path))
    assert (code, stdout, stderr.count("\n")) == (1, "", 1), stderr
    assert stderr.startswith(f"kanbert-fake: {path}:{line}: ")
    assert why in stderr


def test_a_process_whose_world_fails_ends(tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(PEOPLE + "clienst: []\n")
    with Process("--port", "0", "--world", str(path)) as process:
        outcome = process.outcome()
    assert outcome == (1, "", f"kanbert-fake: {path}:7: unknown kind clienst; did you mean clients?\n")


# ---------------------------------------------------------------- while the world is being loaded

LARGE = ("--tasks", "1000000")


def answered(connection: socket.socket, path: str) -> httpx2.Response:
    """The answer to a GET on a connection of one's own."""
    head = f"GET {path} HTTP/1.1\r\nHost: fake\r\nAuthorization: Bearer any\r\nConnection: close\r\n\r\n"
    connection.sendall(head.encode())
    received = b"".join(iter(lambda: connection.recv(65536), b""))
    top, _, body = received.partition(b"\r\n\r\n")
    status, *lines = top.decode("latin-1").split("\r\n")
    headers = [(name, value) for name, _, value in (line.partition(": ") for line in lines)]
    return httpx2.Response(int(status.split()[1]), headers=headers, content=body)


def test_while_a_world_is_loading_it_is_healthy_but_not_ready_and_ends_when_it_is_told(call: Command) -> None:
    port = free_port()
    with Process("--port", str(port), *LARGE) as process, process.connect(port) as first:
        health = answered(first, "/_fake/health")
        with process.connect(port) as second, process.connect(port) as third:
            ready, api = answered(second, "/_fake/ready"), answered(third, "/api/v1/tasks")
        checked = call("healthcheck", "--port", str(port))
        outcome, seconds = process.stop()
    waiting = {"title": "Not ready", "detail": "The world demo is being loaded.", "status": 503}
    assert (health.status_code, health.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (503, waiting)
    assert (api.status_code, api.json()) == (503, {"message": "Service Unavailable"})
    assert api.headers["X-Fake-Hint"] == "The world is being loaded: wait for GET /_fake/ready."
    assert (checked.code, json.loads(checked.stdout), checked.stderr) == (1, waiting, "")
    assert outcome == (0, "", "")
    assert seconds < 1


def test_sigterm_is_obeyed_from_the_moment_it_listens() -> None:
    port = free_port()
    with Process("--port", str(port)) as process, process.connect(port):
        outcome, _ = process.stop()
    assert outcome == (0, "", "")


# ---------------------------------------------------------------- signals

POST = b"POST /api/v1/tasks HTTP/1.1\r\nHost: fake\r\nAuthorization: Bearer any\r\n"
OPEN = (
    b"",
    POST[:20],
    POST,
    POST + b'Content-Length: 100\r\n\r\n{"title": ',
    POST + b'Transfer-Encoding: chunked\r\n\r\n64\r\n{"title": ',
)
"""Requests of which the rest never comes."""


def test_an_interrupt_ends_it_though_connections_are_open() -> None:
    with Process("--port", "0", "--world", "small") as process, ExitStack() as stack:
        process.ready()
        for sent in OPEN:
            stack.enter_context(process.connect()).sendall(sent)
        idle = stack.enter_context(process.connect())
        idle.sendall(b"GET /_fake/health HTTP/1.1\r\nHost: fake\r\n\r\n")
        assert idle.recv(65536).startswith(b"HTTP/1.1 200 ")
        outcome, seconds = process.stop(signal.SIGINT)
    assert outcome == (0, "", "")
    assert seconds < 1


# ---------------------------------------------------------------- healthcheck, version, help


@pytest.mark.proves("README: Command line")
@pytest.mark.parametrize("more", [(), ("--json",)])
def test_healthcheck_asks_a_running_server_and_says_its_answer(call: Command, more: tuple[str, ...]) -> None:
    with FakeServer(world="small") as fake:
        port = fake.base_url.rpartition(":")[2]
        found = call("healthcheck", *more, KANBERT_FAKE_HOST="0.0.0.0", KANBERT_FAKE_PORT=port).json
    assert found == {"status": "ready", "world": "default", "seed": "small", "tasks": 3}


def test_healthcheck_fails_where_nothing_answers(call: Command) -> None:
    port = free_port()
    code, stdout, stderr = call("healthcheck", "--port", str(port))
    assert (code, stdout, stderr.count("\n")) == (1, "", 1)
    assert stderr.startswith(f"kanbert-fake: nothing answers at 127.0.0.1 port {port}: ")


def test_version_is_that_of_the_distribution(call: Command) -> None:
    assert call("--version") == (0, f"{version('kanbert-fake-server')}\n", "")


def test_help_names_every_flag_and_variable_and_the_other_ways_to_call_it(call: Command) -> None:
    code, stdout, stderr = call("--help")
    wanted = {spelled for name in Settings.model_fields for spelled in (flag(name), variable(name))}
    found = set(re.findall(r"[\w-]+", stdout))
    assert (code, stderr) == (0, "")
    assert {*wanted, "--version", "healthcheck"} - found == set()


def test_the_command_of_the_distribution_is_the_same() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["scripts"] == {"kanbert-fake": "fake_server.__main__:main"}


# ---------------------------------------------------------------- the log

ASKED = ["/api/v1/whoami", "/api/v1/tasks/none", "/api/v1/tasks/%0Aforged"]


def logged(world: str, *arguments: str) -> list[str]:
    """The lines of the log after the ready line, for requests of which one is sly."""
    with Process("--port", "0", "--world", world, *arguments) as process:
        assert process.ready().world == world
        for path in ASKED:
            httpx2.get(process.url + path, headers=TOKEN)
        outcome, _ = process.stop()
    return outcome.stderr.splitlines()


def test_log_requests_is_one_line_a_request_whatever_it_asks_for() -> None:
    lines = logged("small", "--log-requests")
    assert [line.split(" ")[0] for line in lines] == ["GET"] * len(ASKED), lines
    assert lines[0].split() == ["GET", "/api/v1/whoami", "200"]
    assert lines[1].startswith("GET /api/v1/tasks/none 404 There is no task with the id none")


def test_log_format_json_is_one_object_a_line_also_of_a_world_of_ones_own(own: str) -> None:
    found = [json.loads(line) for line in logged(own, "--log-requests", "--log-format", "json")]
    assert [(set(line), line["level"]) for line in found] == [({"level", "message"}, "info")] * len(ASKED)
    assert found[0]["message"].split() == ["GET", "/api/v1/whoami", "200"]


@pytest.mark.proves("tasks.upload.multipart")
def test_a_form_that_cannot_be_read_is_said_in_its_answer_only() -> None:
    form = {**TOKEN, "Content-Type": "multipart/form-data; boundary=b"}
    with Process("--port", "0", "--world", "small") as process:
        task = httpx2.get(f"{process.ready().url}/api/v1/tasks", headers=TOKEN).json()["data"][0]
        path = f"{process.url}/api/v1/tasks/{task['id']}/upload"
        answer = httpx2.post(path, headers=form, content=b"--b\r\nno header\r\n\r\nx\r\n--b--\r\n")
        outcome, _ = process.stop()
    assert (answer.status_code, answer.json()) == (400, {"message": "The multipart body is malformed."})
    assert outcome == (0, "", "")
