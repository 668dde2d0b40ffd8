import time
from concurrent.futures import ThreadPoolExecutor

from clock import CODE, address, numbers, tell

from cognitora import Cognitora

calls, callers = numbers()

with Cognitora("key", address()) as client, ThreadPoolExecutor(callers) as threads:

    def call(_: int) -> None:
        result = client.code_interpreter.execute(CODE, networking=False)
        assert result.stdout == "Hello\n"

    list(threads.map(call, range(callers * 2)))
    start = time.perf_counter()
    list(threads.map(call, range(calls)))
    tell(per_second=calls / (time.perf_counter() - start))
