import asyncio

import aiohttp
from clock import CODE, address, in_flight, numbers

BODY = {"code": CODE, "language": "python", "timeout_seconds": 60, "networking": True}


async def main() -> None:
    calls, size = numbers()
    connector = aiohttp.TCPConnector(limit=size)
    headers = {"Authorization": "Bearer key"}
    async with aiohttp.ClientSession(connector=connector, headers=headers) as client:
        url = f"{address()}/api/v1/interpreter/execute"

        async def call() -> object:
            async with client.post(url, json=BODY) as answer:
                return await answer.json()

        await in_flight(call, calls, size)


asyncio.run(main())
