"""World documents made to break the server: refused at once, with their place, and nothing changes."""

import gc
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from time import process_time
from typing import Any

import httpx2
import pytest
import yaml

from contract_tests.client import Api
from contract_tests.control.documents import exported, good, put, row
from contract_tests.control.world_files import GOOD, grow, loaded
from fake_server.moment import Moment
from fake_server.resources import KINDS
from fake_server.seeds import read_document
from fake_server.seeds.worldfile import SeedError
from fake_server.store.store import Store
from fake_server.world import NOBODY, Terms

pytestmark = pytest.mark.proves("README: Another world")

Json = dict[str, Any]


def put_yaml(api: Api, text: str) -> httpx2.Response:
    return api.http.put("/_fake/state", content=text.encode(), headers={"Content-Type": "application/yaml"})


def problem(answer: httpx2.Response) -> tuple[int, Json]:
    """Status and body of a problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    return answer.status_code, answer.json()


def invalid(why: str) -> tuple[int, Json]:
    return 422, {"title": "Invalid document", "detail": why, "status": 422}


def at_once(began: float) -> bool:
    """Whether no more than a blink of the processor's time went by; a hang takes hours of it."""
    return process_time() - began < 1


# ---------------------------------------------------------------- YAML that is more than it seems

LETTERS = "abcdefghi"
LAYERS = [f"&{one} [{','.join([f'*{below}'] * 9)}]" for below, one in pairwise(LETTERS)]
BOMB = f"revoked: [&a [{','.join('x' * 9)}],{','.join(LAYERS)}]\n"
MERGES = "".join(f"{one}: &{one} {{<<: [{','.join([f'*{below}'] * 9)}]}}\n" for below, one in pairwise(LETTERS))
SWOLLEN = "aliases repeat more than 1000000 values here"
DEEP = "it is nested too deeply."
HOSTILE: dict[str, tuple[str, str]] = {
    "aliases of aliases": (f"{BOMB}version: *i", f"1: {SWOLLEN}"),
    "aliases in a field": (f"{BOMB}projects:\n  - custom_fields: {{a: *i}}\n", f"1: {SWOLLEN}"),
    "merges of merges": (f"a: &a {{x: 1}}\n{MERGES}", f"7: {SWOLLEN}"),
    "one long list many times": (
        f"a: &a [{'1,' * 2000}]\nb: [{'*a,' * 2000}]\n", f"2: {SWOLLEN}"),
    "what holds itself": ("tags: &a\n  - {title: *a}\n", "1: this holds itself (column 7)."),
    "a thousand brackets": (f"a: {'[' * 5000}", "1: exceeded maximum nesting depth"),
    "hundreds of brackets": (f"a: {'[' * 900}{']' * 900}", f" {DEEP}"),
    "a whole number of nothing": ('version: !!int ""', "1: '' is no whole number"),
    "a whole number of an underscore": ('\nversion: !!int "_"', "2: '_' is no whole number"),
    "a number of nothing": ('version: !!float ""', "1: '' is no number"),
    "a flag that is a letter": ("version: !!bool x", "1: 'x' is no flag"),
    "a whole number of a list": ("version: !!int [1]", "1: this is no whole number"),
    "a mapping of a number": ("version: !!map 5", "1: this is no mapping"),
    "a list of a mapping": ("version: !!seq {a: b}", "1: this is no list"),
    "a time": ("version: !!timestamp x", "1: JSON has no !!timestamp, so a world has none"),
    "bytes": ("version: !!binary YQ==", "1: JSON has no !!binary, so a world has none"),
    "a set": ("version: !!set {a}", "1: JSON has no !!set, so a world has none"),
    "four thousand digits": (f"version: 0x{'F' * 4000}", "1: '0xFFFF"),
    "a clock of many digits": (f"version: 1{':1' * 100_000}", "1: '1:1:1"),
    "65 bits": (f"version: {2**64}", "1: 18446744073709551616 is a number of more than 64 bits"),
    "infinity": ("ahead: .inf", "1: '.inf' is no number that JSON has"),
    "a number for a name": ("projects:\n  - custom_fields: {5: a}\n", "2: '5' is no name: names are texts"),
    "a list for a name": ("? [a]\n: b\n", "1: this is no name: names are texts"),
    "a control character": ("version: 1\nnow: \x01\n", "2: control characters are not allowed (character 1)."),
    "a long alias": (f"version: *{'a' * 100_000}", "1: "),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_yaml_is_refused_at_once_with_its_line_and_changes_nothing(api: Api, name: str) -> None:
    text, why = HOSTILE[name]
    before, began = exported(api), process_time()
    status, said = problem(put_yaml(api, text))
    assert at_once(began)
    assert (status, said) == invalid(said["detail"])
    assert said["detail"].startswith(f"state:{why}"), said["detail"]
    assert len(said["detail"]) < 700
    assert exported(api) == before


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_file_and_line(tmp_path: Path, name: str) -> None:
    text, why = HOSTILE[name]
    path = tmp_path / "world.yaml"
    path.write_text(text)
    with pytest.raises(SeedError) as error:
        loaded(path)
    assert str(error.value).startswith(f"{path}:{why}")


def test_a_list_that_stands_for_much_is_shown_in_a_few_words(api: Api) -> None:
    text = f"a: &a [{'[],' * 1000}]\n".replace("a: ", "revoked: ", 1) + f"version: [{'*a,' * 900}]\n"
    _, said = problem(put_yaml(api, text))
    assert said["detail"] == (
        "state:2: version [[[], [], [], [], [], [], ...], [[], ... is no whole number; this fake reads version 1."
    )


def test_what_a_merge_brings_can_be_overridden(api: Api) -> None:
    people = yaml.safe_dump(good()["users"][0], default_flow_style=True).strip()
    text = GOOD.replace(
        "users:\n", f"users:\n  - &zoe {people.replace('bot', 'zoe', 1).replace('ref: bot', 'ref: zoe')}\n"
    )
    more = "  - {<<: *zoe, ref: ben, email: ben@example.com, first_name: Ben}\n"
    answer = put_yaml(api, text.replace("integrations:\n", f"{more}integrations:\n"))
    assert (answer.status_code, answer.json()) == (200, {"world": "default", "tasks": 1})
    [ben] = api.control("GET", "/records/user?email=ben@example.com")["data"]
    assert (ben["first_name"], ben["last_name"], ben["type"]) == ("Ben", "B", "integration")


# ---------------------------------------------------------------- JSON and YAML alike

MOST = 10**12
NUMBERS = (
    "numbers are {last: {kind: number}, counters: [[what, of, number], ...]}, with whole numbers up to 1000000000000."
)
TEXT = "a token is a text of 1 to 4096 printable ASCII characters without spaces, not "
TOKEN = {"token": "a", "user": "bot"}
WRONG: dict[str, tuple[Json, str]] = {
    "a clock before all years": ({"mode": "real", "ahead": -9e11}, "ahead: a clock that is ahead by -900000000000.0"),
    "a clock after all years": ({"mode": "real", "ahead": 9e11}, "ahead: a clock that is ahead by 900000000000.0"),
    "a clock in the last year": ({"mode": "real", "ahead": 251_600_000_000}, "ahead: a clock that is ahead by"),
    "a clock ahead by what no float holds": (
        {"mode": "real", "ahead": 2**63}, "ahead: ahead says by how many seconds a clock of mode real is ahead."),
    "a now before the calendar": ({"now": "1000-01-01T00:00:00+14:00"}, "now: now is an ISO date-time such as"),
    "scopes that are a flag": (
        {"tokens": [{**TOKEN, "scopes": False}]}, "tokens[0]: the scopes of a token are a list of texts, not False."),
    "scopes that are nothing": (
        {"tokens": [{**TOKEN, "scopes": ""}]}, "tokens[0]: the scopes of a token are a list of texts, not ''."),
    "scopes that are nought": (
        {"tokens": [{**TOKEN, "scopes": 0}]}, "tokens[0]: the scopes of a token are a list of texts, not 0."),
    "a scope that is a list": (
        {"tokens": [{**TOKEN, "scopes": [[]]}]}, "tokens[0]: the scopes of a token are a list of texts, not [[]]."),
    "an integration that is a number": (
        {"tokens": [{**TOKEN, "integration": 5}]},
        "tokens[0]: the integration of a token is a text, its slug, not 5."),
    "a token without text": ({"tokens": [{**TOKEN, "token": ""}]}, f"tokens[0]: {TEXT}''."),
    "a token with a space": ({"tokens": [TOKEN, {**TOKEN, "token": "a b"}]}, f"tokens[1]: {TEXT}'a b'."),
    "a token of two lines": ({"tokens": [{**TOKEN, "token": "a\r\nb"}]}, f"tokens[0]: {TEXT}'a\\r\\nb'."),
    "a token that ends with a line": ({"tokens": [{**TOKEN, "token": "a\n"}]}, f"tokens[0]: {TEXT}'a\\n'."),
    "a token beyond ASCII": ({"tokens": [{**TOKEN, "token": "ä"}]}, f"tokens[0]: {TEXT}'ä'."),
    "a token that is too long": ({"tokens": [{**TOKEN, "token": "a" * 4097}]}, f"tokens[0]: {TEXT}'aaaa"),
    "a revoked token with a space": ({"revoked": ["a", "b c"]}, f"revoked: {TEXT}'b c'."),
    "revoked tokens that are a flag": ({"revoked": False}, "revoked: revoked is a list of texts."),
    "a token that expires before the calendar": (
        {"tokens": [{**TOKEN, "expires_at": "1000-01-01T00:00:00+01:00"}]},
        "tokens[0]: '1000-01-01T00:00:00+01:00' is no time; write -2d, -2d 09:30, -3h or an ISO date-time."),
    "a token that expires after it": (
        {"tokens": [{**TOKEN, "expires_at": "+99999999d"}]},
        "tokens[0]: '+99999999d' is no time; write -2d, -2d 09:30, -3h or an ISO date-time."),
    "a number beyond all counting": ({"numbers": {"last": {"task": 2 * MOST}}}, f"numbers: {NUMBERS}"),
    "numbers that are a flag": ({"numbers": False}, f"numbers: {NUMBERS}"),
    "a counter without a name": ({"numbers": {"counters": [[[], 1, 1]]}}, f"numbers: {NUMBERS}"),
    "a flag for more tasks": (
        {"grow": {"tasks": True}}, "grow: tasks of grow is a whole number up to 1000000, not True."),
    "less than no tasks": ({"grow": {"tasks": -5}}, "grow: tasks of grow is a whole number up to 1000000, not -5."),
    "a misspelt number of tasks": ({"grow": {"taks": 5}}, "grow: grow has no field taks; did you mean tasks?"),
    "words that are no lists": (
        {"grow": {"words": {"verb": "Do"}}},
        "grow: words of grow are lists of texts by their names, not {'verb': 'Do'}."),
    "no format to grow from": (
        {"grow": {"tasks": 5, "words": {}, "formats": {}}, "projects": [
            {"ref": "project", "client": "client", "title": "P", "shortcode": "P", "status": "running"}]},
        "grow: nothing can be grown from this: it lacks task.title."),
    "a number of 65 bits": (
        {"tasks": [row(), row(estimated_hours=2**64)]},
        "tasks[1]: 18446744073709551616 is a number of more than 64 bits"),
    "a number of 65 bits deep within": (
        {"projects": [{"client": "client", "title": "P", "custom_fields": {"a": [{"b": [-(2**64)]}]}}]},
        "projects[0]: -18446744073709551616 is a number of more than 64 bits"),
    "no project": (
        {"tasks": [row(project=None)]}, "tasks[0]: project takes the ref, or the id, of a project, not None."),
    "one watcher for a list": (
        {"tasks": [row(watchers="bot")]}, "tasks[0]: watchers takes a list of refs, or ids, of users, not 'bot'."),
    "a sample of a very long name": (
        {"tasks": [row(ref="t")],
         "files": [{"task": "t", "file_name": "a", "mime_type": "b", "sample": "a" * 5000}]},
        "files[0]: a file needs a content, a content_base64 or a sample of"),
}  # fmt: skip


@pytest.mark.parametrize("form", ["json", "yaml"])
@pytest.mark.parametrize("name", WRONG)
def test_a_hostile_document_is_refused_with_its_place_and_changes_nothing(api: Api, name: str, form: str) -> None:
    more, why = WRONG[name]
    before, document = exported(api), good(**more)
    yaml_of = yaml.safe_dump(document, sort_keys=False, allow_unicode=True)
    status, said = problem(put(api, document) if form == "json" else put_yaml(api, yaml_of))
    assert (status, said) == invalid(said["detail"])
    place = f"state:{why}" if form == "json" else why.partition(": ")[2]
    assert place in said["detail"], said["detail"]
    assert exported(api) == before


def test_a_clock_may_be_ahead_by_thousands_of_years(api: Api) -> None:
    assert put(api, good(mode="real", ahead=2e11)).status_code == 200
    assert api.control("GET", "/worlds")["data"][0]["now"] > "8000"


def test_a_world_that_begins_with_the_largest_numbers_goes_on_and_comes_back(api: Api) -> None:
    numbers = {"last": {"task": MOST}, "counters": [["task", 1, MOST]]}
    assert put(api, good(numbers=numbers)).status_code == 200
    api.control("POST", "/records/task", {})
    found = exported(api)
    assert found["numbers"]["last"]["task"] == MOST + 1
    assert put(api, found).status_code == 200
    assert exported(api) == found


def test_a_field_of_the_grow_section_is_refused_with_its_own_line(tmp_path: Path) -> None:
    path = tmp_path / "world.yaml"
    path.write_text(f"{GOOD}grow:\n  words: {{}}\n  taks: 5\n")
    with pytest.raises(SeedError) as error:
        loaded(path)
    assert str(error.value) == f"{path}:15: grow has no field taks; did you mean tasks?"


def test_a_grow_section_without_words_of_its_own_can_use_fakers(api: Api) -> None:
    text = GOOD + grow("{{catch_phrase}}").replace("words: {verb: [Do]}", "words: {}")
    running = text.replace("shortcode: P}", "shortcode: P, status: running}")
    assert put_yaml(api, running).json() == {"world": "default", "tasks": 5}


def test_ten_thousand_tasks_one_above_the_other_are_read_in_a_moment() -> None:
    ids = [Store(KINDS).ids.text("task", number) for number in range(1, 10_001)]
    rows = [row(id=ids[0]), *(row(id=below, parent_task=above) for above, below in pairwise(ids))]
    read_document(good(tasks=rows[:2]), MOMENT)
    began = process_time()
    found = read_document(good(tasks=rows), MOMENT)
    assert process_time() - began < 5
    assert len(found.store.rows("task")) == 10_000


# ---------------------------------------------------------------- tokens of other worlds


@pytest.fixture
def elsewhere(api: Api) -> Iterator[Api]:
    """A second world of the same server, of another seed."""
    row = api.control("POST", "/worlds", {"world": "empty"})
    yield api.as_token(row["token"])
    api.control("DELETE", f"/worlds/{row['name']}")


def of(api: Api, method: str, path: str, body: Any = None) -> httpx2.Response:
    """A control call about the world of a token."""
    headers = {"Authorization": f"Bearer {api.token}"}
    return api.http.request(method, f"/_fake{path}", json=body, headers=headers)


def test_a_document_whose_token_leads_to_another_world_is_refused_and_changes_nothing(
    api: Api, elsewhere: Api
) -> None:
    api.control("POST", "/tokens", {"token": "mine"})
    before = of(elsewhere, "GET", "/state").json()
    answer = of(elsewhere, "PUT", "/state", good(tokens=[TOKEN, {**TOKEN, "token": "mine"}]))
    why = "The token mine belongs to the world default."
    assert problem(answer) == (409, {"title": "Token taken", "detail": why, "status": 409})
    assert of(elsewhere, "GET", "/state").json() == before
    assert api.as_token("a").get("/tasks").content == api.get("/tasks").content


def test_a_world_takes_its_own_export_back_also_with_tokens_that_it_shares_by_its_seed(api: Api) -> None:
    new = api.control("POST", "/worlds", {"world": "small"})
    try:
        second = api.as_token(new["token"])
        found = of(second, "GET", "/state").json()
        assert "guest-token" in [one["token"] for one in found["tokens"]]
        assert of(second, "PUT", "/state", found).json() == {"world": new["name"], "tasks": 3}
        assert of(second, "GET", "/state").json() == found
    finally:
        api.control("DELETE", f"/worlds/{new['name']}")


def test_a_new_world_knows_the_tokens_of_its_document_that_lead_elsewhere_for_whoever_names_it(api: Api) -> None:
    api.control("POST", "/tokens", {"token": "mine"})
    new = api.control("POST", "/worlds", {"state": good(tokens=[{**TOKEN, "token": "mine"}], tasks=[row()])})
    try:
        mine = api.as_token("mine")
        assert len(mine.data("/tasks")) == 3
        named = mine.get("/tasks", headers={"X-Fake-World": new["name"]}).json()
        assert [one["title"] for one in named["data"]] == ["T"]
    finally:
        api.control("DELETE", f"/worlds/{new['name']}")


# ---------------------------------------------------------------- memory

MOMENT = Moment(1_773_329_400, Terms().zone, NOBODY)  # type: ignore[arg-type]


def stores() -> int:
    return sum(type(one) is Store for one in gc.get_objects())


def alive_after(load: Any) -> int:
    """Stores that are alive after twenty loads, and were not before, though the collector never came."""
    gc.collect()
    gc.disable()
    try:
        before = stores()
        for _ in range(20):
            load()
        return stores() - before
    finally:
        gc.enable()


def refused_document() -> None:
    with pytest.raises(SeedError):
        read_document(good(tasks=[row(), row(assignee="nobody")]), MOMENT)


def test_a_document_that_was_read_leaves_no_store_behind() -> None:
    assert alive_after(lambda: read_document(good(tasks=[row()]), MOMENT)) == 0


def test_a_world_that_loads_again_and_again_keeps_what_it_has_and_no_more(api: Api) -> None:
    document = good(tasks=[row()])
    put(api, document)
    assert alive_after(lambda: put(api, document)) <= 2


def test_documents_that_are_refused_leave_no_store_behind(api: Api) -> None:
    broken = good(tasks=[row(), row(assignee="nobody")])
    assert alive_after(lambda: put(api, broken)) <= 2
