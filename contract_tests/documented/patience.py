"""How long a server that says "later" is waited for."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2

from contract_tests.documented.differs import untried

LONGEST = 120.0
"""Seconds that one request may wait in all, whatever the server says."""
USUAL = 5.0
"""Seconds to wait after a 429 that does not say how long."""


@dataclass
class Patience:
    """Waits as a 429 says; `sleep` takes the seconds."""

    sleep: Callable[[float], None] = time.sleep

    def asked(self, ask: Callable[[], httpx2.Response]) -> httpx2.Response:
        """The answer to a request, as soon as it is no 429."""
        waited = 0.0
        while (answer := ask()).status_code == 429:
            pause = max(seconds(answer), 1.0)
            if waited + pause > LONGEST:
                untried(f"the server asks to wait for {waited + pause:g} seconds, more than {LONGEST:g}")
            self.sleep(pause)
            waited += pause
        return answer


def seconds(answer: httpx2.Response) -> float:
    """What `Retry-After` says, which may be a number or a date."""
    said = answer.headers.get("Retry-After", "")
    if said.isdigit():
        return float(said)
    try:
        return (parsedate_to_datetime(said) - datetime.now(UTC)).total_seconds()
    except ValueError:
        return USUAL
