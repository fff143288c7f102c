"""The command line of a verification, checked before anything runs."""

import os

import pytest

USUAL_TOKEN = "contract"
TOKENS = {"--token": "KANBERT_TOKEN", "--narrow-token": "KANBERT_NARROW_TOKEN"}
"""The variables of the tokens of a real service: whoever lists the processes sees no variable."""


def add_options(parser: pytest.Parser) -> None:
    group = parser.getgroup("contract")
    group.addoption("--base-url", help="ask this server instead of one in process, e.g. http://127.0.0.1:5262")
    group.addoption("--token", help="bearer token for it; with --live better the variable KANBERT_TOKEN")
    group.addoption("--live", action="store_true", help="it is no fake: ask what is documented only, and read only")
    group.addoption("--allow-writes", action="store_true", help="with --live: write, too, inside of --project")
    group.addoption("--project", help="where to write: the id, shortcode or exact title of a project")
    group.addoption(
        "--clean-up", action="store_true", help="run no test: delete what earlier runs have left in --project"
    )
    group.addoption(
        "--narrow-token", help="a token without any scope, or KANBERT_NARROW_TOKEN; else no scope is tried"
    )
    group.addoption("--contract-report", metavar="FILE", help="write the report to this .json or .md file")


def token_of(config: pytest.Config, flag: str = "--token") -> str | None:
    """The flag's token, else the variable's, which is for a real service."""
    given: str | None = config.getoption(flag)
    return given or (os.environ.get(TOKENS[flag]) if config.getoption("--live") else None) or None


def tokens_of(config: pytest.Config) -> list[str]:
    return [token for flag in TOKENS if (token := token_of(config, flag))]


def check_options(config: pytest.Config) -> None:
    """Refuses, in one sentence, what does not belong together."""
    url, live = config.getoption("--base-url"), config.getoption("--live")
    writes, project = config.getoption("--allow-writes"), config.getoption("--project")
    report = config.getoption("--contract-report")
    if url and not str(url).startswith(("http://", "https://")):
        raise pytest.UsageError(f"--base-url {url}: that is no URL; http://127.0.0.1:5262 is one.")
    if live and not url:
        raise pytest.UsageError("--live needs --base-url: it says that the server there is no fake.")
    if live and not token_of(config):
        raise pytest.UsageError("--live needs --token or KANBERT_TOKEN: no server but a fake takes any.")
    if live and writes and not project:
        raise pytest.UsageError("--allow-writes --live needs --project: nothing outside of that project is written.")
    if live and project and not writes:
        raise pytest.UsageError("--project --live needs --allow-writes: without it nothing is written anywhere.")
    if config.getoption("--clean-up") and not (live and writes):
        raise pytest.UsageError("--clean-up needs --live, --allow-writes and --project: it deletes, and there only.")
    if project and not url:
        raise pytest.UsageError("--project needs --base-url: in process every test has projects enough.")
    if report and not str(report).endswith((".json", ".md")):
        raise pytest.UsageError(f"--contract-report {report}: the file must end with .json or .md.")
