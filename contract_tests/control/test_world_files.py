"""Files of worlds: which cannot be loaded, and rows that stand for more than is written."""

import re
from pathlib import Path
from typing import Any

import pytest

from contract_tests.client import Api
from contract_tests.control.seeded import world
from contract_tests.control.world_files import GOOD, added, grow, loaded, one_task
from fake_server.seeds.worldfile import SeedError

pytestmark = pytest.mark.proves("README: Another world")

PAIR, SAMPLE = "external_id: a, external_origin: b", "mime_type: text/plain, sample: brief.txt"

BROKEN = {
    "a tab": (GOOD + "tags:\n\t- {title: A}\n", 14, "found character"),
    "a list": ("- spaces\n", 1, "a world is a mapping from kinds of record to rows"),
    "nothing": ("", 1, "a world is a mapping from kinds of record to rows"),
    "two documents": (GOOD + "---\nusers: []\n", 13, "document"),
    "a tag of Python's": (
        GOOD + "tags: !!python/object:os.system {}\n", 13,
        "JSON has no !!python/object:os.system, so a world has none"),
    "an unknown kind": (GOOD + "tgs: []\n", 13, "unknown kind tgs; did you mean tags?"),
    "a kind that is a number": (GOOD + "5: []\n", 13, "5"),
    "a kind that has a number for rows": (GOOD + "tags: 5\n", 13, "tags must be a list of mappings"),
    "a kind that has a text for rows": (GOOD + "tags: print\n", 13, "tags must be a list of mappings"),
    "a kind that has a mapping for rows": (GOOD + "tags:\n  title: A\n", (13, 14), "tags must be a list"),
    "a kind twice": (GOOD + "tags: []\ntags: []\n", 14, "tags"),
    "a row that is no mapping": (added("tags", "{title: A}", "B"), 15, "tags must be a list of mappings"),
    "a ref twice": (added("tags", "{ref: a, title: A}", "{ref: a, title: B}"), 15, "tag a"),
    "a ref that is a list": (added("tags", "{ref: [a], title: A}"), 14, "ref"),
    "an unknown field": (added("tags", "{tilte: A}"), 14, "tag has no field tilte; did you mean title?"),
    "a field that nobody may set": (added("tags", "{title: A, key: 5}"), 14, "tag has no field key"),
    "a field near to what nobody may set": (added("tags", "{keys: A}"), 14, "no field keys; known: title."),
    "a field that is a number": (added("tags", "{5: A}"), 14, "5"),
    "a field twice": (added("tags", "{title: A, title: B}"), 14, "title"),
    "a field that is lacking": (added("tags", "{ref: a}"), 14, "title"),
    "a task of no project": (GOOD + "  - {title: X}\n", 13, "project"),
    "null for a text": (added("tags", "{title: null}"), 14, "title"),
    "null for an enum": (one_task("status: null"), 13, "status"),
    "null for a list": (one_task("watchers: null"), 13, "watchers"),
    "null for a needed ref": (GOOD + "  - {project: null, title: X}\n", 13, "project"),
    "an unknown ref": (one_task("assignee: bto"), 13, "there is no user bto above; did you mean bot?"),
    "a ref of another kind": (one_task("assignee: client"), 13, "there is no user client above"),
    "a list for one ref": (one_task("assignee: [bot]"), 13, "assignee"),
    "one ref for a list": (one_task("watchers: bot"), 13, "watchers"),
    "a mapping for a ref": (one_task("assignee: {bot: 1}"), 13, "assignee"),
    "a number for a text": (one_task("description: 5"), 13, "description cannot be 5"),
    "a text for a number": (one_task("estimated_hours: '4'"), 13, "estimated_hours cannot be '4'"),
    "what is no number": (one_task("estimated_hours: .nan"), 13, "'.nan' is no number that JSON has"),
    "a number for a flag": (one_task("is_public: 1"), 13, "is_public cannot be 1"),
    "a flag for a number": (one_task("estimated_hours: true"), 13, "estimated_hours cannot be True"),
    "a text for a computed field": (
        added("epics", "{project: project, title: E, computed_fields: {hours: x}}"), 14, "computed_fields"),
    "a value outside its enum": (one_task("status: Wip"), 13, "status cannot be 'Wip'"),
    "a word for a date": (one_task("due_date: tomorrow"), 13, "'tomorrow' is no date; write +3d or"),
    "hours for a date": (one_task("due_date: -2h"), 13, "'-2h' is no date"),
    "a day that is none": (one_task("due_date: 2026-02-30"), 13, "date"),
    "a date after all": (one_task("due_date: +99999999d"), 13, "99999999d"),
    "a word for a time": (one_task("created_at: early"), 13, "'early' is no time"),
    "an hour that is none": (one_task("created_at: -2d 77:00"), 13, "'-2d 77:00' is no time"),
    "a time after all": (one_task("created_at: +9999999999d 09:00"), 13, "9999999999d"),
    "a name that is taken": (one_task("uri: P-1"), 13, "another task has uri P-1"),
    "an external id that is taken": (
        one_task(PAIR) + f"  - {{project: project, title: Y, {PAIR}}}\n", 14,
        "another task has external_origin, external_id b, a"),
    "a file of nothing": (added("files", f"{{file_name: a, {SAMPLE}}}"), 14, "a file names a record"),
    "a file of what has none": (added("files", f"{{client: client, file_name: a, {SAMPLE}}}"), 14, "client"),
    "a file without a name": (added("files", f"{{task: task, {SAMPLE}}}"), 14, "file_name"),
    "a file without a sample": (
        added("files", "{task: task, file_name: a, mime_type: b, sample: nope.txt}"), 14, "a sample of"),
    "a file with an unknown field": (
        added("files", f"{{task: task, file_name: a, {SAMPLE}, size: 5}}"), 14, "size"),
    "a token of nobody": (added("tokens", "{token: a, user: nobody}"), 14, "there is no user nobody above"),
    "a token without a user": (added("tokens", "{token: a}"), 14, "a token is {token, user"),
    "a token with an unknown field": (
        added("tokens", "{token: a, user: bot, scope: []}"), 14, "a token is {token, user"),
    "a token with an unknown scope": (
        added("tokens", "{token: a, user: bot, scopes: [client:writ]}"), 14, "client:writ"),
    "a token that is no text": (added("tokens", "{token: [a], user: bot}"), 14, "token"),
    "tokens that are no list": (GOOD + "tokens: 5\n", 13, "token"),
    "no integration": (GOOD.replace("integrations:\n  - {ref: fake, slug: own, user: bot}\n", ""), 1,
                       "a world needs an integration"),
    "grow that is no mapping": (GOOD + "grow: 5\n", 13, "grow"),
    "grow without words": (GOOD + "grow: {tasks: 5}\n", 13, "words"),
    "grow with a text for a number": (GOOD + "grow: {tasks: many, words: {}, formats: {}}\n", 13, "tasks"),
    "grow with an unknown word": (GOOD + grow("{{verbb}}"), 13, "verbb"),
    "grow without a project": (GOOD[: GOOD.index("projects:")] + grow("{{verb}}"), 9, "grow"),
    "a repetition that is a word": (one_task("repeat: many"), 13, "repeat says how many rows this is, from 1"),
    "a repetition of nothing": (one_task("repeat: 0"), 13, "from 1, not 0"),
    "a repetition that is a flag": (one_task("repeat: true"), 13, "from 1, not True"),
    "a repetition without end": (one_task("repeat: 1000001"), 13, "1000000 rows and 67108864 characters in all"),
    "repetitions without end together": (
        one_task("repeat: 999999") + "tokens:\n  - {repeat: 2, token: 'a{n}', user: bot}\n", 13, "1000000 rows"),
    "a repetition of long texts": (one_task("repeat: 999999, fill: {title: 255}"), 13, "67108864 characters in all"),
    "a repetition of a long text with its number": (
        one_task(f"repeat: 99999, description: '{{n}}{'x' * 9999}'"), 13, "67108864 characters in all"),
    "a repetition of one id": (one_task("repeat: 2, id: qv03Y19d"), 13, "a row that is repeated cannot have an id"),
    "a repetition of one name": (one_task("repeat: 2, uri: A"), 13, "another task has uri A"),
    "a repetition of one ref": (one_task("repeat: 2, ref: a"), 13, "there is another task a above"),
    "a token for many": (
        added("tokens", "{repeat: 2, token: 'a{m}', user: bot, scope: []}"), 14, "has no field scope"),
    "a filling that is a number": (one_task("fill: 255"), 13, "fill says by field how many characters its text has"),
    "a filling of a number": (one_task("fill: {title: full}"), 13, "not {'title': 'full'}"),
    "a filling of nothing": (one_task("fill: {titel: 255}"), 13, "this row has no text titel to fill with"),
    "a filling with nothing": (one_task("description: '', fill: {description: 5}"), 13, "no text description"),
    "a filling with a number": (one_task("estimated_hours: 5, fill: {estimated_hours: 5}"), 13, "no text estimated"),
    "a filling without end": (one_task("fill: {title: 67108865}"), 13, "67108864 characters in all"),
}  # fmt: skip
"""A file, the line that is to blame (of a mapping that should be a list: either), and what is said of it."""


def test_what_the_broken_worlds_are_made_of_is_good(tmp_path: Path) -> None:
    path = tmp_path / "world.yaml"
    path.write_text(GOOD)
    loaded(path)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_world_is_refused_with_file_and_line(tmp_path: Path, name: str) -> None:
    text, lines, why = BROKEN[name]
    path = tmp_path / "world.yaml"
    path.write_text(text)
    with pytest.raises(SeedError) as refused:
        loaded(path)
    found = re.fullmatch(rf"{re.escape(str(path))}:(\d+): (.+)", str(refused.value))
    assert found, refused.value
    assert int(found[1]) in (lines if isinstance(lines, tuple) else (lines,))
    assert why in found[2]


def test_a_world_that_is_no_text_is_refused_with_its_file(tmp_path: Path) -> None:
    path = tmp_path / "world.yaml"
    path.write_bytes("spaces: Zoë\n".encode("latin-1"))
    with pytest.raises(SeedError) as refused:
        loaded(path)
    assert str(refused.value).startswith(f"{path}:")


@pytest.mark.parametrize("folder", ["", "nowhere/"])
def test_a_path_without_a_file_is_no_world(tmp_path: Path, folder: str) -> None:
    with pytest.raises(SeedError, match=r"^There is no world "):
        loaded(tmp_path / folder)


def test_shorthand_of_yaml_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "world.yaml"
    path.write_text(GOOD + "tags:\n  - &tag {title: A}\n  - {<<: *tag}\n")
    loaded(path)


# ---------------------------------------------------------------- rows that stand for more than is written


def fields_of(text: str, tmp_path: Path, kind: str, *names: str) -> list[tuple[Any, ...]]:
    """These fields of all records of a kind, of a world of this text."""
    path = tmp_path / "world.yaml"
    path.write_text(text)
    found = world(world=str(path)).control("GET", f"/records/{kind}")["data"]
    return [tuple(one[name] for name in names) for one in found]


def test_a_row_that_is_repeated_stands_for_many_with_their_numbers_in_its_texts(tmp_path: Path) -> None:
    text = one_task("repeat: 3, ref: 't{n}', external_id: '{n}/{n}', external_origin: '{m}'")
    text += "  - {repeat: 2, project: project, title: 'Of {n}', parent_task: 't{n}', watchers: [bot]}\n"
    text += "  - {project: project, title: '{n}', parent_task: t3}\n"
    found = fields_of(text, tmp_path, "task", "title", "uri", "external_id", "external_origin", "parent_task_id")
    ids = [id for (id,) in fields_of(text, tmp_path, "task", "id")]
    assert found == [
        ("T", "P-1", None, None, None),
        ("X", "P-2", "1/1", "{m}", None),
        ("X", "P-3", "2/2", "{m}", None),
        ("X", "P-4", "3/3", "{m}", None),
        ("Of 1", "P-5", None, None, ids[1]),
        ("Of 2", "P-6", None, None, ids[2]),
        ("{n}", "P-7", None, None, ids[3]),
    ]


def test_every_kind_of_row_can_be_repeated(tmp_path: Path) -> None:
    rows = "{repeat: 2, task: task, file_name: 'a{n}', mime_type: text/plain, content: '{n}{n}'}"
    text = added("files", rows) + "tokens:\n  - {repeat: 2, token: 'a{n}', user: bot}\n"
    path = tmp_path / "world.yaml"
    path.write_text(text)
    api = world(world=str(path), strict_auth=True)
    files = api.control("GET", "/state")["files"]
    assert [(file["file_name"], file["content_base64"]) for file in files] == [("a1", "MTE="), ("a2", "MjI=")]
    assert [api.as_token(token).get("/whoami").status_code for token in ("a1", "a2", "a3")] == [200, 200, 401]


def test_a_text_is_filled_with_itself_to_so_many_characters(tmp_path: Path) -> None:
    text = one_task("description: '👍🏽{n}', fill: {description: 65535, title: 1}")
    text += "  - {repeat: 2, project: project, title: '{n}ab', fill: {title: 7}}\n"
    assert fields_of(text, tmp_path, "task", "title", "description") == [
        ("T", None),
        ("X", ("👍🏽{n}" * 13107)),
        ("1ab1ab1", None),
        ("2ab2ab2", None),
    ]


def test_rows_of_json_are_repeated_and_filled_alike(api: Api) -> None:
    document = api.control("GET", "/state")
    project = document["projects"][0]["id"]
    row = {"repeat": 2, "project": project, "title": "{n}", "fill": {"title": 3}}
    api.control("PUT", "/state", {**document, "tasks": [*document["tasks"], row]})
    assert [task["title"] for task in api.walk("/tasks")][3:] == ["111", "222"]
    answer = api.http.put("/_fake/state", json={**document, "tasks": [row, {**row, "repeat": -1}]})
    assert answer.json() == {
        "title": "Invalid document",
        "detail": "state:tasks[1]: repeat says how many rows this is, from 1, not -1.",
        "status": 422,
    }
