"""A server that is connected to directly, or one in a session by an exposed port."""

import socket
import subprocess
import sys
import time

from clock import address, tell

from cognitora import Cognitora

MIB = 2**20
TRIPS, PIECES = 5000, 1024
SERVER = """
import socket, sys, threading
def serve(client):
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    piece = bytearray(2**20)
    kind = client.recv(1)
    if kind == b"d":
        for _ in range(1024):
            client.sendall(piece)
    while count := client.recv_into(piece):
        if kind == b"e":
            client.sendall(piece[:count])
    client.sendall(b"!")
    client.close()
server = socket.create_server(("127.0.0.1", 8000 if len(sys.argv) < 2 else int(sys.argv[1])))
def listen():
    while True:
        threading.Thread(target=serve, args=server.accept()[:1], daemon=True).start()
"""


def connect(target: tuple[str, int], kind: bytes) -> socket.socket:
    connection = socket.create_connection(target)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connection.sendall(kind)
    return connection


def measure(target: tuple[str, int]) -> None:
    with connect(target, b"e") as echoing:
        for trips in (TRIPS // 10, TRIPS):
            start = time.perf_counter()
            for _ in range(trips):
                echoing.sendall(b"x")
                echoing.recv(1)
            trips_per_second = trips / (time.perf_counter() - start)
    piece = bytearray(MIB)
    with connect(target, b"d") as downloading:
        left, start = PIECES * MIB, time.perf_counter()
        while left:
            left -= downloading.recv_into(piece)
        down = PIECES / (time.perf_counter() - start)
    with connect(target, b"u") as uploading:
        start = time.perf_counter()
        for _ in range(PIECES):
            uploading.sendall(piece)
        uploading.shutdown(socket.SHUT_WR)
        assert uploading.recv(1) == b"!"
        up = PIECES / (time.perf_counter() - start)
    tell(trips_per_second=trips_per_second, down_mb_per_second=down, up_mb_per_second=up)


if sys.argv[2] == "direct":
    with socket.create_server(("127.0.0.1", 0)) as free:
        number = free.getsockname()[1]
    code = SERVER + "print('ready', flush=True)\nlisten()"
    command = [sys.executable, "-c", code, str(number)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        server.stdout.readline()
        measure(("127.0.0.1", number))
        server.kill()
else:
    two = {"cpu_cores": 2}  # else the server would have less of the machine than the other one
    with (
        Cognitora("key", address()) as client,
        client.code_interpreter.session(resources=two) as session,
    ):
        begin = "threading.Thread(target=listen, daemon=True).start()"
        session.run("import sys; sys.argv = ['']\n" + SERVER + begin, networking=False)
        measure(session.expose(8000).socket_address)
