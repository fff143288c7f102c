"""How `kanbert-fake listen` is started: exit codes 1 and 2, and where it finds the fake."""

import socket
import subprocess
import sys
import threading

import pytest

from contract_tests.client import Api
from contract_tests.commands import command_calls
from contract_tests.commands.command_calls import Command
from contract_tests.commands.listener import URL, registered
from contract_tests.processes import ROOT, Process, free_port
from contract_tests.webhooks.webhook_server import hooks as subscriptions
from contract_tests.webhooks.webhook_server import subscribe
from fake_server.listen.switches import Wanted, read
from fake_server.settings import UsageError

pytestmark = pytest.mark.proves("README: Webhooks")

alone, program = command_calls.alone, command_calls.program


@pytest.fixture
def api(fake: Api) -> Api:
    """A running one: a listener is another process."""
    return fake


def test_without_a_fake_it_is_one_sentence_and_exit_code_1() -> None:
    port = free_port()
    with Process("listen", KANBERT_FAKE_HOST="0.0.0.0", KANBERT_FAKE_PORT=str(port)) as process:
        code, stdout, stderr = process.outcome()
    assert (code, stdout, stderr.count("\n")) == (1, "", 1)
    assert stderr.startswith(f"kanbert-fake: No fake answers at http://127.0.0.1:{port}. No connection: ")
    assert stderr.endswith(" Start one with kanbert-fake, or name another with --server.\n")


@pytest.mark.parametrize("content", [b"<html>", b'{"data": [1]}'])
def test_another_program_there_is_no_fake(program: Command, content: bytes) -> None:
    asked: list[bytes] = []

    def answer() -> None:
        connection, _ = other.accept()
        with connection:
            asked.append(connection.recv(65536))
            connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + content)

    with socket.create_server(("127.0.0.1", 0)) as other:
        url = f"http://127.0.0.1:{other.getsockname()[1]}"
        answering = threading.Thread(target=answer)
        answering.start()
        outcome = program("listen", "--server", url)
        answering.join()
    why = f"What answers at {url} is no fake that knows webhooks."
    start = "Start one with kanbert-fake, or name another with --server."
    assert outcome == (1, "", f"kanbert-fake: {why} {start}\n")
    assert asked[0].startswith(b"GET /_fake/webhooks ")


def test_an_event_that_the_fake_does_not_know_is_exit_code_2_with_the_nearest(api: Api, program: Command) -> None:
    outcome = program("listen", "--server", f"{api.http.base_url}/api/v1", "--events", "tsk:*")
    assert outcome == (2, "", "kanbert-fake: There is no event tsk:*; did you mean task:*?\n")


def test_an_event_that_the_fake_does_not_know_is_refused_beside_a_subscription_to_its_family(api: Api) -> None:
    subscribe(api, URL)
    with pytest.raises(UsageError) as refused, registered(api, ["task:craete"]):
        pass
    assert str(refused.value) == "There is no event task:craete; did you mean task:create?"


def test_a_port_in_use_is_one_sentence_and_exit_code_2(api: Api, program: Command) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = program("listen", "--server", str(api.http.base_url), "--port", str(port))
    why = f"Cannot listen on 127.0.0.1 port {port}: Address already in use"
    assert outcome == (2, "", f"kanbert-fake: {why}; choose another with --port, or 0 for a free one.\n")
    assert subscriptions(api) == []


def test_an_unknown_flag_is_one_sentence_and_exit_code_2(program: Command) -> None:
    outcome = program("listen", "--forward", "http://127.0.0.1:1")
    assert outcome == (2, "", "kanbert-fake: There is no --forward; did you mean --forward-to?\n")


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        (["--prot", "1"], "There is no --prot; did you mean --port?"),
        (["--webhook-secret", "x"], "There is no --webhook-secret; did you mean --secret?"),
        (["--times", "2"], "--times says how often --status is answered; give both."),
        (["--port"], "--port: expected one argument"),
        (["--port", "65536"], "--port: '65536' is no whole number from 0 to 65535"),
        (["--status", "100"], "--status: '100' is no whole number from 200 to 599"),
        (["--status", "ok"], "--status: 'ok' is no whole number from 200 to 599"),
        (["--status", "500", "--times", "0"], "--times: '0' is no whole number from 1 to 1000000"),
        (["--forward-to", "localhost:3000"], "--forward-to: 'localhost:3000' is no URL of http or https"),
        (["--server", "ftp://fake"], "--server: 'ftp://fake' is no URL of http or https"),
    ],
)
def test_a_bad_switch_is_refused_with_what_would_be_valid(arguments: list[str], sentence: str) -> None:
    with pytest.raises(UsageError) as refused:
        read(arguments, {})
    assert str(refused.value) in (sentence, f"Argument {sentence}; see kanbert-fake listen --help.")


@pytest.mark.parametrize(
    "arguments, variables, server",
    [
        ([], {}, "http://127.0.0.1:5262"),
        ([], {"PORT": "80"}, "http://127.0.0.1:80"),
        ([], {"KANBERT_FAKE_HOST": "0.0.0.0", "KANBERT_FAKE_PORT": "81"}, "http://127.0.0.1:81"),
        ([], {"KANBERT_FAKE_HOST": "::"}, "http://[::1]:5262"),
        ([], {"KANBERT_SERVER_URL": "http://fake:2", "KANBERT_FAKE_PORT": "81"}, "http://fake:2"),
        (["--server", "http://fake:1/"], {"KANBERT_SERVER_URL": "http://fake:2"}, "http://fake:1"),
        (["--server", "http://fake:1/"], {"PORT": "80"}, "http://fake:1"),
        (["--server", "http://fake:1/api/v1"], {"KANBERT_FAKE_PROT": "80"}, "http://fake:1"),
    ],
)
def test_the_fake_is_where_the_settings_of_kanbert_fake_say_or_server(
    arguments: list[str], variables: dict[str, str], server: str
) -> None:
    assert read(arguments, variables) == Wanted(
        "127.0.0.1", 0, None, server, None, None, None, None, None, None, False
    )  # fmt: skip


def test_a_server_does_not_import_it() -> None:
    program = "import sys, fake_server.__main__, fake_server.server; sys.exit('fake_server.listen' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
