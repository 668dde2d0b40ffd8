"""`python -m benchmarks [ROW …]` measures, prints tables and writes `benchmarks/results/`."""

from __future__ import annotations

import argparse

from benchmarks import client, containers, kubernetes, runtime
from benchmarks.machine import describe
from benchmarks.measure import measure, say
from benchmarks.report import table, write

ROWS = [*client.ROWS, *runtime.ROWS, *containers.ROWS, *kubernetes.ROWS]


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    names = [row.name for row in ROWS]
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(names)}; all")
    parser.add_argument("--rounds", type=int, help="repetitions, instead of each row's own")
    parser.add_argument("--list", action="store_true", help="name the rows, measure nothing")
    options = parser.parse_args()
    if unknown := set(options.rows) - set(names):
        parser.error(f"there is no row {', '.join(sorted(unknown))}: choose of {', '.join(names)}")
    if options.list:
        print("\n".join(f"{row.name:16} {row.title}" for row in ROWS))
        return
    print("\n".join(f"{name}: {value}" for name, value in describe().items()))
    for row in ROWS:
        if not options.rows or row.name in options.rows:
            say(f"measuring {row.name} …")
            result = measure(row, options.rounds)
            print(table(result), flush=True)
            write([result])


if __name__ == "__main__":
    main()
