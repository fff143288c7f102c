"""The delivery log: a row for each event and subscription, those that ended long ago make room."""

from collections import OrderedDict

from fake_server.store.kind import Record
from fake_server.webhooks.delivery import Delivery, Happening

MOST_ENDED = 20_000
MOST_BYTES = 64 * 1024 * 1024
"""What the rows of ended deliveries may keep."""


class Log:
    """Rows by number; `ended` has those of which nothing more comes, the oldest first, with the bytes they keep."""

    def __init__(self) -> None:
        self.rows: dict[int, Delivery] = {}
        self.ended: OrderedDict[int, int] = OrderedDict()
        self.bytes = 0
        self.last = 0
        self.forgotten = 0

    def row(self, what: Happening, hook: Record, at: float, due: float) -> Delivery:
        self.last += 1
        delivery = self.rows[self.last] = Delivery(self.last, what, hook, at, due)
        return delivery

    def end(self, delivery: Delivery) -> None:
        """Nothing more comes of it by itself."""
        self.begin_again(delivery)
        self.ended[delivery.number] = size = delivery.size()
        self.bytes += size
        while len(self.ended) > MOST_ENDED or (self.bytes > MOST_BYTES and len(self.ended) > 1):
            oldest, size = self.ended.popitem(last=False)
            del self.rows[oldest]
            self.bytes -= size
            self.forgotten += 1

    def begin_again(self, delivery: Delivery) -> None:
        """It has not ended any more, if it had."""
        self.bytes -= self.ended.pop(delivery.number, 0)
