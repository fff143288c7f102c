"""The command line where a standard stream is closed, is full, or is read no further."""

import subprocess
import sys
from collections.abc import Iterator
from typing import TextIO

import pytest

from contract_tests.commands import command_calls
from contract_tests.commands.command_calls import Command
from contract_tests.handle import handles
from contract_tests.processes import ROOT, Process
from fake_server.__main__ import main
from fake_server.server import FakeServer

pytestmark = pytest.mark.proves("README: Command line")

server, fake, alone = handles.server, command_calls.fake, command_calls.alone
call, command, program = command_calls.call, command_calls.command, command_calls.program
PRINTING = ["env", "env --unset", "--version", "export", "openapi", "reset", "snapshot list --json", "world list"]
CLOSED = "kanbert-fake: The result cannot be written: standard output is closed.\n"
FULL = "kanbert-fake: The result cannot be written: No space left on device.\n"


@pytest.fixture
def full() -> Iterator[TextIO]:
    try:
        file = open("/dev/full", "w")  # noqa: SIM115
    except OSError:
        pytest.skip("this system has no device that is always full")
    with file:
        yield file


@pytest.mark.usefixtures("command")
@pytest.mark.parametrize("arguments", PRINTING)
def test_where_standard_output_is_closed_it_is_one_sentence_and_exit_code_1(
    arguments: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert main(arguments.split()) == 1
    assert capsys.readouterr().err == CLOSED


@pytest.mark.usefixtures("command")
@pytest.mark.parametrize("arguments", PRINTING)
def test_where_it_is_full_it_is_one_sentence_and_exit_code_1(
    arguments: str, full: TextIO, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", full)
    assert main(arguments.split()) == 1
    assert capsys.readouterr().err == FULL


@pytest.mark.usefixtures("command")
@pytest.mark.parametrize("arguments", ["import -", "world new --file -"])
def test_where_standard_input_is_closed_nothing_is_read(
    arguments: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert main(arguments.split()) == 1
    assert capsys.readouterr() == ("", "kanbert-fake: Standard input cannot be read: it is closed.\n")


def test_a_shell_sees_the_same(fake: FakeServer) -> None:
    """Of a process of its own Python closes the streams once more at the end."""
    ours = f'"{sys.executable}" -m fake_server'
    script = f'{ours} --version >/dev/full; echo $?; {ours} export --server "$0" >&-; echo $?'
    done = subprocess.run(["sh", "-c", script, fake.base_url], cwd=ROOT, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("1\n1\n", FULL + CLOSED)


@pytest.mark.parametrize("arguments", [["openapi"], ["--help"]])
def test_a_reader_that_leaves_is_no_failure(arguments: list[str]) -> None:
    with Process(*arguments) as process:
        assert process.running.stdout
        process.running.stdout.close()
        code = process.running.wait()
        assert process.running.stderr
        assert (code, process.running.stderr.read()) == (0, "")


NO_TEXT = r"kanbert-fake: '\udcff' cannot be sent: it is no text of utf-8." + "\n"


@pytest.mark.parametrize("arguments", ["reset --world", "world rm", "snapshot load", "env --world"])
def test_what_is_no_text_is_one_sentence(command: Command, arguments: str) -> None:
    assert command(*arguments.split(), "\udcff") == (1, "", NO_TEXT)


def test_what_is_no_text_is_no_world_to_listen_to(program: Command, fake: FakeServer) -> None:
    assert program("listen", "--server", fake.base_url, "--world", "\udcff") == (2, "", NO_TEXT)
