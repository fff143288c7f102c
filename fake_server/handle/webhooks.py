"""Webhooks: who is told, and what became of it."""

from typing import Any

from fake_server.handle.asker import Asker, Rows, segment


class Webhooks:
    """Subscriptions of the tester's, which no caller of the service sees."""

    def __init__(self, asker: Asker) -> None:
        self.asker = asker

    def add(self, url: str, **fields: Any) -> Any:
        """A new one: of every event, unless `events` says otherwise."""
        return self.asker.ask("POST", "/webhooks", {"url": url, **fields})

    def list(self) -> Rows:
        return list(self.asker.ask("GET", "/webhooks")["data"])

    def rm(self, id: str) -> Any:
        return self.asker.ask("DELETE", f"/webhooks/{segment(id)}")

    def clear(self) -> None:
        self.asker.ask("DELETE", "/webhooks")


class Deliveries:
    """The log of what was sent, and of what waits."""

    def __init__(self, asker: Asker) -> None:
        self.asker = asker

    def all(self, **filters: Any) -> Rows:
        """Every row, oldest first, or those of an event, resource, state or subscription."""
        rows: Rows = []
        while True:
            # The log comes in pages.
            last = rows[-1]["id"] if rows else None
            answer = self.asker.ask("GET", "/deliveries", query={"after": last, **filters})
            rows += answer["data"]
            if not answer["data"] or len(rows) >= answer["total"] or {"after", "limit"} & filters.keys():
                return rows

    def resend(self, id: str) -> Any:
        """Once more, with the same bytes and the same signature."""
        return self.asker.ask("POST", f"/deliveries/{segment(id)}/resend")
