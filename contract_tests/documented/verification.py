"""The part of a run that knows what its tests are about: which of them run, and what they found out."""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from contract_tests.documented.differs import UNTRIED, Differs
from contract_tests.documented.guard import Refused
from contract_tests.documented.known import Known
from contract_tests.documented.reference import OPERATIONS
from contract_tests.documented.report import Report
from contract_tests.documented.target import Target, check_options
from contract_tests.sentences import SENTENCES, proved_by

HERE = Path(__file__).parent
FOUND = "contract"
"""The name under which a report of a test carries what the test is about and what it found."""


class Verification:
    """Registered as a plugin: deselects, collects, reports. Works in the controller and in workers of xdist."""

    def __init__(self, config: pytest.Config) -> None:
        check_options(config)
        self.config = config
        self.live = config.getoption("--live")
        self.path = config.getoption("--contract-report")
        self.target = Target.of(config) if config.getoption("--base-url") else None
        self.report = Report(described(self.target))
        self.left_behind: list[str] = []

    # ------------------------------------------------------------ before

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        if self.target:
            self.target.reach(self.config.getoption("--project"))
            self.report.server = described(self.target)
            if self.target.writes and not hasattr(self.config, "workerinput"):
                service = self.target.service()
                with closing(service.http):
                    self.report.earlier = service.earlier()

    def pytest_report_collectionfinish(self) -> list[str]:
        return [f"left by an earlier run: {line}" for line in self.report.earlier]

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """A server that is no fake is asked for nothing but what is documented."""
        if self.live:
            kept = [item for item in items if is_documented(item)]
            self.config.hook.pytest_deselected(items=[item for item in items if not is_documented(item)])
            items[:] = kept

    # ------------------------------------------------------------ each test

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """People change a live server meanwhile: what differs is asked again, and all that is known with it."""
        try:
            yield
        except Differs:
            if not (self.live and isinstance(item, pytest.Function)):
                raise
            if isinstance(known := item.funcargs.get("known"), Known):
                known.lists.clear()
            item.runtest()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if is_documented(item) and (call.when == "call" or not report.passed):
            report.user_properties.append((FOUND, found(item, call, report)))
            if self.live:
                self.hide_token(report)
        return report

    def hide_token(self, report: pytest.TestReport) -> None:
        """Whatever a failure prints, it does not print the token."""
        token = self.config.getoption("--token")
        if report.failed and token in str(report.longrepr):
            report.longrepr = str(report.longrepr).replace(token, "<token>")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, value in report.user_properties:
            if name == FOUND and isinstance(value, dict):
                self.count(report, value)

    def count(self, report: pytest.TestReport, about: dict[str, Any]) -> None:
        self.report.seen |= set(about["seen"])
        if report.skipped:
            self.report.skipped(about["operations"], about["sentences"], about["reason"])
        elif report.failed:
            self.report.failed(about["operations"], about["sentences"], map(tuple, about["lines"]))
        else:
            self.report.passed(about["operations"], about["sentences"])

    # ------------------------------------------------------------ after

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """What a worker of xdist has to say of the whole run travels with its end."""
        if (output := getattr(self.config, "workeroutput", None)) is not None:
            output[FOUND] = self.left_behind

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        self.left_behind += getattr(node, "workeroutput", {}).get(FOUND, [])

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not (self.target or self.path):
            return
        self.report.left_behind = sorted({*self.left_behind})
        terminalreporter.section(f"contract of {self.report.server}")
        for line in self.report.as_text():
            terminalreporter.write_line(line)
        if self.path:
            self.report.write(self.path)


def described(target: Target | None) -> str:
    if target is None:
        return "a fake in process"
    if not target.live:
        return f"the fake at {target.root}"
    return f"{target.root}, " + (f"writing to {target.project}" if target.writes else "read only")


def is_documented(item: pytest.Item) -> bool:
    return HERE in item.path.parents


def found(item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport) -> dict[str, Any]:
    """What a report says of its test: plain data, because it may come from another process."""
    sentences = list(dict.fromkeys(proved_by(item)))
    service = getattr(item, "funcargs", {}).get("service")
    notes: set[str] = getattr(service, "notes", set())
    about = {
        "operations": sorted(operations_of(item, sentences)),
        "sentences": sentences,
        "reason": reason(report),
        "lines": [list(line) for line in lines(call)],
        "seen": sorted(notes),
    }
    notes.clear()
    return about


def operations_of(item: pytest.Item, sentences: Iterable[str]) -> set[str]:
    """The operation that the test names, else those of which its sentences speak."""
    params = item.callspec.params if isinstance(item, pytest.Function) and hasattr(item, "callspec") else {}
    if "operation" in params:
        return {str(params["operation"])}
    return {name for id in sentences for name in SENTENCES[id].operations if name in OPERATIONS}


def reason(report: pytest.TestReport) -> str:
    """Why a test was skipped."""
    if not (report.skipped and isinstance(report.longrepr, tuple)):
        return ""
    return report.longrepr[2].removeprefix("Skipped: ").removeprefix(UNTRIED)


def lines(call: pytest.CallInfo[None]) -> Iterator[tuple[str, str]]:
    """What a failed test found; of an error that nobody expected, the error."""
    if call.excinfo is None or isinstance(call.excinfo.value, pytest.skip.Exception):
        return
    error = call.excinfo.value
    if isinstance(error, Differs):
        yield from error.found
    elif isinstance(error, Refused):
        yield f"refused by the guard: {error}", ""
    else:
        yield f"{type(error).__name__}: {error}".splitlines()[0], ""
