"""Handle: everything that a test does with one world."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

from fake_server.handle.clock import Clock
from fake_server.handle.connection import Clients, ControlError, NotRunning
from fake_server.handle.control import Control, Rows
from fake_server.handle.faults import Faults
from fake_server.handle.records import Records
from fake_server.handle.requests import Requests
from fake_server.handle.state import State
from fake_server.handle.tokens import Tokens
from fake_server.handle.webhooks import Deliveries, Webhooks
from fake_server.handle.worlds import Worlds

if TYPE_CHECKING:
    import httpx2

    from fake_server.handle.inbox import Inbox
    from fake_server.handle.intercept import Interception

App = Callable[..., Any]
"""An ASGI app."""


class Handle(Records, State):
    """One world of a running fake, wherever that runs. Safe to use from many threads.

    Every verb asks the fake over HTTP and costs what a request costs; the handle itself costs nothing.
    ControlError: what the fake refused, in one sentence. NotRunning: nobody is there."""

    def __init__(self, control: Control, token: str | None = None, app: App | None = None) -> None:
        """`token`: the one that clients use, if not the world's own. `app`: of a server in this process."""
        self._control = control
        self._token, self._app = token, app
        self._clients = Clients()
        self._inboxes: list[Inbox] = []

    # where it is
    @property
    def name(self) -> str:
        """Of the world."""
        return self._control.name

    @property
    def base_url(self) -> str:
        """Where the server is, without the API's prefix."""
        return self._control.connection.base_url

    @property
    def url(self) -> str:
        """The URL that a client of the service is given."""
        return f"{self.base_url}/api/v1"

    @property
    def token(self) -> str:
        """The token that a client of the service is given; it chooses this world."""
        return self._token or self._control.token

    @property
    def headers(self) -> dict[str, str]:
        """What a client sends that is given no token."""
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def app(self) -> App:
        """The server as an ASGI app, for clients that need no socket, in whichever thread or event loop."""
        if self._app is None:
            raise NotRunning(f"The fake at {self.base_url} has no app here: only a FakeServer in this process has.")
        return self._app

    @property
    def client(self) -> "httpx2.Client":
        """A client of the service with URL and token, which ends with the handle."""
        return self._clients.of_process(self._new_client)

    def _new_client(self) -> "httpx2.Client":
        import httpx2

        secure = self.url.startswith("https:")
        return httpx2.Client(base_url=self.url, headers=self.headers, verify=secure, trust_env=False)

    # what it can do
    @cached_property
    def worlds(self) -> Worlds:
        return Worlds(self._control, self._beside)

    @cached_property
    def tokens(self) -> Tokens:
        return Tokens(self._control)

    @cached_property
    def clock(self) -> Clock:
        return Clock(self._control)

    @cached_property
    def faults(self) -> Faults:
        return Faults(self._control)

    @cached_property
    def requests(self) -> Requests:
        return Requests(self._control)

    @cached_property
    def webhooks(self) -> Webhooks:
        return Webhooks(self._control)

    @cached_property
    def deliveries(self) -> Deliveries:
        return Deliveries(self._control)

    @contextmanager
    def branch(self) -> Iterator["Handle"]:
        """A new world that begins as this one is now, and ends with the block. What happens there stays there."""
        made = self.worlds.new(from_=self._control.name)
        try:
            yield made
        finally:
            made.close()
            with suppress(ControlError):
                self.worlds.rm(made.name)

    def flush(self) -> Any:
        """Sends everything that is pending; returns when all of it was answered."""
        return self._control.ask("POST", "/flush", patience=None)

    def trigger(self, event: str, id: str) -> Rows:
        """An event about a record that nobody changed: the deliveries that it makes."""
        return list(self._control.ask("POST", "/trigger", {"event": event, "id": id})["data"])

    def coverage(self) -> Any:
        """What clients met of the service so far, and what there is to say about it."""
        return self._control.ask("GET", "/coverage")

    def explain(self, resource: str, filter: Any, id: str | None = None) -> Any:
        """Why a filter of a list, such as tasks.index, selects what it does, and of one record whether it is."""
        asked = {"resource": resource, "filter": filter, **({} if id is None else {"id": id})}
        return self._control.ask("POST", "/explain", asked)

    def inbox(self, *events: str, **options: Any) -> "Inbox":
        """A real receiver of these events (or of all), which checks signatures and ends with the handle."""
        # Imported here: who receives nothing needs no server for that.
        from fake_server.handle.inbox import Inbox

        made = Inbox(self._control, events, **options)
        self._inboxes.append(made)
        return made

    def intercept(self) -> "Interception":
        """Sends calls of this process to the real service here, as long as the block lasts."""
        from fake_server.handle.intercept import intercept

        return intercept(self.base_url, self.name)

    # its end
    def _beside(self, name: str, token: str) -> "Handle":
        """The handle of another world of the same server."""
        return Handle(Control(self._control.connection, name, token), app=self._app)

    def close(self) -> None:
        """Ends what it has opened: inboxes and client. The world stays."""
        while self._inboxes:
            self._inboxes.pop().close()
        self._clients.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.name} at {self._control.connection.given or 'rest'}>"
