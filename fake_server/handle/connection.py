"""A running fake, asked over HTTP: what it refuses is a ControlError, and nobody there is NotRunning."""

import os
import weakref
from collections.abc import Callable, Mapping
from datetime import date, datetime
from json import dumps
from typing import TYPE_CHECKING, Any

from fake_server.token_text import UNSENDABLE, control_headers, is_token

if TYPE_CHECKING:
    import httpx2

PATIENCE = 30.0
"""Seconds for an answer. Calls that wait for receivers of webhooks have no limit."""
KEPT = 3.0
"""Seconds that an idle connection is kept: less than the server does, so that none ends under a request."""


class ControlError(Exception):
    """A call that the fake refused; the text is its sentence, which names the nearest valid thing."""

    def __init__(self, status: int, title: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.title, self.detail = status, title, detail

    def __reduce__(self) -> tuple[Any, ...]:
        # Test runners carry exceptions from process to process.
        return type(self), (self.status, self.title, self.detail)


class NotRunning(Exception):
    """No fake answers there; one sentence."""


class Connection:
    """One server, for as many handles and threads as there are. It opens nothing until it is asked."""

    def __init__(self, base_url: str, control_token: str | None = None) -> None:
        if control_token and not is_token(control_token):
            raise ControlError(422, "Invalid control token", UNSENDABLE)
        self.given = base_url
        self.headers = control_headers(control_token)
        self.clients = Clients()

    @property
    def base_url(self) -> str:
        if not self.given:
            raise NotRunning("This FakeServer was not started: call start(), or use it in a with block.")
        return self.given

    def client(self) -> "httpx2.Client":
        return self.clients.of_process(lambda: new_client(self.base_url, self.headers))

    def move(self, base_url: str) -> None:
        """Whoever asks from now on asks there."""
        self.close()
        self.given = base_url

    def ask(
        self, method: str, path: str, params: Mapping[str, str] | None = None, content: str | bytes | None = None,
        headers: Mapping[str, str] | None = None, patience: float | None = PATIENCE,
    ) -> bytes:  # fmt: skip
        """What it answered; `path` without /_fake, `patience` in seconds."""
        import httpx2

        try:
            answer = self.client().request(
                method, f"/_fake{path}", params=params, content=content, headers=headers, timeout=limit(patience)
            )
        except httpx2.TimeoutException:
            raise NotRunning(
                f"The fake at {self.base_url} does not answer within {patience or PATIENCE:g} seconds."
            ) from None
        except UnicodeEncodeError as error:
            raise unsendable(error) from None
        except (httpx2.HTTPError, OSError) as error:
            raise self.silent(error) from None
        if answer.is_success:
            return answer.content
        raise self.refusal(answer)

    def silent(self, error: Exception) -> NotRunning:
        from fake_server.webhooks.post import plain

        return NotRunning(
            f"No fake answers at {self.base_url}. {plain(error, None)} "
            "Start one with the command kanbert-fake, or in this process with FakeServer."
        )

    def refusal(self, answer: "httpx2.Response") -> Exception:
        try:
            problem = answer.json()
            return ControlError(answer.status_code, problem["title"], problem["detail"])
        except (ValueError, LookupError, TypeError):
            return self.strange(answer)

    def strange(self, answer: "httpx2.Response") -> Exception:
        """What is made of an answer that is no problem of a fake."""
        said = f"{answer.status_code} to {answer.request.method} {answer.request.url.path}"
        if answer.is_server_error:
            why = f"The fake failed ({said}): its log has the trace."
            return ControlError(answer.status_code, "The fake failed", why)
        if answer.has_redirect_location:
            where = answer.headers["location"][:200]
            return NotRunning(f"What answers at {self.base_url} leads elsewhere, to {where}: it said {said}.")
        return NotRunning(f"What answers at {self.base_url} is no fake of Kanbert: it said {said}.")

    def close(self) -> None:
        """Closes what is open; who asks once more opens it anew."""
        self.clients.close()


class Clients:
    """A client for each process, made when it is needed: a fork must not speak on its parent's connections."""

    def __init__(self) -> None:
        self.made: dict[int, httpx2.Client] = {}
        # Who forgets to close it is no reason for a warning about sockets in somebody's tests.
        self.forgotten = weakref.finalize(self, close, self.made)

    def of_process(self, make: "Callable[[], httpx2.Client]") -> "httpx2.Client":
        found = self.made.get(os.getpid())
        # Two threads that come first make two, of which one was never used and is forgotten.
        return found or self.made.setdefault(os.getpid(), make())

    def close(self) -> None:
        close(self.made)


def new_client(base_url: str, headers: Mapping[str, str]) -> "httpx2.Client":
    # Imported here: a handle that nobody uses costs nothing.
    import httpx2

    return httpx2.Client(
        base_url=base_url,
        headers=headers,
        verify=base_url.startswith("https:"),
        trust_env=False,
        limits=httpx2.Limits(max_connections=None, max_keepalive_connections=20, keepalive_expiry=KEPT),
    )


def limit(seconds: float | None) -> "httpx2.Timeout":
    import httpx2

    return httpx2.Timeout(seconds, connect=PATIENCE, pool=None)


def close(clients: "dict[int, httpx2.Client]") -> None:
    """Those of this process; a fork's copies of its parent's end with it."""
    own = clients.pop(os.getpid(), None)
    if own is not None:
        own.close()


def written(body: Any) -> str:
    """JSON; dates and times may be Python's own."""
    try:
        return dumps(body, default=text, allow_nan=False)
    except (ValueError, RecursionError):
        why = "The fake is sent JSON, which knows no nan, no inf and nothing that contains itself."
        raise ControlError(422, "Invalid body", why) from None


def text(value: Any) -> str:
    """A value as it is sent."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} cannot be sent as JSON: {value!r:.80}.")


def unsendable(error: UnicodeEncodeError) -> ControlError:
    why = f"{error.object[:80]!r} cannot be sent: it is no text of {error.encoding}."
    return ControlError(422, "Invalid text", why)


def parameters(given: Mapping[str, Any]) -> dict[str, str]:
    """Of a URL; None is as not given."""
    return {name: parameter(value) for name, value in given.items() if value is not None}


def parameter(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | tuple | set | dict):
        raise ControlError(422, "Invalid parameter", f"One value is asked for, not several: {value!r:.80}.")
    return value if isinstance(value, str) else str(value) if isinstance(value, int | float) else text(value)
