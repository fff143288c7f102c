"""One request as the verbs see it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fake_server.api import parameters
from fake_server.api.answers import Answers
from fake_server.api.parameters import Parameters
from fake_server.declare.operation import Operation
from fake_server.journal import Entry
from fake_server.moment import Caller, Moment
from fake_server.store.store import Change, Store


@dataclass(slots=True)
class Call:
    """An operation asked for, by whom and when, with what in path, query and body."""

    operation: Operation
    store: Store
    answers: Answers
    moment: Moment
    path: dict[str, str]
    raw_query: bytes
    url: Callable[[], str]
    """Gives the absolute URL of the path, without the query."""
    most_per_page: int
    committed: Callable[[list[Change], Caller], None]
    """Told of every change that was made, and by whom."""
    entry: Entry
    """What the journal shall know of it."""
    sent: Any = None
    """The JSON object or the Upload of the body."""

    @property
    def query(self) -> Parameters:
        """The query's parameters, read when a verb gets to them; BadQuery where they cannot be."""
        return parameters.read(self.raw_query)
