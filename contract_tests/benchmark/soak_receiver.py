"""The receiver of the soak, a process of its own: counts what comes, checks what is signed, keeps what came last."""

import hmac
import sys
from typing import Any

import orjson

from contract_tests.webhooks.fast_receiver import FastReceiver


class Inbox:
    """What came: how much, how much of it forged, and of each task its last event and title."""

    def __init__(self, secret: str) -> None:
        self.secret = secret.encode()
        self.received = self.forged = 0
        self.last: dict[str, tuple[str, str]] = {}

    def told(self, _: str, head: bytes, body: bytes) -> int:
        self.received += 1
        said = head.lower().partition(b"\r\nsignature: ")[2].partition(b"\r\n")[0]
        self.forged += not hmac.compare_digest(hmac.digest(self.secret, body, "sha256").hex().encode(), said)
        payload = orjson.loads(body)
        if payload["resource"]["type"] == "task":
            self.last[payload["resource"]["id"]] = payload["event"], payload["data"]["title"]
        return 200

    def report(self) -> Any:
        return {"received": self.received, "forged": self.forged, "last": self.last}


def main() -> None:
    """Says its URL, and at the end of its input what came."""
    inbox = Inbox(sys.argv[1])
    with FastReceiver(inbox.told) as receiver:
        print(receiver.url, flush=True)
        sys.stdin.read()
    sys.stdout.buffer.write(orjson.dumps(inbox.report()))


if __name__ == "__main__":
    main()
