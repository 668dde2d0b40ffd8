"""The compute operations that this runtime has: prices. The rest is answered with 501."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from cognitora_openapi.models import CostEstimate

from .call import Call, Handler, answer
from .errors import bad_request
from .prices import credits_for

MAX_CREDITS = 10**12  # beyond it JSON's numbers, read as floats, are no longer whole


def handlers() -> Mapping[str, Handler]:
    return {"estimate_cost": estimate_cost}


async def estimate_cost(call: Call) -> Response:
    price = credits_for(
        cpu_cores=call.body["cpuCores"],
        memory_mb=call.body["memoryMb"],
        storage_gb=call.body["storageGb"],
        gpu_count=int(call.body["gpuCount"]),
        seconds=call.body["timeoutSeconds"],
    )
    if price > MAX_CREDITS:
        raise bad_request("Nobody has so much for so long: give smaller resources, or less time.")
    return answer(CostEstimate(estimated_credits=price))
