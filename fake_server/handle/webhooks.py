"""Webhooks: who is told, and what became of it."""

from typing import Any

from fake_server.handle.control import Control, Rows, segment


class Webhooks:
    """Subscriptions of the tester's, which no caller of the service sees."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def add(self, url: str, **fields: Any) -> Any:
        """A new one: of every event, unless `events` says otherwise."""
        return self._control.ask("POST", "/webhooks", {"url": url, **fields})

    def list(self) -> Rows:
        """Every subscription, also those of callers of the service."""
        return list(self._control.ask("GET", "/webhooks")["data"])

    def rm(self, id: str) -> Any:
        """Ends one; what is pending for it is cancelled."""
        return self._control.ask("DELETE", f"/webhooks/{segment(id)}")

    def clear(self) -> None:
        """Ends all of them."""
        self._control.ask("DELETE", "/webhooks")


class Deliveries:
    """The log of what was sent, and of what waits."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def all(self, **filters: Any) -> Rows:
        """Every row, oldest first, or those of an event, resource, state or subscription."""
        rows: Rows = []
        while True:
            # The log comes in pages.
            last = rows[-1]["id"] if rows else None
            answer = self._control.ask("GET", "/deliveries", query={"after": last, **filters})
            rows += answer["data"]
            if not answer["data"] or len(rows) >= answer["total"] or {"after", "limit"} & filters.keys():
                return rows

    def resend(self, id: str) -> Any:
        """Once more, with the same bytes and the same signature."""
        return self._control.ask("POST", f"/deliveries/{segment(id)}/resend")
