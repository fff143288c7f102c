"""How long a server is waited for that says "later"."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx2
import pytest

from contract_tests.documented.patience import LONGEST, USUAL, Patience, seconds

pytestmark = pytest.mark.proves("README: Is it true?")


def later(said: str | None) -> httpx2.Response:
    return httpx2.Response(429, headers={} if said is None else {"Retry-After": said})


@pytest.mark.parametrize("said, wanted", [("7", 7.0), ("0", 0.0), (None, USUAL), ("soon", USUAL)])
def test_a_number_of_seconds_is_waited_and_five_without_any(said: str | None, wanted: float) -> None:
    assert seconds(later(said)) == wanted


def test_a_date_is_waited_for() -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=60), usegmt=True)
    assert 50 < seconds(later(date)) <= 60


def test_a_server_that_never_stops_is_left_after_two_minutes() -> None:
    slept: list[float] = []
    with pytest.raises(pytest.skip.Exception, match=r"^not tried: the server asks to wait for 140 seconds"):
        Patience(slept.append).asked(lambda: later("20"))
    assert (slept, sum(slept) <= LONGEST) == ([20.0] * 6, True)


def test_a_server_that_says_at_once_is_given_a_second() -> None:
    slept: list[float] = []
    answers = iter([later("0"), later("0"), httpx2.Response(200)])
    assert Patience(slept.append).asked(lambda: next(answers)).status_code == 200
    assert slept == [1.0, 1.0]
