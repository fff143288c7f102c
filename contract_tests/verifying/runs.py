"""Runs of the verification, in this process and without a network."""

import io
import json
import os
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest

from contract_tests.documented.findings import NO_TEST, UNASKED
from contract_tests.documented.patience import Patience
from contract_tests.documented.target import PATIENCE, TRANSPORT
from contract_tests.verifying.servers import Server

DOCUMENTED = Path(__file__).parents[1] / "documented"
URL = "http://kanbert.test/api/v1"
TOKEN = "token-of-a-real-service-0123456789"
LIGHT = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
"""Plugins that are installed have nothing to do with it, and take their time."""
WITHOUT = (
    *("cacheprovider", "unraisableexception", "threadexception", "doctest", "junitxml", "pastebin", "legacypath"),
    "faulthandler",
)
"""Nor have these of pytest's own."""
SILENT = (NO_TEST, UNASKED)
"""What is said of sentences whose tests were not to run."""
LIVE = ("--base-url", URL, "--token", TOKEN, "--live")


class Run(NamedTuple):
    """How a run ended, what its report file says, and everything that it printed."""

    code: int
    report: dict[str, Any]
    text: str
    slept: list[float]

    def verdicts(self) -> dict[str, str]:
        """What the report says of every operation that any test was about, were it only one that was skipped."""
        found = self.report["operations"].items()
        return {name: one["verdict"] for name, one in found if one["tests"] or one["differs"] or self.reasons(name)}

    def differs(self) -> dict[str, dict[str, list[str]]]:
        """The lines of every difference, by operation and sentence."""
        found = self.report["operations"].items()
        named = {name: {row["id"]: row["lines"] for row in one["differs"]} for name, one in found}
        return {name: rows for name, rows in named.items() if rows}

    def held(self) -> dict[str, list[str]]:
        """The sentences that held, by operation."""
        return {name: one["held"] for name, one in self.report["operations"].items() if one["held"]}

    def not_tried(self, operation: str) -> dict[str, list[str]]:
        return {row["reason"]: row["sentences"] for row in self.report["operations"][operation]["not_tried"]}

    def reasons(self, operation: str) -> list[str]:
        """Why what its tests are about was not tried, if they were to run at all."""
        return [why for why in self.not_tried(operation) if why not in SILENT]


class Carrier:
    """Carries the requests to a server, and does not sleep."""

    def __init__(self, server: Server | None) -> None:
        self.server = server
        self.slept: list[float] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        if self.server:
            config.stash[TRANSPORT] = self.server.transport
        config.stash[PATIENCE] = Patience(self.slept.append)


def verify(path: Path, server: Server | None, *arguments: str, tests: str = "", suffix: str = "json") -> Run:
    """A run of the documented tests in `tests`, such as `test_answers.py -k users`, all by default."""
    carrier, report, text = Carrier(server), path / f"report.{suffix}", io.StringIO()
    file, _, wanted = tests.partition(" -k ")
    chosen = [str(DOCUMENTED / file), *(["-k", wanted] if wanted else [])]
    without = [f"-pno:{name}" for name in WITHOUT]
    with redirect_stdout(text), redirect_stderr(text), patch.dict(os.environ, LIGHT):
        command = [*chosen, *without, "--capture=no", "--contract-report", str(report), *arguments]
        code = pytest.main(command, plugins=[carrier])
    written = json.loads(report.read_text()) if suffix == "json" and report.exists() else {}
    return Run(int(code), written, text.getvalue(), carrier.slept)
