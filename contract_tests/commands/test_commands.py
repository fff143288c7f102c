"""The commands that ask a running server: what they print, where, and how they end."""

import json
import os
import re
import stat
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest
import yaml

from contract_tests.commands import command_calls
from contract_tests.commands.command_calls import SERVER, Command, Outcome
from contract_tests.expected import BOT_DATA, BRIEF
from contract_tests.handle import handles
from contract_tests.processes import ROOT, Process, free_port
from contract_tests.webhooks.webhook_server import SECRET
from fake_server.__main__ import PLACES
from fake_server.flags import COMMANDS
from fake_server.handle.world import Handle
from fake_server.server import FakeServer
from fake_server.settings import PREFIX

pytestmark = pytest.mark.proves("README: Command line")

server, fake, alone = handles.server, command_calls.fake, command_calls.alone
call, command = command_calls.call, command_calls.command


def titles(fake: Handle) -> set[str]:
    return {task["title"] for task in fake.all("task")}


# ---------------------------------------------------------------- where the server is


def test_the_flag_beats_the_variable_which_beats_those_of_a_server(
    call: Command, fake: FakeServer, alone: pytest.MonkeyPatch
) -> None:
    done = Outcome(0, "world=default tasks=3\n", "")
    nowhere = f"http://127.0.0.1:{free_port()}"
    alone.setenv("KANBERT_FAKE_PORT", fake.base_url.rpartition(":")[2])
    assert call("reset") == done
    alone.setenv(SERVER, nowhere)
    assert call("reset").stderr.startswith(f"kanbert-fake: No fake answers at {nowhere}. ")
    assert call("reset", "--server", fake.base_url) == done
    alone.setenv(SERVER, f"{fake.url}/")
    assert call("reset") == done


def test_where_no_server_runs_it_fails_with_one_sentence(call: Command) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    for name in ("reset", "export", "world list", "snapshot list", "trigger task:update x", "env"):
        code, stdout, stderr = call(*name.split(), "--server", nowhere)
        assert (code, stdout, stderr.count("\n")) == (1, "", 1)
        assert stderr.startswith(f"kanbert-fake: No fake answers at {nowhere}. ")


def test_a_world_that_is_not_there_is_refused_with_the_nearest(command: Command, fake: FakeServer) -> None:
    fake.worlds.new("morning")
    refused = Outcome(1, "", "kanbert-fake: There is no world mornin; did you mean morning?\n")
    for name in ("reset", "export", "snapshot list", "trigger task:update x", "env"):
        assert command(*name.split(), "--world", "mornin") == refused


# ---------------------------------------------------------------- reset


def test_reset_leads_back_to_the_seed(command: Command, fake: FakeServer) -> None:
    fake.make("task", title="New one")
    assert command("reset") == Outcome(0, "world=default tasks=3\n", "")
    assert "New one" not in titles(fake)


def test_reset_to_empty_leaves_nothing_to_do(command: Command, fake: FakeServer) -> None:
    assert command("reset", "--to", "empty", "--json").json == {"world": "default", "tasks": 0}
    assert fake.all("task") == []


def test_reset_of_a_world_leaves_the_others_alone(command: Command, fake: FakeServer) -> None:
    fake.make("task", title="Stays")
    fake.worlds.new("w").make("task", title="Goes")
    assert command("reset", "--world", "w") == Outcome(0, "world=w tasks=3\n", "")
    assert "Stays" in titles(fake)


# ---------------------------------------------------------------- world


def test_world_new_prints_the_token_and_url_of_a_world_of_its_own(command: Command, fake: FakeServer) -> None:
    made = command("world", "new", "--name", "w", "--world", "demo", "--tasks", "200", "--seed", "-7", "--json").json
    row = {"name": "w", "url": fake.url, "world": "demo", "tasks": 200, "now": "2026-03-12T15:30:00.000Z"}
    assert made == {**row, "mode": "frozen", "token": made["token"], "webhook_secret": SECRET}
    who = httpx2.get(f"{made['url']}/whoami", headers={"Authorization": f"Bearer {made['token']}"})
    assert (who.status_code, len(fake.all("task"))) == (200, 3)


def test_world_new_begins_at_a_time_of_its_own(command: Command) -> None:
    made = command("world", "new", "--now", "2026-01-31T10:00:00Z", "--world", "empty")
    assert re.fullmatch(
        r"name=\S+ token=\S+ url=\S+ world=empty tasks=0 now=2026-01-31T10:00:00.000Z mode=frozen\n", made.stdout
    )


def test_world_new_begins_as_another_is(command: Command, fake: FakeServer) -> None:
    fake.make("task", title="Handed on")
    made = command("world", "new", "--from", "default", "--name", "branch", "--json").json
    assert made["tasks"] == 4
    assert "Handed on" in titles(fake._beside("branch", made["token"]))


@pytest.mark.parametrize("name", ["own.yaml", "own.json", "own"])
def test_world_new_begins_with_a_document(command: Command, fake: FakeServer, tmp_path: Path, name: str) -> None:
    document = yaml.safe_load((ROOT / "fixtures" / "worlds" / "small.yaml").read_text())
    document["tasks"][0]["title"] = "Of my own"
    path = tmp_path / name
    path.write_text(json.dumps(document) if name.endswith("json") else yaml.safe_dump(document, sort_keys=False))
    for file in (str(path), "-"):
        made = command("world", "new", "--file", file, "--json", stdin=path.read_bytes()).json
        assert "Of my own" in titles(fake._beside(made["name"], made["token"]))


@pytest.mark.parametrize(
    "content, why",
    [
        ("spaces: {\n", ":2: did not find expected node content (column 1)."),
        ("[1, 2]", ":1: a world is a mapping from kinds of record to rows."),
        ("a: 1\na: 2\n", ":2: a stands twice (column 1)."),
        ("caf\udce9", " is no UTF-8 text: unexpected end of data."),
    ],
)
def test_a_document_that_cannot_be_read_is_named_with_the_place(
    command: Command, tmp_path: Path, content: str, why: str
) -> None:
    path = tmp_path / "own.yaml"
    path.write_text(content, encoding="utf-8", errors="surrogateescape")
    assert command("world", "new", "--file", str(path)) == Outcome(1, "", f"kanbert-fake: {path}{why}\n")


def test_what_the_server_finds_wrong_in_a_document_is_said_with_the_line(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "own.yaml"
    path.write_text("users:\n  - {ref: a, frist_name: A}\n")
    why = f"kanbert-fake: {path}:2: user has no field frist_name; did you mean first_name?\n"
    assert command("world", "new", "--file", str(path)) == Outcome(1, "", why)
    assert command("import", str(path)) == Outcome(1, "", why)


def test_world_list_prints_a_line_for_each(command: Command, fake: FakeServer) -> None:
    other = fake.worlds.new("w")
    lines = [
        f"name={name} token={token} url={fake.url} world=small tasks=3 now=2026-03-12T15:30:00.000Z mode=frozen\n"
        for name, token in (("default", fake.token), ("w", other.token))
    ]
    assert command("world", "list") == Outcome(0, "".join(lines), "")
    assert command("world", "list", "--json").json == fake.worlds.list()


def test_world_rm_prints_what_it_removed(command: Command, fake: FakeServer) -> None:
    fake.worlds.new("w")
    row = fake.worlds.list()[1]
    assert command("world", "rm", "w", "--json").json == row
    assert [one["name"] for one in fake.worlds.list()] == ["default"]


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ("world rm default", "The default world stays as long as the server; reset it instead."),
        ("world rm defualt", "There is no world defualt; did you mean default?"),
        ("world new --name default", "There is a world default already; remove it, or send no name."),
        ("world new --from nothing", "There is no world nothing; known: default."),
        ("snapshot load before", "There is no snapshot before; there are none."),
    ],
)
def test_what_the_server_refuses_is_one_sentence_and_exit_code_1(
    command: Command, arguments: str, sentence: str
) -> None:
    assert command(*arguments.split()) == Outcome(1, "", f"kanbert-fake: {sentence}\n")


# ---------------------------------------------------------------- snapshot


def test_a_snapshot_is_saved_listed_loaded_and_removed(command: Command, fake: FakeServer) -> None:
    line = "name=before at=2026-03-12T15:30:00.000Z tasks=3\n"
    assert command("snapshot", "save", "before") == Outcome(0, line, "")
    fake.make("task", title="Later")
    assert command("snapshot", "list") == Outcome(0, line, "")
    assert command("snapshot", "load", "before") == Outcome(0, line, "")
    assert len(fake.all("task")) == 3
    assert command("snapshot", "rm", "before") == Outcome(0, line, "")
    assert command("snapshot", "list") == Outcome(0, "", "")
    assert command("snapshot", "list", "--json").json == []


def test_a_snapshot_without_a_name_gets_one(command: Command) -> None:
    names = [command("snapshot", "save", "--json").json["name"] for _ in range(2)]
    assert names == ["snapshot-1", "snapshot-2"]


def test_a_snapshot_belongs_to_its_world(command: Command, fake: FakeServer) -> None:
    fake.worlds.new("w")
    assert command("snapshot", "save", "mine", "--world", "w").code == 0
    assert command("snapshot", "list", "--json").json == []


# ---------------------------------------------------------------- export and import


def test_export_prints_the_document_of_the_world(command: Command, fake: FakeServer) -> None:
    assert command("export").json == fake.export()
    assert command("export", "-", "--json").json == fake.export()
    printed = command("export", "--format", "yaml").stdout
    assert yaml.safe_load(printed)["users"][0]["first_name"] == "Zoë"


@pytest.mark.parametrize("name, form", [("own.json", "json"), ("own.yml", "yaml"), ("own", "json")])
def test_export_writes_in_the_form_that_the_name_of_the_file_says(
    command: Command, fake: FakeServer, tmp_path: Path, name: str, form: str
) -> None:
    path = tmp_path / name
    made = command("export", str(path))
    content = path.read_text()
    assert made == Outcome(0, f"file={path} format={form} bytes={len(content.encode())} world=default\n", "")
    assert content.startswith("{") == (form == "json")
    read = json.loads(content) if form == "json" else yaml.load(content, yaml.BaseLoader)
    assert [task["title"] for task in read["tasks"]] == [task["title"] for task in fake.all("task")]


def test_the_format_that_is_asked_for_beats_the_name_of_the_file(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    assert command("export", str(path), "--format", "yaml", "--json").json["format"] == "yaml"
    assert not path.read_text().startswith("{")
    assert command("import", str(path), "--format", "yaml") == Outcome(0, "world=default tasks=3\n", "")


@pytest.mark.parametrize("name", ["own.json", "own.yaml", "own"])
def test_what_was_exported_is_imported_again(command: Command, fake: FakeServer, tmp_path: Path, name: str) -> None:
    fake.make("task", title="Kept")
    path = tmp_path / name
    assert command("export", str(path), "--world", "default").code == 0
    fake.worlds.new("w")
    assert command("import", str(path), "--world", "w", "--json").json == {"world": "w", "tasks": 4}
    assert command("reset") == Outcome(0, "world=default tasks=3\n", "")
    assert command("import", "-", stdin=path.read_bytes()) == Outcome(0, "world=default tasks=4\n", "")
    assert "Kept" in titles(fake)


def test_an_import_that_is_refused_says_where_and_changes_nothing(
    command: Command, fake: FakeServer, tmp_path: Path
) -> None:
    before = fake.export()
    path = tmp_path / "own.yaml"
    path.write_text("users:\n  - {ref: a, frist_name: A}\n")
    code, stdout, stderr = command("import", str(path))
    assert (code, stdout) == (1, "")
    assert re.fullmatch(rf"kanbert-fake: {re.escape(str(path))}:2: .*did you mean first_name\?\n", stderr), stderr
    assert fake.export() == before


def test_a_file_that_is_not_there_is_no_import(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "none.json"
    why = f"kanbert-fake: {path} cannot be read: No such file or directory.\n"
    assert command("import", str(path)) == Outcome(1, "", why)


def test_export_replaces_a_file_and_leaves_its_rights(command: Command, tmp_path: Path) -> None:
    path, link = tmp_path / "own.json", tmp_path / "link.json"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    assert command("export", str(link)).code == 0
    assert (link.is_symlink(), stat.S_IMODE(path.stat().st_mode)) == (True, 0o640)
    assert json.loads(path.read_text())["users"]


def test_a_new_file_has_the_rights_of_any_other(command: Command, tmp_path: Path) -> None:
    path, other = tmp_path / "own.json", tmp_path / "other"
    other.touch()
    assert command("export", str(path)).code == 0
    assert path.stat().st_mode == other.stat().st_mode


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_an_export_that_fails_leaves_the_file_as_it_was(
    command: Command, alone: pytest.MonkeyPatch, tmp_path: Path, step: str
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "own.json"
    path.write_text("old")
    with alone.context() as broken:
        broken.setattr(os, step, full)
        outcome = command("export", str(path))
    assert outcome == Outcome(1, "", f"kanbert-fake: {path} cannot be written: No space left on device.\n")
    assert {one.name: one.read_text() for one in tmp_path.iterdir()} == {"own.json": "old"}


def test_an_export_that_is_refused_leaves_the_file_as_it_was(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "own.json"
    path.write_text("old")
    assert command("export", str(path), "--world", "none").code == 1
    assert path.read_text() == "old"


def test_export_writes_into_what_is_no_file(command: Command) -> None:
    assert command("export", os.devnull).code == 0
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def test_a_folder_cannot_be_written(command: Command, tmp_path: Path) -> None:
    why = f"kanbert-fake: {tmp_path} cannot be written: Is a directory.\n"
    assert command("export", str(tmp_path)) == Outcome(1, "", why)


# ---------------------------------------------------------------- trigger


def test_trigger_prints_the_deliveries_that_it_makes(command: Command, fake: FakeServer) -> None:
    hook = fake.webhooks.add("http://receiver.test/hook")["id"]
    made = command("trigger", "task:update", BRIEF)
    first = fake.deliveries.all()[0]["id"]
    # As they were made; they are being sent already.
    assert made == Outcome(
        0,
        f"id={first} event=task:update resource={BRIEF} subscription={hook} url=http://receiver.test/hook "
        "state=pending due_at=2026-03-12T15:30:00.000Z\n",
        "",
    )
    again = command("trigger", "task:update", BRIEF, "--json").json
    second = {"id": fake.deliveries.all()[1]["id"], "subscription": hook, "state": "pending", "attempts": []}
    assert (len(again["data"]), again["reason"]) == (1, None)
    assert second.items() <= again["data"][0].items()


def test_trigger_says_why_it_made_none(command: Command) -> None:
    why = "No active subscription is told of task:update of this task."
    assert command("trigger", "task:update", BRIEF) == Outcome(0, "", f"kanbert-fake: {why}\n")


@pytest.mark.parametrize(
    "event, id, sentence",
    [
        ("task:updat", BRIEF, "There is no event task:updat; did you mean task:update?"),
        ("comment:create", BRIEF, f"There is no comment with the id {BRIEF}; it is the id of a task."),
    ],
)
def test_trigger_of_what_is_not_there_is_refused(command: Command, event: str, id: str, sentence: str) -> None:
    assert command("trigger", event, id) == Outcome(1, "", f"kanbert-fake: {sentence}\n")


# ---------------------------------------------------------------- openapi


def test_openapi_is_what_a_server_answers_but_needs_none(call: Command, fake: FakeServer, tmp_path: Path) -> None:
    path = tmp_path / "openapi.json"
    printed = call("openapi")
    assert printed.json == httpx2.get(f"{fake.base_url}/_fake/openapi.json").json()
    assert call("openapi", "--output", str(path)).stdout == f"file={path} bytes={len(printed.stdout.encode())}\n"
    assert path.read_text() == printed.stdout
    assert call("openapi", "--json") == printed
    assert call("openapi", "--json", "--output", str(path)).json == {
        "file": str(path), "bytes": len(printed.stdout.encode()),
    }  # fmt: skip


def test_openapi_follows_the_settings(call: Command, alone: pytest.MonkeyPatch) -> None:
    alone.setenv("KANBERT_FAKE_CREATED_STATUS", "201")
    assert "201" in call("openapi").json["paths"]["/tasks"]["post"]["responses"]


# ---------------------------------------------------------------- exit code 2: it cannot be obeyed


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ("rest", "There is no rest; did you mean reset?"),
        ("snapshots", "There is no snapshots; did you mean snapshot?"),
        ("reset --wrold w", "There is no --wrold; did you mean --world?"),
        ("reset --to emtpy", "Argument --to: 'emtpy' is none of seed, empty; see kanbert-fake reset --help."),
        ("env --server here", "Argument --server: 'here' is no URL of http or https; see kanbert-fake env --help."),
        ("export a b", "There is no b; known: -h, --help, --server, --control-token, --json, --world, --format."),
        ("export --format xml", "Argument --format: 'xml' is none of json, yaml; see kanbert-fake export --help."),
        ("export --format yaml --json", "--json prints JSON, --format yaml asks for YAML; give one of them."),
        ("import", "The following arguments are required: FILE; see kanbert-fake import --help."),
        ("snapshot", "snapshot needs one of save, load, list, rm."),
        ("snapshot lod x", "There is no snapshot lod; did you mean load?"),
        ("snapshot load", "The following arguments are required: NAME; see kanbert-fake snapshot load --help."),
        ("world", "world needs one of new, list, rm."),
        ("world nwe", "There is no world nwe; did you mean new?"),
        ("world new --seed x", "Argument --seed: 'x' is no whole number; see kanbert-fake world new --help."),
        ("world list --world w", "There is no --world; known: -h, --help, --server, --control-token, --json."),
        ("trigger task:update", "The following arguments are required: ID; see kanbert-fake trigger --help."),
        ("openapi --ouput x", "There is no --ouput; did you mean --output?"),
        ("env --unst", "There is no --unst; did you mean --unset?"),
    ],
)  # fmt: skip
def test_a_wrong_switch_is_one_sentence_and_exit_code_2(call: Command, arguments: str, sentence: str) -> None:
    assert call(*arguments.split()) == Outcome(2, "", f"kanbert-fake: {sentence}\n")


@pytest.mark.parametrize(
    "name, value, sentence",
    [
        (SERVER, "here", "The variable KANBERT_SERVER_URL cannot be: 'here' is no URL of http or https."),
        ("KANBERT_FAKE_PROT", "1", "There is no variable KANBERT_FAKE_PROT; did you mean KANBERT_FAKE_PORT?"),
    ],
)
def test_a_wrong_variable_is_one_sentence_and_exit_code_2(
    call: Command, alone: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    alone.setenv(name, value)
    assert call("reset") == Outcome(2, "", f"kanbert-fake: {sentence}\n")


# ---------------------------------------------------------------- help


def test_help_lists_every_command_on_a_line_of_its_own(call: Command) -> None:
    lines = call("--help").stdout.splitlines()
    assert [line for line in lines if line.split(maxsplit=1)[:1] == ["exec"]] == [
        "  exec         starts a server, runs a command with it, stops it"
    ]
    assert [line.split()[0] for line in lines if line.startswith("  ") and line.split()[0] in COMMANDS] == [*COMMANDS]


ACTIONS = ["snapshot save", "snapshot load", "snapshot list", "snapshot rm", "world new", "world list", "world rm"]


@pytest.mark.parametrize("name", [*COMMANDS, *ACTIONS])
def test_every_command_explains_itself(call: Command, name: str) -> None:
    code, stdout, stderr = call(*name.split(), "--help")
    assert (code, stderr) == (0, "")
    said = "kanbert-fake" if name == "healthcheck" else f"kanbert-fake {name}"
    assert stdout.startswith(f"usage: {said} ")


def test_every_command_that_is_listed_is_there() -> None:
    assert {"healthcheck", *PLACES} == {*COMMANDS}


# ---------------------------------------------------------------- what it costs, and readers that leave

LOADED = """\
import sys
from fake_server.__main__ import main
main(sys.argv[1:])
print(*[name for name in sys.modules if name.startswith(("fake_server.", "httpx2", "starlette", "yaml"))])
"""


def loaded(*arguments: str) -> set[str]:
    """What a call imports of what is dear."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    program = [sys.executable, "-c", LOADED, *arguments]
    done = subprocess.run(program, capture_output=True, text=True, cwd=ROOT, env=environment, check=True)
    return set(done.stdout.splitlines()[-1].split())


def test_a_healthcheck_imports_no_command_and_no_client() -> None:
    found = {name.removeprefix("fake_server.").partition(".")[0] for name in loaded("healthcheck", "--port", "1")}
    assert "settings" in found
    assert {"commands", "handle", "listen", "server", "seeds", "httpx2", "starlette", "yaml"} & found == set()


def test_a_command_imports_no_server() -> None:
    found = loaded("reset", "--server", f"http://127.0.0.1:{free_port()}")
    assert "fake_server.handle.connecting" in found
    assert {"fake_server.server", "fake_server.seeds", "fake_server.resources", "starlette"} & found == set()


def test_a_server_is_asked_as_a_process_too(fake: FakeServer) -> None:
    with Process("world", "list", "--json", KANBERT_SERVER_URL=fake.base_url) as process:
        code, stdout, stderr = process.outcome()
    assert (code, json.loads(stdout), stderr) == (0, fake.worlds.list(), "")
    assert fake.client.get("/whoami").json() == BOT_DATA
