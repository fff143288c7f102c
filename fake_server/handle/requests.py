"""The requests that clients made of the service: found, counted, waited for, asserted."""

from collections.abc import Mapping
from typing import Any

from fake_server.handle.asker import Asker, Rows
from fake_server.handle.connection import PATIENCE
from fake_server.handle.seen import Expected, Report, in_order

EVERYTHING = 1_000_000
"""More requests than any journal keeps."""


class Requests:
    """The journal of the world. Filters: operation, method, path (with {x} or *), status (404 or 4xx), since."""

    def __init__(self, asker: Asker) -> None:
        self.asker = asker

    def all(self, **filters: Any) -> Rows:
        """Those that the journal still has, oldest first."""
        return list(self.page(**filters)["data"])

    def page(self, **filters: Any) -> Any:
        return self.asker.ask("GET", "/requests", query={"limit": EVERYTHING, **filters})

    def count(self, **filters: Any) -> int:
        return int(self.asker.ask("GET", "/requests/count", query=filters)["count"])

    def wait(self, count: int = 1, timeout: float = 5, **filters: Any) -> Rows:
        """Those that fit, as soon as so many were answered. ControlError: that took more than `timeout` seconds."""
        wanted = {"count": count, "timeout": timeout, **filters}
        return list(self.asker.ask("GET", "/requests/wait", query=wanted, patience=timeout + PATIENCE)["data"])

    def clear(self) -> int:
        """Forgets all of them; how many there were."""
        return int(self.asker.ask("DELETE", "/requests")["deleted"])

    # asserted: of what was answered, not of what is under way
    def assert_called(
        self, operation: str | None = None, times: int | None = None, json: Any = None,
        query: Mapping[str, Any] | None = None, status: int | str | None = None, *, method: str | None = None,
        path: str | None = None,
    ) -> None:  # fmt: skip
        """That a request was made so many times (None: at least once). Of `json` and `query` the request must have
        what is given, and may have more. AssertionError shows the nearest request, and what differs."""
        expected = Expected(operation, method, path, json, query, status)
        near, fitting = self.fitting(expected)
        right = bool(fitting) if times is None else len(fitting) == times
        if not right:
            raise AssertionError(Report(self.page()).called(expected, times, near, fitting))

    def assert_not_called(
        self, operation: str | None = None, *, json: Any = None, query: Mapping[str, Any] | None = None,
        status: int | str | None = None, method: str | None = None, path: str | None = None,
    ) -> None:  # fmt: skip
        """That no such request was made."""
        self.assert_called(operation, 0, json, query, status, method=method, path=path)

    def assert_sequence(self, *operations: str) -> None:
        """That these were called in this order; others may have come between."""
        page = self.page()
        made = answered(page["data"])
        if in_order(operations, made) < len(operations):
            for name in dict.fromkeys(operations):
                # An operation that does not exist is refused.
                self.count(operation=name)
            raise AssertionError(Report(page).sequence(operations, made))

    def fitting(self, expected: Expected) -> tuple[Rows, Rows]:
        """The requests of the operation, method and path, and those that have all that is expected."""
        near = answered(self.all(**expected.filters()))
        return near, [one for one in near if not expected.differences(one)]


def answered(rows: Rows) -> Rows:
    return [one for one in rows if one["duration"] is not None]
