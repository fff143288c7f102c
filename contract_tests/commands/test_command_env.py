"""`kanbert-fake env`: read by a real shell, and by people."""

import os
import subprocess
import sys

import pytest

from contract_tests.commands import command_calls
from contract_tests.commands.command_calls import Command
from contract_tests.handle import handles
from contract_tests.processes import LONGEST, ROOT, free_port
from fake_server.server import FakeServer

pytestmark = pytest.mark.proves("README: Command line")

NAMES = ("KANBERT_BASE_URL", "KANBERT_TOKEN", "KANBERT_WEBHOOK_SECRET")
SECRET = "kanbert-fake-secret"


server, fake, alone = handles.server, command_calls.fake, command_calls.alone
call, command = command_calls.call, command_calls.command


def values(command: Command, *arguments: str, **variables: str) -> list[str]:
    """What it says with --json, in the order of the names; with variables from the environment."""
    found = command("env", "--json", *arguments, **variables).json
    assert tuple(found) == NAMES
    return list(found.values())


def shell(script: str, **variables: str) -> list[str]:
    """What a shell says that knows the command; it ends at the first failure."""
    command = f'kanbert_fake() {{ "{sys.executable}" -m fake_server "$@"; }}\nset -eu\n'
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("KANBERT_", "PORT"))}
    done = subprocess.run(
        ["sh", "-c", command + script], cwd=ROOT, env={**inherited, **variables}, text=True, capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def printed(*names: str) -> str:
    return "\n".join(f'printf "%s\\n" "${{{name}-none}}"' for name in names)


def test_a_shell_that_reads_it_has_what_a_program_needs(fake: FakeServer) -> None:
    said = shell('eval "$(kanbert_fake env)"\nenv | grep ^KANBERT_ | sort\n', KANBERT_SERVER_URL=fake.base_url)
    assert said == [
        f"KANBERT_BASE_URL={fake.url}",
        f"KANBERT_SERVER_URL={fake.base_url}",
        f"KANBERT_TOKEN={fake.token}",
        f"KANBERT_WEBHOOK_SECRET={SECRET}",
    ]


def test_a_shell_undoes_it_without_a_server() -> None:
    given = dict.fromkeys(NAMES, "old")
    assert shell(f'eval "$(kanbert_fake env --unset)"\n{printed(*NAMES)}', **given) == ["none"] * 3


def test_a_shell_takes_a_secret_as_it_is_whatever_is_in_it(fake: FakeServer) -> None:
    sly = """it's "$HOME" `id` $(id) ; \\ ü"""
    fake.webhooks.add("http://receiver.test/hook", secret=sly)
    said = shell(f'eval "$(kanbert_fake env)"\n{printed("KANBERT_WEBHOOK_SECRET")}', KANBERT_SERVER_URL=fake.base_url)
    assert said == [sly]


def test_the_world_that_is_asked_for_has_its_own_token(fake: FakeServer, command: Command) -> None:
    other = fake.worlds.new()
    assert values(command, "--world", other.name) == [fake.url, other.token, SECRET]
    assert values(command) == [fake.url, fake.token, SECRET]


def test_the_secret_is_the_one_that_signs_what_will_be_received(fake: FakeServer, command: Command) -> None:
    told = {"KANBERT_FAKE_WEBHOOK_SECRET": "of another server"}
    assert values(command, **told)[2] == SECRET
    fake.webhooks.add("http://receiver.test/hook", secret="of the subscription")
    assert values(command, **told)[2] == "of the subscription"
    fake.webhooks.add("http://receiver.test/other", secret="of another")
    assert values(command, **told)[2] == SECRET


def test_the_token_of_the_environment_is_not_used_to_ask(fake: FakeServer, command: Command) -> None:
    other = fake.worlds.new()
    assert values(command, KANBERT_TOKEN=other.token)[1] == fake.token


def test_unset_as_json_is_every_name_without_a_value(call: Command) -> None:
    assert call("env", "--unset", "--json").json == dict.fromkeys(NAMES)


def test_where_no_server_runs_a_shell_reads_nothing(call: Command) -> None:
    code, stdout, stderr = call("env", KANBERT_FAKE_PORT=str(free_port()))
    assert (code, stdout, stderr.count("\n")) == (1, "", 1)


def test_whoever_looks_at_it_is_told_what_it_is_for() -> None:
    pty = pytest.importorskip("pty")
    reading, terminal = pty.openpty()
    program = [sys.executable, "-m", "fake_server", "env", "--unset"]
    done = subprocess.run(program, stdout=terminal, stderr=subprocess.PIPE, cwd=ROOT, text=True, timeout=LONGEST)
    os.close(terminal)
    shown = os.read(reading, 4096).decode()
    os.close(reading)
    assert shown.split() == [word for name in NAMES for word in ("unset", name)]
    assert (done.returncode, done.stderr) == (
        0, 'kanbert-fake: Your shell takes it by eval "$(kanbert-fake env --unset)".\n',
    )  # fmt: skip
