from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import Browser, browser
from tests.conftest import Runtime
from tests.images import Unavailable


@pytest.fixture(scope="session")
def environment(runtime: Runtime, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the kernel of a notebook needs, to use the shared runtime and to leave nothing behind."""
    home = str(tmp_path_factory.mktemp("home"))
    return {
        **os.environ,
        "COGNITORA_BASE_URL": runtime.base_url,
        "COGNITORA_API_KEY": runtime.api_key,
        "HOME": home,
        "IPYTHONDIR": f"{home}/ipython",
        "JUPYTER_RUNTIME_DIR": f"{home}/runtime",
    }


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the pages are that the browser sees."""
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="session")
def chromium(pages: Path) -> Iterator[Browser]:
    """A real browser."""
    try:
        with browser(pages) as running:
            yield running
    except Unavailable as error:
        pytest.skip(str(error))
