"""The pytest plugin, as a suite uses it whose author has seen nothing but `pytest --fixtures`."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from contract_tests.plugin import plugin_runs
from contract_tests.plugin.plugin_runs import STRICT, beside, met, sections
from contract_tests.plugin.plugin_suite import FAILING, FILE, PASSED, SAID, SAID_WHERE, SAMPLE, STYLES, WHOAMI, WORLDS
from fake_server import connect

pytestmark = pytest.mark.proves("README: In pytest")

pytest_plugins = ["pytester"]
loaded, root = plugin_runs.loaded, plugin_runs.root


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    """The URL of a server of other settings in another process."""
    with beside("--world", "demo", "--seed", "1") as url:
        yield url


@pytest.fixture
def suite(pytester: pytest.Pytester) -> pytest.Pytester:
    """Somebody's tests, in a folder below the root of their project."""
    folder = pytester.mkdir("tests")
    for name, text in {"sync": SAMPLE, "worlds": WORLDS, "styles": STYLES, "failing": FAILING}.items():
        (folder / f"test_{name}.py").write_text(text)
    (folder / "mine.yaml").write_text(FILE)
    ours = yaml.safe_load(FILE.replace("Mine", "Ours"))
    (pytester.mkdir("worlds") / "ours.json").write_text(json.dumps(ours))
    return pytester


def check(result: pytest.RunResult) -> None:
    """Wherever the fake is, the same tests pass, of the others the same is said, and all counts are added up."""
    result.assert_outcomes(passed=PASSED, failed=5, errors=1, xfailed=1)
    assert {test: sections(result, f"{where}{test}") for test, where in SAID_WHERE.items()} == SAID
    calls = [line.split()[1] for line in met(result) if line.startswith("users.whoami ")]
    assert calls == [str(WHOAMI)]


def test_a_suite_has_a_fake_in_its_process(suite: pytest.Pytester) -> None:
    check(suite.runpytest_inprocess(*STRICT, "--kanbert-cov"))


@pytest.mark.slow
def test_a_suite_has_a_fake_in_each_worker(suite: pytest.Pytester) -> None:
    check(suite.runpytest_inprocess(*STRICT, "--kanbert-cov", "-n", "2"))


def test_a_suite_has_a_fake_that_runs_elsewhere(suite: pytest.Pytester, elsewhere: str) -> None:
    check(suite.runpytest_inprocess(*STRICT, "--kanbert-cov", "--kanbert-url", elsewhere))
    assert [row["name"] for row in connect(elsewhere).worlds.list()] == ["default"]


# ---------------------------------------------------------------- what it costs

HEAVY = "starlette", "uvicorn", "httpx2", "pydantic", "faker", "orjson", "yaml", "lark", "fake_server.handle"


def test_importing_the_plugin_imports_nothing_of_the_fake_but_names() -> None:
    code = (
        "import sys, pytest\n"
        "before = set(sys.modules)\n"
        "import fake_server.testing\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, encoding="utf-8").stdout
    assert said.split() == ["fake_server", "fake_server.testing", "fake_server.world_names"]


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
        "no-number": "The world of this test cannot be made: seed: must be a whole number of 64 bits.",
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
