"""What the report of a failed test says about its world."""

import pytest

from contract_tests.plugin import plugin_runs
from contract_tests.plugin.plugin_runs import STRICT, sections

pytestmark = pytest.mark.proves("README: In pytest")

pytest_plugins = ["pytester"]

loaded, root, container = plugin_runs.loaded, plugin_runs.root, plugin_runs.container


def test_what_cannot_be_found_out_never_hides_the_failure(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        def test_first(kanbert):
            kanbert.client.delete(f"/tasks/{kanbert.all('task')[0]['id']}")
            kanbert.requests._page = lambda **_: {}
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


STRAYED = """
import httpx

def test_stray(kanbert):
    status = httpx.get(f"{kanbert.url}/whoami", headers={"Authorization": "Bearer wrong"}).status_code
    kanbert.requests.assert_called("users.whoami", status=status)

def test_later(kanbert):
    kanbert.requests.assert_sequence("users.whoami")
"""
STRAY = "1 request with other tokens went to the world default."


def test_a_wrong_token_is_refused_by_the_fake_in_this_process(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(STRAYED)
    result = pytester.runpytest_inprocess(*STRICT)
    result.assert_outcomes(failed=2)
    said = "users.whoami with status 401 was expected at least once, but was seen 0 times."
    assert f"E       AssertionError: {said}" in result.outlines
    assert STRAY not in str(result.stdout)


def test_a_wrong_token_at_a_fake_elsewhere_is_told_with_the_failure(
    pytester: pytest.Pytester, container: str
) -> None:
    pytester.makepyfile(STRAYED)
    result = pytester.runpytest_inprocess(*STRICT, "--kanbert-url", container)
    result.assert_outcomes(failed=2)
    assert [line for line in result.outlines if line.endswith(STRAY)] == [f"E       {STRAY}", STRAY]
    assert (sections(result, "test_stray"), sections(result, "test_later")) == ({"kanbert requests": [STRAY]}, {})
