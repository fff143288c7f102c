"""Requests that a server must not take."""

from collections.abc import Iterator

import httpx2

from contract_tests.documented.differs import Difference, unless
from contract_tests.documented.service import asked


def is_refused(answer: httpx2.Response) -> bool:
    """Whether the server has understood the request, and does not want it."""
    return 400 <= answer.status_code < 500


def refused(answer: httpx2.Response, why: str, sentence: str = "") -> Iterator[Difference]:
    where = f"status of {asked(answer)} with {why}"
    yield from unless(is_refused(answer), where, "a refusal", answer.status_code, sentence)
