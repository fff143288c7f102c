"""What a document is read into: mappings that know their places; and values as messages show them."""

import reprlib
from collections.abc import Mapping
from typing import Any

Place = int | str
"""A line of YAML, from 1; of JSON what leads there, such as tasks[3]."""


class Row(dict[str, Any]):
    """A mapping that knows its place, and those of its keys."""

    place: Place = ""
    places: Mapping[Any, Place]

    def within(self, key: Any, number: int) -> Place:
        """Where the list under a key has the row of that number."""
        place = self.places.get(str(key), self.place)
        return place + 1 + number if isinstance(place, int) else f"{place}[{number}]"

    def of(self, key: Any) -> Place:
        """Where a key stands, as far as that is known."""
        return self.places.get(key, self.place)


class Brief(reprlib.Repr):
    """The beginning of a value, whatever it is: a few bytes of YAML can stand for more than any memory holds."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 3
        self.maxstring = self.maxlong = self.maxother = 200

    def repr1(self, x: Any, level: int) -> str:
        # By its class alone a Row would be shown whole.
        return self.repr_dict(x, level) if isinstance(x, dict) else super().repr1(x, level)

    def repr_int(self, x: int, level: int) -> str:
        # Python writes out no longer ones.
        return super().repr_int(x, level) if x.bit_length() < 2**13 else f"a number of {x.bit_length()} bits"


BRIEF = Brief()


def brief(value: Any, most: int = 40) -> str:
    """A value as a message shows it, in so many characters at most."""
    text = BRIEF.repr(value)
    return text if len(text) <= most else f"{text[: most - 3]}..."


def word(value: Any) -> str:
    """A text as it is, as far as messages show it; of anything else what is shown of it."""
    return value[:80] if isinstance(value, str) else brief(value, 80)
