"""What models are told of a sandbox: one text, by which they write better code for it."""

from __future__ import annotations

DATA = (
    "numpy, pandas, matplotlib, requests, scipy, scikit-learn, seaborn, plotly, altair, pillow, openpyxl, "
    "beautifulsoup4, sympy, tqdm, ipython, nbformat"
)
"""The extra [data], which the Python that runs code has or hasn't: whoever tells of it knows neither."""

MAY_BE_THERE = f"Python packages that may be installed, as an import tells: {DATA}."
LAST_EXPRESSION = (
    "The value of the last expression is returned, as in a notebook: there is no need to print it."
)
STATE = "Variables, imports and functions stay for the next call, and so do files."
FILES = "Files persist in /work, the working folder."
PACKAGES = f"{MAY_BE_THERE} `!pip install NAME` adds what is missing."
PROGRAMS = "Python 3 is there; node and git may be."
PICTURES = "Figures that are shown come back as pictures."

CODE = " ".join(
    [
        "Runs Python code in a sandbox of its own, closed off from this machine.",
        LAST_EXPRESSION,
        STATE,
        PICTURES,
        FILES,
        PACKAGES,
    ]
)
"""Of a tool that runs Python in a session."""

COMMAND = " ".join(
    [
        "Runs a shell command (bash) in the sandbox, in /work.",
        "It returns what was printed and the exit code.",
        "Folders and variables of the shell don't stay for the next call, files do.",
        FILES,
        f"{PROGRAMS} {PACKAGES.replace('`!pip', '`pip')}",
    ]
)
"""Of a tool that runs shell commands in a session."""

SANDBOX = " ".join(
    [
        "You work in a sandbox of your own, closed off from all other machines.",
        FILES,
        f"{PROGRAMS} {MAY_BE_THERE}",
        "Commands reach no network, so nothing can be downloaded or installed.",
    ]
)
"""Of a session whose tools a framework describes itself: for an agent's instructions."""
