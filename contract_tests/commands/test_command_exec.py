"""`kanbert-fake exec`: a server for as long as a command runs, seen from outside the process."""

import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from contract_tests.commands import command_calls
from contract_tests.commands.command_calls import Command
from contract_tests.control.world_files import PEOPLE
from contract_tests.processes import LONGEST, ROOT, Process, free_port
from fake_server.commands.exec import in_foreground
from fake_server.settings import Settings

pytestmark = pytest.mark.proves("README: CI")

SMALL = ("exec", "--world", "small")
SHOWING = """
import json, os, urllib.request
url, token = os.environ["KANBERT_BASE_URL"], os.environ["KANBERT_TOKEN"]
asked = urllib.request.Request(url + "/tasks", headers={"Authorization": "Bearer " + token})
found = len(json.load(urllib.request.urlopen(asked))["data"])
names = ("KANBERT_BASE_URL", "KANBERT_TOKEN", "KANBERT_WEBHOOK_SECRET", "KANBERT_SERVER_URL", "PORT")
print(json.dumps([found, *[os.environ.get(name) for name in names]]))
"""
"""Prints how many tasks it finds, and what it was told."""
WAITING = """
import os, signal, sys
reading, writing = os.pipe()
os.set_blocking(writing, False)
signal.set_wakeup_fd(writing)
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, lambda *_: None)
print("here", flush=True)
wanted, came = {*map(int, sys.argv[1:])}, []
while not wanted.issubset(came):
    # Of two that come at once the second may be told first.
    came += os.read(reading, 100)
print("came", *sorted(came), flush=True)
sys.exit(40)
"""
"""Waits for signals of these numbers, prints all that came, and ends as it likes."""


alone, program = command_calls.alone, command_calls.program


def python(program: str, *arguments: str) -> tuple[str, ...]:
    return ("--", sys.executable, "-c", program, *arguments)


# ---------------------------------------------------------------- what the command has


def test_the_command_finds_a_server_of_the_settings_where_its_variables_say(program: Command) -> None:
    switches = ("--tasks", "20", "--webhook-secret", "it's")
    code, stdout, stderr = program(*SMALL, *switches, *python(SHOWING), KANBERT_TOKEN="old", PORT="1")
    found, url, token, secret, server, bare = json.loads(stdout)
    assert (code, found, token, secret, stderr) == (0, 20, "kanbert-default", "it's", "")
    assert url == f"{server}/api/v1"
    # Bare PORT says where the command itself is to listen.
    port = int(server.rpartition(":")[2])
    assert (bare, port in (1, 5262)) == ("1", False)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_our_own_commands_find_it_too(program: Command) -> None:
    script = '"$0" -m fake_server reset --to empty && "$0" -m fake_server world list --json'
    code, stdout, stderr = program(*SMALL, "--", "sh", "-c", script, sys.executable, KANBERT_FAKE_PORT="0")
    first, second = stdout.splitlines()
    assert (code, first, json.loads(second)[0]["tasks"], stderr) == (0, "world=default tasks=0", 0, "")


def test_where_the_server_listens_can_be_chosen_and_is_named_so_that_it_can_be_asked(program: Command) -> None:
    port = free_port()
    switches = ("--host", "0.0.0.0", "--port", str(port))
    assert program(*SMALL, *switches, "--", "sh", "-c", "echo $KANBERT_BASE_URL").stdout == (
        f"http://127.0.0.1:{port}/api/v1\n"
    )


def test_arguments_input_and_output_are_the_commands_own(program: Command) -> None:
    showing = "import sys; print(sys.argv[1:], len(sys.stdin.read())); print('x', file=sys.stderr)"
    said = program(*SMALL, *python(showing, "--port", "--", "a b"))
    assert said == (0, "['--port', '--', 'a b'] 0\n", "x\n")


def test_the_log_of_requests_goes_to_stderr(program: Command) -> None:
    code, stdout, stderr = program(*SMALL, "--log-requests", *python(SHOWING))
    assert (code, stdout.count("\n"), stderr.split()[:3]) == (0, 1, ["GET", "/api/v1/tasks", "200"])


# ---------------------------------------------------------------- how it ends


def test_the_exit_code_of_the_command_is_passed_on(program: Command) -> None:
    assert program(*SMALL, "--", "sh", "-c", "exit 255") == (255, "", "")


def test_a_command_that_a_signal_ended_is_128_and_its_number(program: Command) -> None:
    assert program(*SMALL, "--", "sh", "-c", "kill -KILL $$") == (128 + signal.SIGKILL, "", "")


def test_signals_are_the_commands_to_answer() -> None:
    with Process(*SMALL, *python(WAITING, "1", "2", "15")) as process:
        assert process.running.stdout
        assert process.running.stdout.readline() == "here\n"
        for number in (signal.SIGINT, signal.SIGHUP):
            process.running.send_signal(number)
        outcome, _ = process.stop()
    assert outcome == (40, "came 1 2 15\n", "")


def test_a_command_that_is_to_outlive_its_terminal_does(program: Command) -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    showing = "import signal; print(signal.getsignal(signal.SIGHUP).name)"
    assert program(*SMALL, *python(showing)) == (0, "SIG_IGN\n", "")


def test_a_command_that_does_not_care_ends_by_the_signal() -> None:
    with Process(*SMALL, "--", "sh", "-c", "echo here; exec sleep 60") as process:
        assert process.running.stdout
        assert process.running.stdout.readline() == "here\n"
        outcome, seconds = process.stop()
    assert outcome == (128 + signal.SIGTERM, "", "")
    assert seconds < 2


def test_at_a_terminal_an_interrupt_reaches_the_command_once() -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    # The first terminal that the leader of a session opens becomes its own.
    script = f'exec <>{os.ttyname(theirs)} >&0; exec "$@"'
    line = [sys.executable, "-m", "fake_server", *SMALL, *python(WAITING, "2", "15")]
    running = subprocess.Popen(
        ["sh", "-c", script, "sh", *line], cwd=ROOT, env=inherited(), start_new_session=True, text=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    with open(theirs, "rb"), open(ours, "r+b", buffering=0) as terminal, running:
        watchdog = threading.Timer(LONGEST, running.kill)
        watchdog.start()
        shown(terminal, b"here\r\n")
        terminal.write(b"\x03")
        shown(terminal, b"^C")
        # It comes behind whatever else was passed on.
        running.send_signal(signal.SIGTERM)
        said = shown(terminal, b"\n")
        assert running.stderr
        assert (running.wait(), running.stderr.read()) == (40, "")
        watchdog.cancel()
    assert said.endswith(b"came 2 15\r\n")


def test_a_terminal_of_somebody_else_tells_the_command_nothing() -> None:
    pty = pytest.importorskip("pty")
    ours, theirs = pty.openpty()
    with open(ours, "rb"), open(theirs, "rb"):
        assert (os.isatty(theirs), in_foreground(theirs)) == (True, False)


def shown(terminal: io.FileIO, text: bytes) -> bytes:
    """What a terminal shows, up to a text."""
    said = terminal.read(1)
    while not said.endswith(text):
        said += terminal.read(1)
    return said


def inherited() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("KANBERT_", "PORT"))}


# ---------------------------------------------------------------- what cannot be


def test_a_command_that_is_not_there_is_127(program: Command) -> None:
    why = "kanbert-fake: There is no command no-such-command.\n"
    assert program(*SMALL, "--", "no-such-command", "-x") == (127, "", why)


def test_a_command_that_cannot_be_run_is_126(program: Command, tmp_path: Path) -> None:
    path = tmp_path / "plain"
    path.write_text("no program")
    why = f"kanbert-fake: The command {path} cannot be run: Permission denied.\n"
    assert program(*SMALL, "--", str(path)) == (126, "", why)


def test_a_world_that_cannot_be_loaded_is_1_and_the_command_is_not_run(program: Command, tmp_path: Path) -> None:
    path = tmp_path / "broken.yaml"
    path.write_text(PEOPLE + "clienst:\n  - {name: A}\n")
    code, stdout, stderr = program("exec", "--world", str(path), "--", "echo", "run")
    assert (code, stdout) == (1, "")
    assert stderr == f"kanbert-fake: {path}:7: unknown kind clienst; did you mean clients?\n"


AFTER = "exec runs what stands after --, as in: kanbert-fake exec --world small -- pytest"


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ("--prot 1 -- echo", "There is no --prot; did you mean --port?"),
        ("--seed x -- echo", "--seed / KANBERT_FAKE_SEED cannot be 'x': it is a number; "),
        ("--world smal -- echo", "There is no world smal: did you mean small? "),
        ("--world small --", AFTER),
        ("pytest -x", AFTER),
        ("", AFTER),
    ],
)
def test_a_wrong_switch_is_2_and_the_command_is_not_run(program: Command, arguments: str, sentence: str) -> None:
    code, stdout, stderr = program("exec", *arguments.split())
    assert (code, stdout, stderr.count("\n")) == (2, "", 1)
    assert stderr.startswith(f"kanbert-fake: {sentence}")


def test_a_port_that_cannot_be_had_is_2_and_the_command_is_not_run(program: Command) -> None:
    code, stdout, stderr = program(*SMALL, "--host", "::zz", "--", "echo")
    assert (code, stdout) == (2, "")
    assert stderr.startswith("kanbert-fake: Cannot listen on ::zz port 0: ")


def test_help_names_every_setting_and_how_the_command_is_given(program: Command) -> None:
    code, stdout, stderr = program("exec", "--help")
    assert (code, stderr) == (0, "")
    assert stdout.startswith("usage: kanbert-fake exec [flags of a server] -- COMMAND [ARGUMENT ...]\n")
    assert all(f"--{name.replace('_', '-')}" in stdout for name in Settings.model_fields)
