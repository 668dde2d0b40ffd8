"""Processes in the background of a session: until the first byte of one, and how fast much comes."""

import sys
import time

from clock import address, each, tell

from cognitora import Cognitora

MB = 100
TEXT = f"yes 'what a program may print in a line' | head -c {MB}000000"

with Cognitora("key", address()) as client, client.code_interpreter.session() as session:
    if sys.argv[2] == "first":

        def call() -> None:
            assert next(iter(session.start(["echo", "x"]))).data == b"x\n"

        each(call, int(sys.argv[3]))
    else:
        times = []
        for _ in range(2):  # the first to warm up
            start = time.perf_counter()
            size = sum(len(piece.data) for piece in session.start(["sh", "-c", TEXT]))
            assert size == MB * 10**6
            times.append(time.perf_counter() - start)
        tell(mb_per_second=MB / times[-1])
