"""The command line: `kanbert-fake` starts the server, `healthcheck` asks a running one, `listen` receives from it."""

import os
import sys
from collections.abc import Sequence

from fake_server.settings import Settings, UsageError, read


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0 for done, 1 for failed, 2 for a switch that cannot be obeyed."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given[:1] == ["--version"]:
            return version()
        if given[:1] == ["healthcheck"]:
            return healthcheck(read(given[1:], os.environ))
        if given[:1] == ["listen"]:
            # Imported here: a server needs none of it.
            from fake_server.listen.receiver import listen

            return listen(given[1:], os.environ)
        settings = read(given, os.environ)
    except UsageError as error:
        print(f"kanbert-fake: {error}", file=sys.stderr)
        return 2
    # Imported here: a wrong switch or a health check need no server.
    from fake_server.server import serve

    return serve(settings)


def version() -> int:
    from importlib.metadata import version as installed

    print(installed("kanbert-fake-server"))
    return 0


def healthcheck(settings: Settings) -> int:
    """Whether the server of these settings is ready; its answer, or why there is none, in one line."""
    from http.client import HTTPConnection, HTTPException

    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(settings.host, settings.host)
    try:
        connection = HTTPConnection(host, settings.port, timeout=2)
        connection.request("GET", "/_fake/ready")
        answer = connection.getresponse()
        print(answer.read().decode(errors="replace"))
    except (OSError, HTTPException) as error:
        print(f"kanbert-fake: nothing answers at {host} port {settings.port}: {error}", file=sys.stderr)
        return 1
    return 0 if answer.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
