"""The end of a run that somebody cancels: SIGTERM, as CI sends it, cleans up like Ctrl-C."""

import signal
import threading
from types import FrameType
from typing import Any


class Ending:
    """While it is on, the first SIGTERM interrupts the run; once the run ends, none does."""

    def __init__(self) -> None:
        self.has_begun = False
        self.before: Any = None

    def on(self) -> None:
        # Python takes handlers in its main thread only; a worker of xdist may run in another one.
        if threading.current_thread() is threading.main_thread():
            self.before = signal.signal(signal.SIGTERM, self.interrupt)

    def interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if not self.has_begun:
            self.has_begun = True
            raise KeyboardInterrupt

    def off(self) -> None:
        if self.before is not None:
            signal.signal(signal.SIGTERM, self.before)
            self.before = None
