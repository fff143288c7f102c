"""How the tables are printed."""


def head(what: str, ours: str = "fake/s", floor: str = "floor/s") -> None:
    print(f"\n{what:52} {ours:>9} {floor:>9} {'ratio':>7}   aim", flush=True)


def row(what: str, ours: float, floor: float, aim: str = "", digits: int = 0) -> None:
    print(f"{what:52} {ours:9.{digits}f} {floor:9.{digits}f} {ours / floor:7.2f}   {aim}", flush=True)


def figure(what: str, value: float, aim: str = "", digits: int = 0) -> None:
    """A row that has no floor."""
    print(f"{what:52} {value:9.{digits}f} {'':17}   {aim}", flush=True)
