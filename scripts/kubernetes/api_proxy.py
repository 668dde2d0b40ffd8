"""The way from this machine to the API: accepts on the machine's loopback, connects in the network it is in.

`python -m scripts.kubernetes.api_proxy LISTENER ADDRESS PORT`, LISTENER an open socket's number.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from asyncio import StreamReader, StreamWriter

_PIECE = 65536


async def main(listener: int, address: str, port: int) -> None:
    """Runs until it is killed."""

    async def carry(reader: StreamReader, writer: StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(address, port)
        except OSError:
            writer.close()
            return
        for end in (writer, far_writer):
            connection = end.get_extra_info("socket")
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
        for end in (writer, far_writer):
            end.close()

    server = await asyncio.start_server(carry, sock=socket.socket(fileno=listener))
    await server.serve_forever()


async def _copy(reader: StreamReader, writer: StreamWriter) -> None:
    try:
        while piece := await reader.read(_PIECE):
            writer.write(piece)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
    except OSError:
        writer.transport.abort()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
