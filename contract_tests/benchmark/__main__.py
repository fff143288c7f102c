"""python -m contract_tests.benchmark: tables of speeds, each figure beside its floor in the same run."""

import argparse

from contract_tests.benchmark.deliveries import deliveries
from contract_tests.benchmark.operations import operations
from contract_tests.benchmark.peers import peers
from contract_tests.benchmark.servers import awake
from contract_tests.benchmark.starting import starts
from contract_tests.benchmark.worlds import importing, worlds


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m contract_tests.benchmark", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="times that each figure is measured; the median counts")
    parser.add_argument("--seconds", type=float, default=1.0, help="how long each time")
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000], help="tasks of the worlds that are listed"
    )
    asked = parser.parse_args()
    with awake():
        operations(asked.sizes, asked.rounds, asked.seconds)
        worlds(asked.rounds, asked.seconds)
        deliveries(asked.rounds)
        peers(asked.rounds, asked.seconds)
    starts(asked.rounds)
    importing()


if __name__ == "__main__":
    main()
