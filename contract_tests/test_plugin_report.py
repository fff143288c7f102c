"""What the report of a failed test says about its world."""

import re
from collections.abc import Iterator

import pytest

from contract_tests.plugin_runs import STRICT, beside, load

pytest_plugins = ["pytester"]

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
            "#1 PATCH /tasks/6OVgnxRW -> 200 Ignored body keys: titel (did you mean title?).",
            "#2 DELETE /tasks/qv03Y19d -> 200",
            '#3 GET /tasks?filter=titel = "x"&page[size]=2 -> 400 Unknown filter field titel: did you mean title?',
            "#4 POST /tasks -> 200",
            "#5 GET /?/? -> 404 The service has no such route.",
            "#6 PATCH /tasks/yYSrP3j4 -> 200",
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
            '+ webhook BkTj3oJP url: "INBOX", events: ["task:*"], '
            f"created_at: {CHANGED}, updated_at: {CHANGED}, secret: SECRET, is_active: true",
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
        "kanbert requests": ["#1 GET /nowhere -> 404 The service has no such route; did you mean GET /users?"],
    },
    "test_that_made_many_requests": {
        "kanbert requests": ["The last 20 of 23:", *(f"#{number} GET /whoami -> 200" for number in range(4, 24))],
    },
    "test_that_removed_its_world": {"kanbert": ["The world W was removed before this could be asked."]},
    "test_that_did_nothing": {},
    "test_without_the_fixture": {},
}


def sections(result: pytest.RunResult, test: str) -> dict[str, list[str]]:
    """The plugin's sections in the report of a test, without what differs from run to run."""
    report = str(result.stdout).partition(f" {test} _")[2]
    parts = re.split(r"\n-{5,} (.+) -{5,}\n", re.split(r"\n[_=]{5,}", report)[0])
    found = dict(zip(parts[1::2], parts[2::2], strict=True))
    return {title: differing(text).splitlines() for title, text in found.items() if title.startswith("kanbert")}


def differing(text: str) -> str:
    text = re.sub(r"http://127.0.0.1:\d+/", "INBOX", text)
    return re.sub(r"world w\d+", "world W", re.sub(r'secret: "\w+"', "secret: SECRET", text))


@pytest.mark.parametrize("how", ["here", "workers", "elsewhere"])
def test_a_failure_shows_requests_deliveries_and_data(
    pytester: pytest.Pytester, how: str, request: pytest.FixtureRequest
) -> None:
    pytester.makepyfile(FAILING)
    options = {
        "here": [],
        "workers": ["-n", "2"],
        "elsewhere": ["--kanbert-url", request.getfixturevalue("container")],
    }
    run = pytester.runpytest_subprocess if how == "workers" else pytester.runpytest_inprocess
    result = run(*STRICT, *options[how])
    result.assert_outcomes(failed=5, errors=1, xfailed=1)
    said = {test: sections(result, f"{where}{test}") for test, where in SAID_WHERE.items()}
    assert said == SAID


def test_what_cannot_be_found_out_never_hides_the_failure(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_first(kanbert):
            kanbert.client.delete(f"/tasks/{kanbert.all('task')[0]['id']}")
            kanbert.requests.page = lambda **_: {}
            raise LookupError("the first failure")

        def test_last(kanbert, kanbert_server):
            kanbert_server.stop()
            raise LookupError("the last failure")
        """
    )
    result = pytester.runpytest_inprocess(*STRICT)
    result.assert_outcomes(failed=2)
    result.stdout.fnmatch_lines(["E * LookupError: the first failure", "E * LookupError: the last failure"])
    first, last = sections(result, "test_first"), sections(result, "test_last")
    assert first["kanbert requests"] == ["(cannot be shown: KeyError: 'total')"]
    assert [line[:15] for line in first["kanbert world"]] == ["- task qv03Y19d"]
    assert {title: [line[:24] for line in lines] for title, lines in last.items()} == {
        "kanbert": ["No fake answers at http:"]
    }


def test_a_refusal_is_shown_at_the_line_of_the_test(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_refused(kanbert):
            kanbert.make("taks")

        def test_not_called(kanbert):
            kanbert.requests.assert_called("tasks.store")
        """
    )
    result = pytester.runpytest_inprocess(*STRICT)
    result.assert_outcomes(failed=2)
    lines = [line for line in result.outlines if line.startswith((">", "E", "test_a_refusal"))]
    assert lines[1:] == [
        '>       kanbert.make("taks")',
        "E       fake_server.handle.connection.ControlError: There is no kind of record taks; did you mean task?",
        "test_a_refusal_is_shown_at_the_line_of_the_test.py:2: ControlError",
        '>       kanbert.requests.assert_called("tasks.store")',
        "E       AssertionError: tasks.store was expected at least once, but was seen 0 times.",
        "E       All requests (0):",
        "test_a_refusal_is_shown_at_the_line_of_the_test.py:5: AssertionError",
    ]
