"""The options of the pytest plugin, and the fixture by which a suite sets what its fake is like."""

from argparse import ArgumentTypeError
from textwrap import dedent

import pytest

from contract_tests.plugin import plugin_runs
from contract_tests.plugin.plugin_runs import LIGHT, STRICT, met
from contract_tests.processes import free_port
from fake_server import connect
from fake_server.testing import percentage

pytestmark = pytest.mark.proves("README: Options of the plugin")

pytest_plugins = ["pytester"]


loaded, root, container = plugin_runs.loaded, plugin_runs.root, plugin_runs.container


# ---------------------------------------------------------------- what cannot be


@pytest.mark.parametrize(
    "option, said",
    [
        (
            "--kanbert-url=localhost:5262",
            "--kanbert-url: No fake can be at 'localhost:5262': that is no URL; http://127.0.0.1:5262 is one.",
        ),
        (
            "--kanbert-url=http://127.0.0.1:PORT",
            "--kanbert-url: No fake answers at http://127.0.0.1:PORT. No connection: Connection refused. "
            "Start one with the command kanbert-fake, or in this process with FakeServer.",
        ),
        (
            "--kanbert-world=smal",
            "--kanbert-world: There is no world smal; did you mean small? "
            "The path of a YAML or JSON file is fine too.",
        ),
        ("--kanbert-world=mine.yaml", "--kanbert-world: There is no file mine.yaml in HERE."),
        (
            "--kanbert-now=yesterday",
            "--kanbert-now: yesterday is no ISO date-time; 2026-01-31T10:00:00Z is one.",
        ),
    ],
)
def test_an_option_that_cannot_be_ends_the_session_with_one_sentence(
    pytester: pytest.Pytester, option: str, said: str
) -> None:
    pytester.makepyfile("def test_one(kanbert): pass")
    port = str(free_port())
    result = pytester.runpytest_inprocess(*STRICT, option.replace("PORT", port))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    here = str(pytester.path)
    assert [line for line in result.errlines if line] == [
        f"ERROR: {said.replace('PORT', port).replace('HERE', here)}"
    ]
    assert "test session starts" not in str(result.stdout)


@pytest.mark.parametrize("text", ["nan", "inf", "-5", "100.1", "all"])
def test_a_percentage_is_a_number_from_0_to_100(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match=f"^'{text}' is no number from 0 to 100$"):
        percentage(text)
    assert (percentage("0"), percentage("99.5"), percentage("100")) == (0, 99.5, 100)


def test_a_percentage_that_is_none_ends_the_session(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess(*STRICT, "--kanbert-cov-fail-under", "101")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines("*argument --kanbert-cov-fail-under: '101' is no number from 0 to 100")


def test_workers_are_not_even_started_where_the_url_is_wrong(pytester: pytest.Pytester) -> None:
    pytester.makeini(f"[pytest]\nkanbert_url = http://127.0.0.1:{free_port()}")
    pytester.makepyfile("def test_one(kanbert): pass")
    result = pytester.runpytest_inprocess(*STRICT, "-n", "2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [line[:19] for line in result.errlines if line] == ["ERROR: --kanbert-ur"]
    assert result.outlines == []


# ---------------------------------------------------------------- where, and which world


def test_options_come_before_the_settings_and_markers_before_the_options(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def kanbert_settings():
            return {"world": "small", "tasks": 40, "max_page_size": 2, "now": "2026-02-02", "strict_worlds": False}
        """
    )
    pytester.makepyfile(
        """
        import pytest

        def seen(kanbert):
            return len(kanbert.all("task")), kanbert.clock.now[:10]

        def test_plain(kanbert):
            assert seen(kanbert) == (EXPECTED, "2026-03-03")
            assert len(kanbert.client.get("/tasks").json()["data"]) == min(EXPECTED, 2)
            assert kanbert.client.get("/whoami", headers={"Authorization": "Bearer any"}).status_code == 200

        @pytest.mark.kanbert(tasks=5, world="small", now="2026-04-04")
        def test_marked(kanbert):
            assert seen(kanbert) == (5, "2026-04-04")

        @pytest.mark.kanbert(world="small")
        def test_whose_marker_names_another_world(kanbert):
            assert seen(kanbert) == (3, "2026-03-03")
        """.replace("EXPECTED", "0")
    )
    options = ("--kanbert-world", "empty", "--kanbert-now", "2026-03-03")
    pytester.runpytest_inprocess(*STRICT, *options).assert_outcomes(passed=3)


def test_the_number_of_the_seed_is_an_option(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import pytest

        @pytest.mark.kanbert(tasks=9)
        def test_one(kanbert):
            print("titles", [one["title"] for one in kanbert.all("task")])

        @pytest.mark.kanbert(tasks=9, seed=42)
        def test_two(kanbert):
            print("titles", [one["title"] for one in kanbert.all("task")])
        """
    )
    usual, other = (
        [line for line in pytester.runpytest_inprocess(*STRICT, "-s", *options).outlines if "titles" in line]
        for options in ((), ("--kanbert-seed", "7"))
    )
    assert usual[0].partition("titles")[2] == usual[1].partition("titles")[2] == other[1].partition("titles")[2]
    assert other[0].partition("titles")[2] != other[1].partition("titles")[2]


def test_the_usual_world_may_be_a_file(pytester: pytest.Pytester) -> None:
    pytester.makeconftest(
        """
        from pathlib import Path

        import pytest

        @pytest.fixture(scope="session")
        def kanbert_settings():
            return {"world": Path("worlds/mine.yaml"), "strict_auth": True}
        """
    )
    pytester.mkdir("tests")
    (pytester.path / "tests" / "test_names.py").write_text(
        "def test_one(kanbert, kanbert_server):\n"
        "    names = [one['last_name'] for world in (kanbert, kanbert_server) for one in world.all('user')]\n"
        "    assert names == EXPECTED\n"
        "    assert kanbert.client.get('/whoami', headers={'Authorization': 'Bearer x'}).status_code == 401\n"
    )
    folder = pytester.mkdir("worlds")
    for name in ("mine", "other"):
        (folder / f"{name}.yaml").write_text(
            "spaces: [{ref: home, name: Home}]\nusers:\n"
            f"  - {{ref: bot, first_name: A, last_name: {name}, email: a@b.test, type: integration, space: home}}\n"
            "integrations: [{ref: fake, slug: fake, user: bot}]\n"
        )
    test = pytester.path / "tests" / "test_names.py"
    text = test.read_text()
    for options, expected in (((), ["mine", "mine"]), (("--kanbert-world", "worlds/other.yaml"), ["other", "other"])):
        test.write_text(text.replace("EXPECTED", str(expected)))
        pytester.runpytest_inprocess(*STRICT, *options).assert_outcomes(passed=1)


def test_settings_of_a_server_that_runs_already_are_remarked_on(pytester: pytest.Pytester, container: str) -> None:
    pytester.makeconftest(
        """
        import pytest

        @pytest.fixture(scope="session")
        def kanbert_settings():
            return {"world": "small", "rate_limit": 60}
        """
    )
    pytester.makepyfile("def test_one(kanbert): pass")
    result = pytester.runpytest_inprocess(*LIGHT, "-W", "default", "--kanbert-url", container)
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(
        f"*kanbert_settings: rate_limit cannot be set for the fake at {container}, which runs already; "
        "start it with --rate-limit."
    )


def test_settings_that_cannot_be_are_said_without_a_traceback(pytester: pytest.Pytester) -> None:
    conftest = """
        import pytest

        @pytest.fixture(scope="session")
        def kanbert_settings():
            return {}
        """
    pytester.makeconftest(conftest.format({"rate_limits": 60}))
    pytester.mkdir("later")
    (pytester.path / "later" / "conftest.py").write_text(dedent(conftest.format({"rate_limit": 60})))
    test = "def test_one(kanbert): pass"
    (pytester.path / "later" / "test_later.py").write_text(test)
    pytester.makepyfile(test_first=test)
    result = pytester.runpytest_inprocess(*STRICT, "test_first.py")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "_* ERROR at setup of test_one _*",
            "The fake cannot be started: There is no setting rate_limits; did you mean rate_limit?",
            "=* short test summary info =*",
        ],
        consecutive=True,
    )
    pytester.makeconftest("")
    result = pytester.runpytest_inprocess(*STRICT, "test_first.py", "later")
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(
        "kanbert_settings: rate_limit is 60 here, but the one server of this session was started with its default; "
        "say it in the conftest.py of all tests."
    )


# ---------------------------------------------------------------- keeping, reaching


def test_the_world_of_a_failed_test_is_kept_on_request(pytester: pytest.Pytester, container: str) -> None:
    pytester.makepyfile(
        """
        def test_that_fails(kanbert):
            kanbert.client.get("/whoami")
            raise LookupError

        def test_that_passes(kanbert):
            kanbert.client.get("/whoami")
        """
    )
    result = pytester.runpytest_inprocess(*STRICT, "--kanbert-url", container, "--kanbert-keep")
    result.assert_outcomes(passed=1, failed=1)
    with connect(container) as server:
        (kept,) = [row["name"] for row in server.worlds.list() if row["name"] != "default"]
    assert kept.startswith("test-that-fails-")
    result.stdout.fnmatch_lines(
        [
            "-* kanbert kept -*",
            f"The world {kept} stays at {container}; its token is kanbert-{kept}.",
            f"{container}/_fake/requests?world={kept} and /_fake/diff?world={kept} show it.",
        ],
        consecutive=True,
    )
    with connect(container, world=kept) as world:
        world.requests.assert_called("users.whoami", times=1)


def test_inboxes_are_where_a_container_reaches_them(pytester: pytest.Pytester, container: str) -> None:
    pytester.makepyfile(
        """
        def changed(kanbert):
            inbox = kanbert.inbox("task:*")
            assert inbox.url.startswith("http://localhost:")
            task = kanbert.client.get("/tasks").json()["data"][0]["id"]
            kanbert.client.delete(f"/tasks/{task}")
            kanbert.flush()
            inbox.wait_for("task:delete", id=task)

        def test_one(kanbert):
            changed(kanbert)
            with kanbert.branch() as other:
                changed(other)
        """
    )
    options = ("--kanbert-url", container, "--kanbert-public-host", "localhost")
    pytester.runpytest_inprocess(*STRICT, *options).assert_outcomes(passed=1)


# ---------------------------------------------------------------- the real service


def test_nothing_reaches_the_real_service_while_calls_are_intercepted(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import httpx
        import pytest

        def whoami(token="any"):
            return httpx.get("https://api.kanbert.com/api/v1/whoami", headers={"Authorization": f"Bearer {token}"})

        @pytest.fixture
        def early():
            whoami()

        def test_that_has_a_fake(kanbert):
            assert whoami().status_code == 200
            kanbert.requests.assert_called("users.whoami", times=1)

        def test_that_has_none():
            whoami()

        def test_whose_fixture_has_none(early, kanbert):
            pass
        """
    )
    result = pytester.runpytest_inprocess(*STRICT, "--kanbert-intercept")
    result.assert_outcomes(passed=1, failed=1, errors=1)
    said = [line for line in result.outlines if "The test does not use" in line]
    assert said == 2 * ["The test does not use the fixture kanbert, or not yet: with it such calls go to the fake."]
    assert "api.kanbert.com belongs to the real service, which nothing may reach" in str(result.stdout)


# ---------------------------------------------------------------- coverage

MEETING = """
def test_a_list(kanbert):
    assert kanbert.client.get("/tasks", params={"page[size]": 2}).status_code == 200

def test_a_refusal(kanbert):
    assert kanbert.client.get("/tasks", params={"sort": "nothing"}).status_code == 400
"""


@pytest.mark.proves("README: Did my tests meet what can happen?")
def test_a_session_that_met_too_little_fails(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(MEETING)
    enough = pytester.runpytest_inprocess(*STRICT, "--kanbert-cov-fail-under", "50")
    less = pytester.runpytest_inprocess(*STRICT, "--kanbert-cov-fail-under", "50.5")
    assert [one.parseoutcomes() for one in (enough, less)] == 2 * [{"passed": 2}]
    assert (enough.ret, less.ret) == (0, 1)
    assert met(enough)[0] == "Met: 50.0 % of what could happen (2 of 4)."
    too_little = "The tests met 50.0 % of what could happen, less than the 50.5 % of --kanbert-cov-fail-under."
    assert met(less) == [*met(enough), too_little]


def test_a_session_that_failed_already_keeps_its_status(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_without(): pass")
    none = pytester.runpytest_inprocess(*STRICT, "--kanbert-cov-fail-under", "10", "-k", "nothing")
    assert none.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    unused = pytester.runpytest_inprocess(*STRICT, "--kanbert-cov-fail-under", "10")
    assert unused.ret == pytest.ExitCode.TESTS_FAILED
    assert met(unused)[0] == "No test used the fixture kanbert."
