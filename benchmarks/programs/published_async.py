import asyncio

from clock import CODE, address, in_flight, numbers

from cognitora import CognitoraAsync


async def main() -> None:
    async with CognitoraAsync("key", address()) as client:
        assert (await client.code_interpreter.execute(CODE)).data.outputs[0].data == "Hello\n"
        await in_flight(lambda: client.code_interpreter.execute(CODE), *numbers())


asyncio.run(main())
