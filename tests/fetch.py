"""`python -m tests.fetch`: gets and makes what tests take from Debian and PyPI, before any waits for it.

What can't be had here is told; the tests that need it say so again, each by itself.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable

from tests import browser, helm, images
from tests.images import Unavailable, services

FETCHED: dict[str, Callable[[], object]] = {
    "The images of containers": images.made,
    "PostgreSQL": services.postgres,
    "Chromium": browser.unpacked,
    "Helm": helm.unpacked,
    "Redis": services.redis,
}


def main() -> None:
    for name, get in FETCHED.items():
        try:
            get()
        except (Unavailable, OSError, subprocess.CalledProcessError) as error:
            print(f"{name} can't be had for the tests: {error}")


if __name__ == "__main__":
    main()
