"""Ids are Sqids of a kind's number and a creation number, and are read back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqids import Sqids

from fake_server.ids import SHORTEST, Ids, encode
from fake_server.resources import KINDS

pytestmark = pytest.mark.proves("T6")

IDS = Ids(KINDS)
SQIDS = Sqids(min_length=SHORTEST, blocklist=[])
KEYS = st.one_of(st.integers(0, 500), st.integers(0, 2**53))


@given(st.integers(0, 2000), KEYS)
def test_an_id_is_what_the_library_makes_of_both_numbers(number: int, key: int) -> None:
    assert encode(number, key) == SQIDS.encode([number, key])


@given(st.sampled_from(sorted(KINDS)), KEYS)
def test_an_id_is_read_back_by_its_own_kind_alone(kind: str, key: int) -> None:
    text = IDS.text(kind, key)
    assert [other for other in KINDS if IDS.key(other, text) is not None] == [kind]
    assert (IDS.kind(text), IDS.key(kind, text)) == (kind, key)


MEANT = st.tuples(st.sampled_from(sorted(IDS.kinds)), KEYS)


@given(MEANT, st.integers(0, 40), st.sampled_from("aZ09-_\u00e9 "))
def test_an_id_with_another_character_is_another_one_or_none(meant: tuple[int, int], place: int, other: str) -> None:
    text = SQIDS.encode(meant)
    changed = text[:place] + other + text[place + 1 :]
    kind = IDS.kind(changed)
    assert changed == text or kind is None or (IDS.numbers[kind], IDS.key(kind, changed)) != meant
    assert kind is None or IDS.text(kind, IDS.key(kind, changed) or 0) == changed


@given(st.lists(st.integers(0, 2**53), max_size=4).filter(lambda numbers: len(numbers) != 2).map(SQIDS.encode))
def test_what_is_made_of_more_or_fewer_numbers_is_no_id(text: str) -> None:
    assert (IDS.kind(text), IDS.key("task", text)) == (None, None)
