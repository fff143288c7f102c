"""The part of a run that knows what its tests are about: which of them run, and what they found out."""

from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from contract_tests.documented.differs import UNTRIED, Differs
from contract_tests.documented.ending import Ending
from contract_tests.documented.found import FOUND, Found, about, found, shortened
from contract_tests.documented.known import Known
from contract_tests.documented.options import check_options, tokens_of
from contract_tests.documented.printing import as_text, write
from contract_tests.documented.report import Report
from contract_tests.documented.service import Service
from contract_tests.documented.target import Target

HERE = Path(__file__).parent


class Verification:
    """Registered as a plugin: deselects, collects, reports. Works in the controller and in workers of xdist."""

    def __init__(self, config: pytest.Config) -> None:
        check_options(config)
        self.config = config
        self.live, self.cleans_up = config.getoption("--live"), config.getoption("--clean-up")
        self.path = config.getoption("--contract-report")
        self.target = Target.of(config) if config.getoption("--base-url") else None
        self.tells = bool(self.target or self.path) and not config.getoption("--collect-only")
        self.report = Report(described(self.target))
        self.left_behind: list[str] = []
        self.deleted: list[str] = []
        self.ending = Ending()

    # ------------------------------------------------------------ before

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        if self.target:
            self.ending.on()
            self.target.reach(self.config.getoption("--project"))
            self.report.server = described(self.target)
            if self.target.writes and not self.is_worker:
                with self.service() as service:
                    self.report.earlier = service.earlier()

    @property
    def is_worker(self) -> bool:
        return hasattr(self.config, "workerinput")

    @contextmanager
    def service(self) -> Iterator[Service]:
        assert self.target
        service = self.target.service()
        with closing(service.http):
            yield service

    def pytest_report_collectionfinish(self) -> list[str]:
        return [f"left by an earlier run: {line}" for line in self.report.earlier]

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        if self.tells and is_documented(item):
            self.report.collected(*about(item))

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """A server that is no fake is asked for nothing but what is documented."""
        if self.live:
            kept = [item for item in items if is_documented(item)]
            self.config.hook.pytest_deselected(items=[item for item in items if not is_documented(item)])
            items[:] = kept

    # ------------------------------------------------------------ instead of tests

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> bool | None:
        return True if self.cleans_up else None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self) -> bool | None:
        """Deletes what earlier runs have left, if that is all that is wanted."""
        if not self.cleans_up:
            return None
        if not self.is_worker:
            with self.service() as service:
                self.deleted, self.left_behind = service.clean_up()
        return True

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
                known.forget()
            item.runtest()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        with self.style(call):
            report = yield
        if is_documented(item) and (call.when == "call" or not report.passed):
            one = found(item, call, report)
            one.lines = [[self.hidden(part) for part in line] for line in one.lines]
            report.user_properties.append((FOUND, one.as_data()))
            self.shorten(item, call, report, one)
        return report

    @contextmanager
    def style(self, call: pytest.CallInfo[None]) -> Iterator[None]:
        """What differs is told without a traceback, unless one was asked for: to make one takes long."""
        option, usual = self.config.option, self.config.option.tbstyle
        if usual == "auto" and call.excinfo and isinstance(call.excinfo.value, Differs):
            option.tbstyle = "value"
        try:
            yield
        finally:
            option.tbstyle = usual

    def shorten(self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport, one: Found) -> None:
        """What differs is told in its own words, and blamed on one operation only; no failure prints a token."""
        if one.blamed:
            path, line, _ = item.location
            report.outcome = "skipped"
            report.longrepr = (path, line or 0, f"Skipped: {UNTRIED}{spoilt(one.blamed)}")
        elif call.excinfo and isinstance(call.excinfo.value, Differs) and self.config.option.tbstyle == "auto":
            report.longrepr = shortened(one)
        elif report.failed and self.hidden(text := str(report.longrepr)) != text:
            report.longrepr = self.hidden(text)

    def hidden(self, text: str) -> str:
        """The text without the tokens of a real service."""
        for token in tokens_of(self.config) if self.live else ():
            text = text.replace(token, "<token>")
        return text

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, value in report.user_properties:
            if name == FOUND and isinstance(value, dict):
                self.count(report, Found(**value))

    def count(self, report: pytest.TestReport, one: Found) -> None:
        self.report.seen |= set(one.seen)
        if one.blamed:
            self.report.blamed(one.blamed, one.pairs)
            self.report.skipped(one.operations, one.sentences, spoilt(one.blamed))
        elif report.skipped:
            self.report.skipped(one.operations, one.sentences, one.reason)
        elif report.failed:
            self.report.failed(one.operations, one.sentences, one.pairs)
        else:
            self.report.passed(one.operations, one.sentences)

    # ------------------------------------------------------------ after

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self) -> None:
        self.ending.has_begun = True

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """What a worker of xdist has to say of the whole run travels with its end."""
        if (output := getattr(self.config, "workeroutput", None)) is not None:
            rows = {name: sorted(findings.collected) for name, findings in self.report.rows()}
            output[FOUND] = {"left_behind": self.left_behind, "collected": rows}
        if self.cleans_up:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED if self.left_behind else pytest.ExitCode.OK
        elif exitstatus == pytest.ExitCode.OK and self.tells and self.report.differs:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if self.target:
            self.target.leave()

    def pytest_unconfigure(self) -> None:
        self.ending.off()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        told = getattr(node, "workeroutput", {}).get(FOUND, {"left_behind": [], "collected": {}})
        self.left_behind += told["left_behind"]
        for name, findings in self.report.rows():
            findings.collected |= {*told["collected"].get(name, [])}

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        self.report.left_behind = sorted({*self.left_behind})
        if self.cleans_up:
            for line in cleaned_up(self.deleted, self.report.left_behind):
                terminalreporter.write_line(line)
        elif self.tells:
            terminalreporter.section(f"contract of {self.report.server}")
            for line in as_text(self.report):
                terminalreporter.write_line(line)
            if self.path:
                write(self.report, self.path)


def described(target: Target | None) -> str:
    if target is None:
        return "a fake in process"
    if not target.live:
        return f"the fake at {target.root}"
    return f"{target.root}, " + (f"writing to {target.project}" if target.writes else "read only")


def is_documented(item: pytest.Item) -> bool:
    return HERE in item.path.parents


def spoilt(operation: str) -> str:
    return f"it needs {operation}, which differs"


def cleaned_up(deleted: list[str], left: list[str]) -> list[str]:
    """What a clean-up has to say."""
    said = [f"deleted: {line}" for line in deleted] + [f"left behind: {line}" for line in left]
    return said or ["Nothing is there that an earlier run has left."]
