"""Hello, a session that remembers, and a plot: on your own machine, with no account and no network.

Run it with `make run`.
"""

from __future__ import annotations

from pathlib import Path

from cognitora import Cognitora

PLOT = """
import numpy as np
import matplotlib.pyplot as plt

x = np.linspace(0, 4 * np.pi, 400)
plt.plot(x, np.sin(x) * np.exp(-x / 8))
plt.title("A damped wave")
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

        plot = interpreter.run_python(PLOT)
        plot.raise_for_error()
        for path in plot.save(Path("quickstart-output")):
            print(f"The plot is in {path.resolve()}")


if __name__ == "__main__":
    main()
