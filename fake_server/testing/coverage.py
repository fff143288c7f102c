"""--kanbert-cov: what all tests together met of the service, of all workers of xdist; and whether that is enough."""

import json
from typing import Any

import pytest

from fake_server.handle.world import Handle

NAME = "kanbert-coverage"


class Coverage:
    """Takes the report of each test's world; `least` is the percentage below which the session fails."""

    def __init__(self, config: pytest.Config, least: float | None) -> None:
        self.config, self.least = config, least
        self.report: Any = None
        """Of all that were added; None: there was none."""

    def add(self, handle: Handle) -> None:
        self.merge(handle.coverage())

    def merge(self, report: Any) -> None:
        from fake_server.handle.coverage import merged

        self.report = report if self.report is None else merged([self.report, report])

    @property
    def percent(self) -> float:
        from fake_server.handle.coverage import percent

        return 0.0 if self.report is None else float(percent(self.report))

    @property
    def short(self) -> bool:
        return self.least is not None and self.percent < self.least

    # the ends of sessions
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        output = getattr(self.config, "workeroutput", None)
        if output is not None:
            output[NAME] = json.dumps(self.report)
        elif self.short and session.exitstatus == pytest.ExitCode.OK and not self.config.option.collectonly:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Of a worker that crashed there is no output."""
        report = json.loads(getattr(node, "workeroutput", {}).get(NAME, "null"))
        if report is not None:
            self.merge(report)

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.config.option.collectonly:
            return
        terminalreporter.section("kanbert coverage")
        for line in self.lines():
            terminalreporter.write_line(line)
        if self.short:
            terminalreporter.write_line(
                f"The tests met {self.percent:.1f} % of what could happen, less than the {self.least:g} % "
                "of --kanbert-cov-fail-under.",
                red=True,
            )

    def lines(self) -> list[str]:
        from fake_server.handle.coverage import table

        return ["No test used the fixture kanbert."] if self.report is None else list(table(self.report))
