"""exec: a server for as long as a command runs."""

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from fake_server.commands.asking import hint
from fake_server.commands.env import NAMES
from fake_server.flags import COMMANDS, SERVER, from_flags, from_variables, parser
from fake_server.settings import Settings, UsageError, checked, variable
from fake_server.urls import url_of

SEPARATOR = "--"
USAGE = "kanbert-fake exec [flags of a server] -- COMMAND [ARGUMENT ...]"
NOT_FOUND, NOT_RUNNABLE, BY_SIGNAL = 127, 126, 128
"""Exit codes as shells have them; a command that a signal ended has that signal's number on top."""
ENDED = 0
"""What is read instead of a signal's number once the command has ended."""
FORWARDED = [signal.SIGINT, signal.SIGTERM]
if hasattr(signal, "SIGHUP"):
    FORWARDED.append(signal.SIGHUP)


def exec(arguments: Sequence[str], variables: Mapping[str, str]) -> int:
    """The exit code of the command; 1 where the world cannot be loaded."""
    given, command = parted(list(arguments))
    wanted = read(given, variables)
    # Imported here: a wrong switch needs no server.
    from fake_server.logs import start_logging
    from fake_server.seeds import SeedError, find
    from fake_server.server import FakeServer, PortInUse

    try:
        find(wanted.world)
    except SeedError as error:
        raise UsageError(str(error)) from None
    start_logging(wanted.log_format)
    try:
        with FakeServer(**dict(wanted)) as fake:
            port = int(fake.base_url.rpartition(":")[2])
            return run(command, {**variables, **pointing(url_of(wanted.host, port), fake.token, wanted)})
    except PortInUse as error:
        raise UsageError(str(error)) from None
    except SeedError as error:
        hint(str(error))
        return 1


def parted(arguments: list[str]) -> tuple[list[str], list[str]]:
    """The flags of the server, and the command."""
    at = arguments.index(SEPARATOR) if SEPARATOR in arguments else len(arguments)
    given, command = arguments[:at], arguments[at + 1 :]
    if {"-h", "--help"} & {*given}:
        known = parser()
        known.usage, known.epilog = USAGE, None
        known.description = f"{COMMANDS['exec'].capitalize()}. Its port is a free one unless it is given."
        known.print_help()
        raise SystemExit(0)
    if not command:
        raise UsageError("exec runs what stands after --, as in: kanbert-fake exec --world small -- pytest")
    return given, command


def read(given: list[str], variables: Mapping[str, str]) -> Settings:
    """The settings of the server. Bare PORT is the command's, not its own."""
    own = {name: value for name, value in variables.items() if name != "PORT"}
    return checked({"port": 0, **from_variables(own), **from_flags(given)})


def pointing(server: str, token: str, wanted: Settings) -> dict[str, str]:
    """The variables that lead to the server: those of a user's programs, and the one of our own commands."""
    values = (f"{server}/api/v1", token, wanted.webhook_secret)
    own = {variable("control_token"): wanted.control_token} if wanted.control_token else {}
    return {**dict(zip(NAMES, values, strict=True)), SERVER: server, **own}


def run(command: list[str], variables: Mapping[str, str]) -> int:
    with signals() as (coming, told):
        try:
            running = subprocess.Popen(command, env=dict(variables))
        except FileNotFoundError:
            hint(f"There is no command {command[0]}.")
            return NOT_FOUND
        except OSError as error:
            hint(f"The command {command[0]} cannot be run: {error.strerror}.")
            return NOT_RUNNABLE
        threading.Thread(target=announce, args=(running, told), daemon=True, name="exec").start()
        while (number := coming.recv(1)[0]) != ENDED:
            if number != signal.SIGINT or not told_by_terminal():
                running.send_signal(number)
    code = running.wait()
    return BY_SIGNAL - code if code < 0 else code


def announce(running: "subprocess.Popen[bytes]", told: socket.socket) -> None:
    running.wait()
    told.send(bytes([ENDED]))


@contextmanager
def signals() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Where the numbers of signals are read, and where they are written. Python would run a handler only once a wait
    is over that had just begun when the signal came; these are written at any moment."""
    coming, told = socket.socketpair()
    told.setblocking(False)
    with coming, told:
        wakeup = signal.set_wakeup_fd(told.fileno())
        before = {number: signal.signal(number, lambda *_: None) for number in FORWARDED if not endured(number)}
        try:
            yield coming, told
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(wakeup)


def endured(number: signal.Signals) -> bool:
    """Whether somebody wants the command to outlive its terminal, as nohup does."""
    return number not in (signal.SIGINT, signal.SIGTERM) and signal.getsignal(number) == signal.SIG_IGN


def told_by_terminal() -> bool:
    """Whether Ctrl-C reaches the command by itself, as it does whatever is in the foreground of a terminal: a second
    time would break off what it does at the first."""
    return any(in_foreground(stream) for stream in (0, 1, 2))


def in_foreground(stream: int) -> bool:
    try:
        return os.tcgetpgrp(stream) == os.getpgrp()
    except OSError:
        # No terminal, or that of somebody else.
        return False
