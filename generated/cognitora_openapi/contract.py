"""The contract at run time. Written by hand, copied here by `make generate`."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, cast


def load() -> dict[str, Any]:
    """The OpenAPI document that this package was generated from."""
    text = files("cognitora_openapi").joinpath("openapi.json").read_text("utf-8")
    return cast(dict[str, Any], json.loads(text))
