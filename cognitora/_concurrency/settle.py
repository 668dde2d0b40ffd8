"""Telling a future what has become of a call."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

T = TypeVar("T")


def settle(result: Future[T], call: Callable[..., T], *arguments: Any) -> None:
    """Calls, unless the future was cancelled, and gives it what is returned or, whatever it is, raised."""
    if not result.set_running_or_notify_cancel():
        return
    try:
        returned = call(*arguments)
    except BaseException as error:  # noqa: BLE001 - it is raised where the result is taken
        result.set_exception(error)
    else:
        result.set_result(returned)
