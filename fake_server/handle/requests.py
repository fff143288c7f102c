"""The requests that clients made of the service: found, counted, waited for, asserted."""

from collections.abc import Callable, Mapping
from typing import Any

from fake_server.handle.assertions import Expected, Report, in_order
from fake_server.handle.connection import PATIENCE
from fake_server.handle.control import Control, Rows

EVERYTHING = 1_000_000
"""More requests than any journal keeps."""
LONGEST = 1_000_000
"""Seconds, more than any fake waits."""


class Requests:
    """The journal of the world. Filters: operation, method, path (with {x} or *), status (404 or 4xx), since."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._elsewhere: Callable[[], str] = str
        """What is known of requests that went to another world; nothing, unless somebody watches."""

    def all(self, **filters: Any) -> Rows:
        """Those that the journal still has, oldest first."""
        return list(self._page(**filters)["data"])

    def _page(self, **filters: Any) -> Any:
        return self._control.ask("GET", "/requests", query={"limit": EVERYTHING, **filters})

    def count(self, **filters: Any) -> int:
        """How many fit."""
        return int(self._control.ask("GET", "/requests/count", query=filters)["count"])

    def wait(self, count: int = 1, timeout: float = 5, **filters: Any) -> Rows:
        """Those that fit, as soon as so many were answered. ControlError: that took more than `timeout` seconds."""
        wanted = {"count": count, "timeout": timeout, **filters}
        # What is no number of seconds to wait, the fake refuses.
        patience = timeout + PATIENCE if 0 <= timeout < LONGEST else PATIENCE
        return list(self._control.ask("GET", "/requests/wait", query=wanted, patience=patience)["data"])

    def clear(self) -> int:
        """Forgets all of them; how many there were."""
        return int(self._control.ask("DELETE", "/requests")["deleted"])

    # asserted: of what was answered, not of what is under way
    def assert_called(
        self, operation: str | None = None, times: int | None = None, json: Any = None,
        query: Mapping[str, Any] | None = None, status: int | str | None = None, *, method: str | None = None,
        path: str | None = None,
    ) -> None:  # fmt: skip
        """That a request was made so many times (None: at least once). Of `json` and `query` the request must have
        what is given, and may have more. AssertionError shows the nearest request, and what differs."""
        expected = Expected(operation, method, path, json, query, status)
        near, fitting = self._fitting(expected)
        right = bool(fitting) if times is None else len(fitting) == times
        if not right:
            raise AssertionError(Report(self._page(), self._elsewhere()).called(expected, times, near, fitting))

    def assert_not_called(
        self, operation: str | None = None, *, json: Any = None, query: Mapping[str, Any] | None = None,
        status: int | str | None = None, method: str | None = None, path: str | None = None,
    ) -> None:  # fmt: skip
        """That no such request was made."""
        self.assert_called(operation, 0, json, query, status, method=method, path=path)

    def assert_sequence(self, *operations: str) -> None:
        """That these were called in this order; others may have come between."""
        page = self._page()
        made = answered(page["data"])
        if in_order(operations, made) < len(operations):
            for name in dict.fromkeys(operations):
                # An operation that does not exist is refused.
                self.count(operation=name)
            raise AssertionError(Report(page, self._elsewhere()).sequence(operations, made))

    def _fitting(self, expected: Expected) -> tuple[Rows, Rows]:
        """The requests of the operation, method and path, and those that have all that is expected."""
        near = answered(self.all(**expected.filters()))
        return near, [one for one in near if not expected.differences(one)]


def answered(rows: Rows) -> Rows:
    return [one for one in rows if one["duration"] is not None]
