"""--kanbert-intercept for the whole session: tests without the fixture cannot reach the real service either."""

from collections.abc import Generator, Iterator

import pytest

from fake_server.handle.intercept import RealServiceRefused, intercept
from fake_server.testing import HANDLE

NOWHERE = "http://127.0.0.1:9"
"""There is no server before a test asks for it."""


class Guard:
    """Refuses the real service from the session's start to its end. Inside it each test has its own redirection."""

    def __init__(self) -> None:
        self.refusing = intercept(NOWHERE, hosts=(), instead="the fixture kanbert")

    def pytest_sessionstart(self) -> None:
        self.refusing.start()

    def pytest_sessionfinish(self) -> None:
        self.refusing.stop()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if call.excinfo and HANDLE not in item.stash and was_refused(call.excinfo.value):
            advice = "The test does not use the fixture kanbert, or not yet: with it such calls go to the fake."
            report.sections.append(("kanbert intercept", advice))
        return report


def was_refused(error: BaseException | None) -> bool:
    return any(isinstance(one, RealServiceRefused) for one in causes(error))


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what led to it: HTTP libraries wrap each other's errors."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
