"""Hello, a session that remembers, a table and a plot: on your own machine, with no account and no network.

Run it with `make run`.
"""

from __future__ import annotations

from pathlib import Path

from cognitora import Cognitora

FRAME = """
import numpy as np
import pandas as pd

x = np.linspace(0, 4 * np.pi, 400)
waves = pd.DataFrame({"wave": np.sin(x), "damped": np.sin(x) * np.exp(-x / 8)}, index=x)
waves.describe().loc[["mean", "min", "max"]].round(2)
"""
PLOT = """
import matplotlib.pyplot as plt

waves.plot(title="A damped wave")
plt.show()
"""


def main() -> None:
    """Run the tour."""
    with Cognitora.local() as client:
        interpreter = client.code_interpreter

        hello = interpreter.run_python("print('Hello from a sandbox!')")
        print(hello.stdout, end="")

        with interpreter.session(language="python") as session:
            session.run("primes = [n for n in range(2, 50) if all(n % d for d in range(2, n))]")
            answer = session.run("len(primes), max(primes)")
            print(f"The session remembers: {answer.text}")

            frame = session.run(FRAME)
            frame.raise_for_error()
            print(f"A frame of pandas:\n{frame.text}")

            plot = session.run(PLOT)
            plot.raise_for_error()
            for path in plot.save(Path("quickstart-output")):
                print(f"The plot is in {path.resolve()}")


if __name__ == "__main__":
    main()
