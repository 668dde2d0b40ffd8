import time

from clock import CODE, tell

from cognitora import Cognitora

start = time.perf_counter()
with Cognitora.local() as client:
    ready = time.perf_counter()
    assert client.code_interpreter.execute(CODE, networking=False).stdout == "Hello\n"
    answered = time.perf_counter()
tell(ready_ms=(ready - start) * 1000, answer_ms=(answered - start) * 1000)
