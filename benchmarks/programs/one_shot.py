import sys
import time

from clock import CODE, address, each

from cognitora import Cognitora

networking, calls = sys.argv[2] == "on", int(sys.argv[3])

with Cognitora("key", address()) as client:

    def call() -> None:
        assert client.code_interpreter.execute(CODE, networking=networking).stdout == "Hello\n"

    # The pause gives the runtime the time to have the next sandbox warm.
    each(call, calls, between=lambda: time.sleep(0.1))
