"""A table goes into a session, pandas works on it step by step, and a plot comes out."""

from __future__ import annotations

import csv
import io
import random
from pathlib import Path

from cognitora import Cognitora

PLOT = """
import matplotlib.pyplot as plt

axes = monthly.unstack("shop").plot(marker="o", title="Sales by month")
axes.set_ylabel("euros")
plt.show()
"""


def sales() -> bytes:
    """A year of sales as CSV."""
    chance = random.Random(1)
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["day", "shop", "euros"])
    for month in range(1, 13):
        for shop, usual in (("Berlin", 900), ("Lisbon", 700)):
            for day in range(1, 29):
                euros = round(usual * (1 + month / 24) * chance.uniform(0.8, 1.2), 2)
                rows.writerow([f"2026-{month:02}-{day:02}", shop, euros])
    return table.getvalue().encode()


def main() -> None:
    with Cognitora.local() as client, client.code_interpreter.session() as session:
        session.upload(sales(), "sales.csv")

        session.run(
            "import pandas as pd\n"
            "table = pd.read_csv('sales.csv', parse_dates=['day'])\n"
            "monthly = table.groupby(['shop', table.day.dt.month]).euros.sum().round(2)\n"
        ).raise_for_error()
        best = session.run("monthly.groupby('shop').idxmax().map(lambda found: found[1])")
        print(f"The best month of each shop:\n{best.raise_for_error().text}")

        plot = session.run(PLOT).raise_for_error()
        for path in plot.save(Path("data-analysis-output")):
            print(f"The plot is in {path.resolve()}")


if __name__ == "__main__":
    main()
