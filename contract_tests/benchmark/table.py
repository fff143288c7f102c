"""How the tables are printed."""


def head(what: str, ours: str = "fake/s", floor: str = "floor/s") -> None:
    print(f"\n{what:52} {ours:>9} {floor:>9} {'ratio':>7}   aim", flush=True)


def row(
    what: str,
    ours: float,
    floor: float,
    ratio: float | None = None,
    below: float | None = None,
    digits: int = 0,
    reached: float | None = None,
) -> None:
    """`ratio`: what it should reach of the floor; `below`: what the figure itself should stay below; `reached`: what
    it reached, where that is not simply one by the other."""
    reached = ours / floor if reached is None else reached
    said = aim(reached, ratio, ours, below)
    print(f"{what:52} {ours:9.{digits}f} {floor:9.{digits}f} {reached:7.2f}   {said}", flush=True)


def figure(what: str, value: float, below: float, digits: int = 0) -> None:
    """A row that has no floor."""
    print(f"{what:52} {value:9.{digits}f} {'':17}   {aim(0, None, value, below)}", flush=True)


def aim(reached: float, ratio: float | None, value: float, below: float | None) -> str:
    if ratio is not None:
        return f"{ratio:g}: {'met' if reached >= ratio else 'missed'}"
    if below is not None:
        return f"below {below:g}: {'met' if value < below else 'missed'}"
    return ""
