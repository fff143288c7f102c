"""The pytest plugin, as a suite uses it whose author has seen nothing but `pytest --fixtures`."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from contract_tests.plugin_runs import STRICT, beside, load
from fake_server import connect

pytest_plugins = ["pytester"]

SAMPLE = '''
import threading

import httpx


def run_my_sync(base_url, token):
    """Completes what is in work, and goes on marking tasks as seen in the background."""
    api = httpx.Client(base_url=base_url, headers={"Authorization": f"Bearer {token}"})
    page = api.get("/tasks", params={"filter": 'title = "Fix it" and status = "WIP"'}).json()
    for task in page["data"]:
        api.patch(f"/tasks/{task['id']}", json={"status": "Completed"}).raise_for_status()
        threading.Thread(target=go_on, args=(api, f"/tasks/{task['id']}")).start()


def go_on(api, path):
    seen = 0
    while api.patch(path, json={"title": f"Seen {seen} times"}).is_success:
        seen += 1
    api.close()


def test_sync(kanbert):                        # a fresh world from the seed, in this process, on a real port
    task = kanbert.make("task", title="Fix it", status="WIP")        # any kind, references made up or given; silent
    run_my_sync(base_url=kanbert.url, token=kanbert.token)
    assert kanbert.get("task", task["id"])["status"] == "Completed"
    kanbert.requests.assert_called("tasks.update", times=1, json={"status": "Completed"})
    kanbert.clock.advance(days=2)
    kanbert.faults.add("tasks.store", status=503, times=2)
    inbox = kanbert.inbox("task:*")                                  # a real receiver that checks signatures
    inbox.wait_for("task:update", id=task["id"])
'''

WORLDS = """
import pytest

pytestmark = pytest.mark.kanbert(now="2026-03-12T09:00:00Z")


def titles(kanbert):
    return [task["title"] for task in kanbert.client.get("/tasks").json()["data"]]


def created(kanbert):
    body = {"title": "New", "project_id": kanbert.client.get("/projects").json()["data"][0]["id"]}
    return kanbert.client.post("/tasks", json=body).json()["id"]


@pytest.mark.parametrize("run", range(3))
def test_a_world_is_as_new_and_makes_the_same_ids(kanbert, run):
    assert len(titles(kanbert)) == 3
    assert created(kanbert) == "ChvSQrZp"
    assert kanbert.clock.now == "2026-03-12T09:00:00.000Z"


@pytest.mark.kanbert(world="empty")
class TestClass:
    def test_has_the_class_s_world_and_the_module_s_time(self, kanbert):
        assert titles(kanbert) == []
        assert kanbert.clock.now == "2026-03-12T09:00:00.000Z"

    @pytest.mark.kanbert(world="small", tasks=153, seed=7, now="2026-01-01")
    def test_says_itself_what_it_has(self, kanbert):
        assert len(kanbert.all("task")) == 153
        assert kanbert.clock.now == "2026-01-01T00:00:00.000Z"

    @pytest.mark.kanbert(world="mine.yaml")
    def test_has_a_file_of_the_tests_folder(self, kanbert):
        assert titles(kanbert) == ["Mine"]

    @pytest.mark.kanbert(world="worlds/ours.json")
    def test_has_a_file_from_the_root(self, kanbert):
        assert titles(kanbert) == ["Ours"]


@pytest.mark.parametrize("world", [pytest.param("small", marks=pytest.mark.kanbert(world="empty"))])
def test_a_parameter_has_a_marker_of_its_own(kanbert, world):
    assert titles(kanbert) == []


def test_more_worlds_are_made_of_the_server(kanbert, kanbert_server):
    with kanbert_server.worlds.new(world="empty") as other:
        assert (len(titles(kanbert)), titles(other)) == (3, [])
    kanbert_server.worlds.rm(other.name)


def test_a_test_may_remove_its_own_world(kanbert, kanbert_server):
    kanbert_server.worlds.rm(kanbert.name)
"""

STYLES = """
import threading
import unittest

import httpx
import pytest


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.mark.anyio
async def test_an_async_test_asks_both_ways(kanbert):
    async with httpx.AsyncClient(base_url=kanbert.url, headers=kanbert.headers) as api:
        assert (await api.get("/whoami")).status_code == 200
    assert kanbert.requests.count(operation="users.whoami") == 1


@pytest.mark.usefixtures("kanbert")
class OldStyle(unittest.TestCase):
    @pytest.mark.kanbert(world="empty")
    def test_a_test_case_has_it_as_an_attribute(self):
        self.assertEqual(self.kanbert.client.get("/tasks").json()["data"], [])


def test_many_threads_ask(kanbert):
    statuses = []
    def ask():
        statuses.append(httpx.get(f"{kanbert.url}/tasks", headers=kanbert.headers).status_code)
    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [200] * 8


@pytest.fixture
def project(kanbert):
    return kanbert.client.get("/projects").json()["data"][0]


def test_fixtures_are_made_of_it(kanbert, project):
    assert kanbert.client.get(f"/projects/{project['id']}/phases").status_code == 200


def test_the_server_s_own_world_is_no_test_s(kanbert_server):
    assert kanbert_server.name == "default"
    assert kanbert_server.requests.count() == 0
"""
PASSED = 1 + 10 + 5

FILE = """
spaces: [{ref: home, name: Home}]
users: [{ref: bot, first_name: Fake, last_name: Bot, email: bot@example.com, type: integration, space: home}]
integrations: [{ref: fake, slug: fake, user: bot}]
clients: [{ref: client, name: Bakery, shortcode: BAK, created_at: "-9d 09:00"}]
projects: [{ref: web, client: client, title: Web, shortcode: WEB, status: running, created_at: "-9d 09:00"}]
tasks: [{ref: task, project: web, title: Mine, status: New, created_at: "-9d 09:00"}]
"""


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    load()


@pytest.fixture(autouse=True)
def root(pytester: pytest.Pytester) -> None:
    """Of a suite that is run: without settings, whatever stands in folders above."""
    pytester.makeini("[pytest]")


@pytest.fixture(scope="module")
def container() -> Iterator[str]:
    """The URL of a server of other settings, as it might have been started beside the tests."""
    with beside("--world", "demo", "--seed", "1") as url:
        yield url


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """Somebody's tests, in a folder below the root of their project."""
    folder = pytester.mkdir("tests")
    for name, text in {"sync": SAMPLE, "worlds": WORLDS, "styles": STYLES}.items():
        (folder / f"test_{name}.py").write_text(text)
    (folder / "mine.yaml").write_text(FILE)
    ours = yaml.safe_load(FILE.replace("Mine", "Ours"))
    (pytester.mkdir("worlds") / "ours.json").write_text(json.dumps(ours))
    return pytester


def test_a_suite_passes_on_a_fake_in_its_process(suite: pytest.Pytester) -> None:
    suite.runpytest_subprocess(*STRICT).assert_outcomes(passed=PASSED)


def test_a_suite_passes_on_a_fake_in_each_worker(suite: pytest.Pytester) -> None:
    suite.runpytest_subprocess(*STRICT, "-n", "2").assert_outcomes(passed=PASSED)


def test_a_suite_passes_on_a_fake_that_runs_elsewhere(suite: pytest.Pytester, container: str) -> None:
    suite.runpytest_subprocess(*STRICT, "--kanbert-url", container).assert_outcomes(passed=PASSED)
    assert [row["name"] for row in connect(container).worlds.list()] == ["default"]


# ---------------------------------------------------------------- what it costs

HEAVY = "starlette", "uvicorn", "httpx2", "pydantic", "faker", "orjson", "yaml", "lark", "fake_server.handle"


def test_importing_the_plugin_imports_nothing_of_the_fake() -> None:
    code = (
        "import sys, pytest\n"
        "before = set(sys.modules)\n"
        "import fake_server.testing\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, encoding="utf-8").stdout
    assert said.split() == ["fake_server", "fake_server.testing"]


def test_a_session_that_does_not_use_the_fixture_starts_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        f"""
        import sys
        import threading

        def test_nothing_is_there():
            assert [name for name in {HEAVY} if name in sys.modules] == []
            assert threading.active_count() == 1
        """
    )
    pytester.runpytest_subprocess(*STRICT).assert_outcomes(passed=1)


def test_the_fixtures_explain_themselves(pytester: pytest.Pytester) -> None:
    pytester.runpytest_inprocess("--fixtures").stdout.fnmatch_lines(
        [
            "kanbert_settings [[]session scope[]] -- *",
            "    The settings of the fake, *",
            "    ... def kanbert_settings():",
            "kanbert_server [[]session scope[]] -- *",
            "    The fake that all tests of this process share: *",
            "    >>> def test_two_spaces(kanbert, kanbert_server):",
            "kanbert -- *",
            "    A fake Kanbert for this test alone: *",
            "    ... def test_sync(kanbert):",
        ]
    )


# ---------------------------------------------------------------- what markers are told


def test_a_marker_that_cannot_be_is_answered_with_the_nearest_that_can(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.parametrize("mark", [
            pytest.param(name, marks=pytest.mark.kanbert(*arguments, **more))
            for name, arguments, more in [
                ("unknown", (), {"wrld": "small"}),
                ("positional", ("small",), {}),
                ("of-the-server", (), {"rate_limit": 3}),
                ("no-world", (), {"world": "smal"}),
                ("no-file", (), {"world": "smal.yaml"}),
                ("no-text", (), {"world": 5}),
                ("no-number", (), {"seed": "x"}),
                ("no-time", (), {"now": "yesterday"}),
                ("grown-file", (), {"world": "small.yaml", "tasks": 5}),
                ("broken-file", (), {"world": "broken.yaml"}),
                ("wrong-file", (), {"world": "wrong.yaml"}),
            ]
        ])
        def test_marked(kanbert, mark): pass
        """
    )
    pytester.makeini("[pytest]")
    for name, text in {
        "small": FILE,
        "broken": "tasks: [",
        "wrong": FILE.replace("project: web", "project: wib"),
    }.items():
        (pytester.path / f"{name}.yaml").write_text(text)
    result = pytester.runpytest_inprocess(*STRICT)
    result.assert_outcomes(errors=11)
    assert sentences(result) == {
        "unknown": "The marker kanbert knows no wrld; did you mean world?",
        "positional": "The marker kanbert takes names only: @pytest.mark.kanbert(world='small').",
        "of-the-server": "The marker kanbert knows no rate_limit, which is a setting of the whole server: "
        "see kanbert_settings.",
        "no-world": "@pytest.mark.kanbert: There is no world smal; did you mean small? "
        "The path of a YAML or JSON file is fine too.",
        "no-file": "@pytest.mark.kanbert: There is no file smal.yaml in HERE; did you mean small.yaml?",
        "no-text": "@pytest.mark.kanbert: world is the name of a world or the path of a file, not 5.",
        "no-number": "The world of this test cannot be made: seed: must be a whole number.",
        "no-time": "The world of this test cannot be made: now: yesterday is no ISO date-time; "
        "2026-01-31T10:00:00Z is one.",
        "grown-file": "tasks grows a world that has a name; HERE/small.yaml has the tasks that it says.",
        "broken-file": "HERE/broken.yaml:2: did not find expected node content (column 1).",
        "wrong-file": "HERE/wrong.yaml:7: there is no project wib above; did you mean web?",
    }


def sentences(result: pytest.RunResult) -> dict[str, str]:
    """By the test's parameter, what is said instead of a traceback."""
    lines = result.outlines
    heads = [number for number, line in enumerate(lines) if "ERROR at setup of test_marked" in line]
    return {
        lines[number].partition("[")[2].partition("]")[0]: lines[number + 1].replace(str(Path.cwd()), "HERE")
        for number in heads
    }
