"""What a container is asked for with, within what this runtime can give."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, TypedDict

from ..engine import gpus
from ..http.errors import ApiError, bad_request
from ..http.request_limits import (
    CPU_CORES,
    MAX_SECONDS,
    STORAGE_GB,
    bounded,
    check_command,
    check_life,
    expires_at_of,
)
from ..store.models import CommandRecord, ContainerRecord, new_id
from .prices import MAX_CREDITS, MINIMUM, credits_for, seconds_for

ONE_SHOT_SECONDS = 300  # that a one-shot may run, where the request doesn't say
PRICED_STORAGE_GB = 5.0  # where no limit is asked for; what an estimate reckons with, too
PERSISTENT_SECONDS = 24 * 60 * 60  # that a persistent one lives, where the request doesn't say

MEMORY_MB = (8, 2**24)  # with less, an engine can't even start the command


def container_of(body: Mapping[str, Any], now: datetime) -> ContainerRecord:
    """The container that a request asks for, as it is before anything was done for it.

    Raises:
        ApiError: 400, when this can't be had; 402, when it would cost more than was allowed.
    """
    gpu_count = int(body.get("gpuCount", 0))
    check_gpus(gpu_count)
    persistent: bool = body.get("persistent", False)
    storage = body.get("storageGb")
    container = ContainerRecord(
        id=new_id("ctr"),
        image=body["image"],
        command=command_of(body.get("command"), persistent=persistent),
        persistent=persistent,
        cpu_cores=float(bounded("cpuCores", body["cpuCores"], CPU_CORES)),
        memory_mb=int(bounded("memoryMb", body["memoryMb"], MEMORY_MB)),
        storage_gb=None if storage is None else float(bounded("storageGb", storage, STORAGE_GB)),
        gpu_count=gpu_count,
        networking=body.get("networking", False),
        max_cost_credits=int(bounded("maxCostCredits", body["maxCostCredits"], (0, MAX_CREDITS))),
        created_at=now,
        metadata=body.get("metadata", {}),
        timeout_seconds=seconds_of(body, persistent=persistent),
    )
    if "expires_at" in body:
        container.timeout_seconds = None
        container.expires_at = expires_at_of(body, now)
    elif persistent:
        assert container.timeout_seconds is not None
        container.expires_at = now + timedelta(seconds=container.timeout_seconds)
    check_price(container)
    return container


def check_gpus(wanted: int) -> None:
    """Refuse more of them than the machine has."""
    if wanted == 0:
        return
    there = len(gpus.described())
    if there == 0:
        message = "There is no GPU that this runtime could give to a container."
        raise bad_request(f"{message} Leave `gpuCount` at 0.", "no_gpu")
    if wanted > there:
        raise bad_request(f"This machine has {there} GPUs, and `gpuCount` is {wanted}.", "no_gpu")


def main_command_of(container: ContainerRecord) -> CommandRecord | None:
    """The container's own command, about to run."""
    if container.command is None:
        return None
    return CommandRecord(
        id=new_id("exec"),
        container_id=container.id,
        command=container.command,
        created_at=container.created_at,
        first=True,
    )


def command_of(command: list[str] | None, *, persistent: bool) -> list[str] | None:
    if command is None:
        if persistent:
            return None
        raise bad_request("`command` is missing: only a persistent container can do without one.")
    check_command(command)
    return command


def seconds_of(body: Mapping[str, Any], *, persistent: bool) -> int:
    for name in ("timeout_seconds", "timeoutSeconds"):
        if name in body:
            return int(bounded(name, body[name], (1, MAX_SECONDS)))
    return PERSISTENT_SECONDS if persistent else ONE_SHOT_SECONDS


def check_end(
    container: ContainerRecord, expires_at: datetime | None, life_seconds: float | None
) -> None:
    """Refuse an end that a persistent container doesn't live to, where one lives `life_seconds` at most."""
    if container.persistent:  # a one-shot's time is chosen once, and its engine told of it
        check_life("A persistent container", container.created_at, expires_at, life_seconds)


def check_price(container: ContainerRecord) -> None:
    """Refuse what would cost more than was allowed: all of a one-shot's time is reckoned with."""
    allowed = container.max_cost_credits
    price = MINIMUM if container.persistent else price_of(container, longest(container))
    if price > allowed:
        what = "The least that a container costs" if container.persistent else "The estimate"
        raise ApiError(
            402,
            "cost_exceeds_limit",
            f"{what} is {counted(price)}, and `maxCostCredits` is {allowed}. Allow more, or "
            "ask for smaller resources or less time. Nothing was started.",
        )


def insufficient_credits(container: ContainerRecord, left: int) -> ApiError:
    allowed = counted(container.max_cost_credits)
    return ApiError(
        402,
        "insufficient_credits",
        f"`maxCostCredits` is {allowed}, and the account has {counted(left)} left for this month (UTC); what "
        "runs has its own set aside. Allow less, wait for what runs to end, or have the account given more. "
        "Nothing was started.",
    )


def counted(credits: int) -> str:
    return "1 credit" if credits == 1 else f"{credits} credits"


def longest(container: ContainerRecord) -> float:
    """The seconds that a container may run, as it is asked for."""
    if container.expires_at is not None:
        return (container.expires_at - container.created_at).total_seconds()
    assert container.timeout_seconds is not None
    return container.timeout_seconds


def price_of(container: ContainerRecord, seconds: float) -> int:
    """What so many seconds of it cost, in credits."""
    return credits_for(**priced(container), seconds=seconds)


def affordable_seconds(container: ContainerRecord) -> float:
    """The seconds after which it has cost all that was allowed."""
    return seconds_for(**priced(container), credits=container.max_cost_credits)


class Priced(TypedDict):
    """What a price depends on, but for the time."""

    cpu_cores: float
    memory_mb: float
    storage_gb: float
    gpu_count: int


def priced(container: ContainerRecord) -> Priced:
    return {
        "cpu_cores": container.cpu_cores,
        "memory_mb": container.memory_mb,
        "storage_gb": container.storage_gb or PRICED_STORAGE_GB,
        "gpu_count": container.gpu_count,
    }
