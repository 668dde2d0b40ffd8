import asyncio

import httpx
from clock import CODE, address, in_flight, numbers

BODY = {"code": CODE, "language": "python", "timeout_seconds": 60, "networking": True}


async def main() -> None:
    calls, size = numbers()
    limits = httpx.Limits(max_connections=size, max_keepalive_connections=size)
    headers = {"Authorization": "Bearer key"}
    async with httpx.AsyncClient(limits=limits, headers=headers, timeout=60) as client:
        url = f"{address()}/api/v1/interpreter/execute"

        async def call() -> object:
            return (await client.post(url, json=BODY)).json()

        await in_flight(call, calls, size)


asyncio.run(main())
