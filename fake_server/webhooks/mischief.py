"""Mischief: what goes wrong on the way to a receiver, on purpose and in every run the same."""

from typing import Literal, NamedTuple, get_args

Trick = Literal["duplicate", "reorder", "delay", "wrong_signature", "old_secret", "cut_body", "drop"]
TRICKS: tuple[Trick, ...] = get_args(Trick)


class Mischief(NamedTuple):
    """A trick, and on which deliveries of the subscription it is played: each, every so many, or one."""

    trick: Trick
    every: int = 1
    nth: int | None = None
    """The number of the only one, from 1."""
    seconds: float = 5.0
    """How long a delayed one is delayed, and how long a reordered one waits for one to overtake it."""
    secret: str | None = None
    """The old secret; None: the present one with `old-` before it."""

    def strikes(self, number: int) -> bool:
        return number == self.nth if self.nth else number % self.every == 0


def struck(mischief: tuple[Mischief, ...], number: int) -> dict[Trick, Mischief]:
    """What is played on the delivery of that number."""
    return {one.trick: one for one in mischief if one.strikes(number)}
