"""The options of a verification: what belongs together, and which server and project are meant."""

from pathlib import Path

import pytest

from contract_tests.verifying.runs import LIVE, TOKEN, URL, Run, verify
from contract_tests.verifying.servers import Exchange, Server

pytestmark = pytest.mark.proves("README: Is it true?")
WRITING = ("--allow-writes", "--project")
TESTS = "test_answers.py -k is_a_user"


def refused(run: Run) -> str:
    """The one sentence with which a run ends before it begins."""
    assert run.code == pytest.ExitCode.USAGE_ERROR, run.text
    return run.text.strip().removeprefix("ERROR: ")


@pytest.mark.parametrize(
    "options, said",
    [
        (["--live"], "--live needs --base-url: it says that the server there is no fake."),
        (["--live", "--base-url", URL], "--live needs --token or KANBERT_TOKEN: no server but a fake takes any."),
        (
            [*LIVE, "--allow-writes"],
            "--allow-writes --live needs --project: nothing outside of that project is written.",
        ),
        (
            [*LIVE, "--project", "WEB"],
            "--project --live needs --allow-writes: without it nothing is written anywhere.",
        ),
        (
            [*LIVE, "--clean-up"],
            "--clean-up needs --live, --allow-writes and --project: it deletes, and there only.",
        ),
        (["--project", "WEB"], "--project needs --base-url: in process every test has projects enough."),
        (
            ["--base-url", "localhost:5262"],
            "--base-url localhost:5262: that is no URL; http://127.0.0.1:5262 is one.",
        ),
    ],
)
def test_what_does_not_belong_together_is_refused_in_one_sentence(
    tmp_path: Path, options: list[str], said: str
) -> None:
    assert refused(verify(tmp_path, None, *options, tests=TESTS)) == said


def test_a_report_that_is_neither_json_nor_markdown_is_refused(tmp_path: Path) -> None:
    run = verify(tmp_path, None, tests=TESTS, suffix="txt")
    assert refused(run) == f"--contract-report {tmp_path}/report.txt: the file must end with .json or .md."


def test_a_server_that_is_no_fake_is_not_written_to_by_mistake(tmp_path: Path) -> None:
    server = Server()
    run = verify(tmp_path, server, "--base-url", URL, "--token", TOKEN, tests=TESTS)
    assert refused(run) == "--base-url http://kanbert.test: that is no fake, nothing is at /_fake; see --live."
    assert [one.path for one in server.met] == ["/_fake/health"]


def test_a_token_that_is_not_taken_ends_the_run(tmp_path: Path) -> None:
    def tell(exchange: Exchange) -> None:
        exchange.status = 401

    run = verify(tmp_path, Server(tell=tell), *LIVE, tests=TESTS)
    assert refused(run) == "--token: the server at http://kanbert.test answers 401 to it."


# ---------------------------------------------------------------- the project


@pytest.mark.parametrize("named", ["XOabHbzB", "WEB", "Website relaunch"])
def test_a_project_is_named_by_its_id_shortcode_or_title(tmp_path: Path, named: str) -> None:
    run = verify(tmp_path, Server(), *LIVE, *WRITING, named, tests=TESTS)
    assert run.report["server"] == 'http://kanbert.test, writing to "Website relaunch" (XOabHbzB)'


def test_a_project_is_looked_for_on_every_page(tmp_path: Path) -> None:
    def ask(exchange: Exchange) -> None:
        exchange.query += [("page[size]", "1")] if exchange.is_for("GET /projects") else []

    run = verify(tmp_path, Server(ask, world="demo"), *LIVE, *WRITING, "HVW", tests=TESTS)
    assert (run.code, "(JDNaCEOu)" in run.report["server"]) == (pytest.ExitCode.OK, True)


def test_a_project_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path) -> None:
    run = verify(tmp_path, Server(), *LIVE, *WRITING, "website", tests=TESTS)
    assert refused(run) == (
        '--project website: no project has this id, shortcode or title; there are "Website relaunch" (XOabHbzB).'
    )


def test_a_title_of_several_projects_is_refused_with_all_of_them(tmp_path: Path) -> None:
    def tell(exchange: Exchange) -> None:
        if exchange.is_for("GET /projects"):
            page = exchange.data
            exchange.data = {**page, "data": [{**page["data"][0], "id": id} for id in ("one", "two")]}

    run = verify(tmp_path, Server(tell=tell), *LIVE, *WRITING, "WEB", tests=TESTS)
    assert refused(run) == (
        '--project WEB: 2 projects are called so, "Website relaunch" (one), "Website relaunch" (two): '
        "name one by its id."
    )


@pytest.mark.parametrize("url", ["http://kanbert.test", "http://kanbert.test/", f"{URL}/"])
def test_the_url_may_end_where_it_likes(tmp_path: Path, url: str) -> None:
    run = verify(tmp_path, Server(), "--base-url", url, "--token", TOKEN, "--live", tests=TESTS)
    assert run.verdicts() == {"users.whoami": "partly"}


def test_a_live_server_is_asked_nothing_but_what_is_documented(tmp_path: Path) -> None:
    server = Server()
    run = verify(tmp_path, server, *LIVE, str(Path(__file__)), "--collect-only", tests=TESTS)
    collected = [line for line in run.text.splitlines() if "::" in line]
    assert collected == ["contract_tests/documented/test_answers.py::test_who_am_i_is_a_user[server-users.whoami]"]
