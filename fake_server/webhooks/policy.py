"""How deliveries are made, for every subscription of a world."""

from typing import NamedTuple


class Policy(NamedTuple):
    """Times in seconds."""

    window: float = 0.1
    """How long an event is held back, in case another of the same resource follows."""
    tries: int = 3
    backoff: tuple[float, ...] = (10, 100)
    """After the first failed try, the second ...; the last one again and again."""
    timeout: float = 10
    """Within which a receiver has to answer whole; real time, whatever the world's clock does."""
    signature_header: str = "Signature"
    id_header: str = ""
    """Carries the delivery's id; empty: none is sent."""
    receivers: tuple[str, ...] = ()
    """URLs that are told of everything, from the start."""
    secret: str = "kanbert-fake-secret"
    """Of subscriptions that the tester makes without one."""
    check: bool = False
    """Whether payloads are held against their shapes."""
    private: bool = True
    """Whether private addresses are delivered to, too."""

    def wait(self, failed: int) -> float:
        """The pause after so many failed tries."""
        return self.backoff[min(failed, len(self.backoff)) - 1]


DEFAULT = Policy()
