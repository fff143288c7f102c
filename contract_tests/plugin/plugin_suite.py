"""A suite that uses the pytest plugin, and what is said of those of its tests that fail."""

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
WHOAMI = 25
"""How often all of them ask who they are."""

FILE = """
spaces: [{ref: home, name: Home}]
users: [{ref: bot, first_name: Fake, last_name: Bot, email: bot@example.com, type: integration, space: home}]
integrations: [{ref: fake, slug: fake, user: bot}]
clients: [{ref: client, name: Bakery, shortcode: BAK, created_at: "-9d 09:00"}]
projects: [{ref: web, client: client, title: Web, shortcode: WEB, status: running, created_at: "-9d 09:00"}]
tasks: [{ref: task, project: web, title: Mine, status: New, created_at: "-9d 09:00"}]
"""

FAILING = """
import pytest

pytestmark = pytest.mark.kanbert(now="2026-03-12T09:00:00Z")


@pytest.fixture
def broken(kanbert):
    kanbert.client.get("/nowhere")
    raise LookupError("the fixture's own error")


def test_that_fails(kanbert):
    api = kanbert.client
    inbox = kanbert.inbox("task:*")
    inbox.answer(500, times=1)
    logo, brief, launch = (kanbert.all("task", title=title)[0] for title in TITLES)
    api.patch(f"/tasks/{logo['id']}", json={"title": "Draw the logo", "titel": "x"})
    api.delete(f"/tasks/{brief['id']}")
    api.get("/tasks", params={"filter": 'titel = "x"', "page[size]": 2})
    api.post("/tasks", json={"title": "\\x1b[31mNew", "project_id": logo["project_id"]})
    api.get("/%07/%1b")
    kanbert.flush()
    api.patch(f"/tasks/{launch['id']}", json={"status": "WIP"})
    assert inbox.received == "nothing"


TITLES = "Design the logo", "Write the brief", "Launch the site"


def test_with_a_fixture_that_fails(broken):
    pass


def test_that_made_many_requests(kanbert):
    for _ in range(23):
        kanbert.client.get("/whoami")
    raise LookupError("many")


def test_that_removed_its_world(kanbert, kanbert_server):
    kanbert_server.worlds.rm(kanbert.name)
    raise LookupError("removed")


@pytest.mark.xfail(strict=True, reason="as expected")
def test_that_is_expected_to_fail(kanbert):
    kanbert.client.get("/whoami")
    raise LookupError


def test_that_did_nothing(kanbert):
    raise LookupError("nothing done")


def test_without_the_fixture():
    raise LookupError("without")
"""

CHANGED = '"2026-03-12T09:00:00Z"'
SAID_WHERE = {
    "test_that_fails": "",
    "test_with_a_fixture_that_fails": "ERROR at setup of ",
    "test_that_made_many_requests": "",
    "test_that_removed_its_world": "",
    "test_that_did_nothing": "",
    "test_without_the_fixture": "",
}
SAID = {
    "test_that_fails": {
        "kanbert requests": [
            '#1 PATCH /tasks/6OVgnxRW body {"title": "Draw the logo", "titel": "x"} -> 200 (tasks.update) '
            "Ignored body keys: titel (did you mean title?).",
            "#2 DELETE /tasks/qv03Y19d -> 200 (tasks.delete)",
            '#3 GET /tasks query {"filter": "titel = \\"x\\"", "page": {"size": "2"}} -> 400 (tasks.index) '
            "Unknown filter field titel: did you mean title?",
            '#4 POST /tasks body {"title": "\\u001b[31mNew", "project_id": "XOabHbzB"} -> 200 (tasks.store)',
            "#5 GET /?/? -> 404 (no such route) The service has no such route.",
            '#6 PATCH /tasks/yYSrP3j4 body {"status": "WIP"} -> 200 (tasks.update)',
        ],
        "kanbert deliveries": [
            "#1 task:update 6OVgnxRW -> INBOX delivered: 500, 200",
            "#2 task:delete qv03Y19d -> INBOX delivered: 200",
            "#3 task:create ChvSQrZp -> INBOX delivered: 200",
            "#4 task:update yYSrP3j4 -> INBOX pending, due at 2026-03-12T09:00:00.100Z",
        ],
        "kanbert world": [
            '+ task ChvSQrZp project_id: "XOabHbzB", uri: "WEB-4", title: "\\u001b[31mNew", '
            f"created_at: {CHANGED}, updated_at: {CHANGED}, list_sorting: 0, "
            'status: "New", type: "task", is_onhold: false, is...',
            f'~ task yYSrP3j4 updated_at: "2026-02-20T14:00:00Z" -> {CHANGED}',
            "~ task yYSrP3j4 list_sorting: 0 -> 1",
            '~ task yYSrP3j4 status: "New" -> "WIP"',
            '~ task 6OVgnxRW title: "Design the logo" -> "Draw the logo"',
            f'~ task 6OVgnxRW updated_at: "2026-02-28T10:20:00Z" -> {CHANGED}',
            '- task qv03Y19d project_id: "XOabHbzB", uri: "WEB-1", title: "Write the brief", '
            'created_at: "2026-02-15T09:30:00Z", updated_at: "2026-02-15T09:30:00Z", list_sorting: 0, '
            'status: "Completed", type: "task", description:...',
        ],
    },
    "test_with_a_fixture_that_fails": {
        "kanbert requests": [
            "#1 GET /nowhere -> 404 (no such route) The service has no such route; did you mean GET /users?"
        ],
    },
    "test_that_made_many_requests": {
        "kanbert requests": [
            "The last 20 of 23:",
            *(f"#{number} GET /whoami -> 200 (users.whoami)" for number in range(4, 24)),
        ],
    },
    "test_that_removed_its_world": {"kanbert": ["The world W was removed before this could be asked."]},
    "test_that_did_nothing": {},
    "test_without_the_fixture": {},
}
