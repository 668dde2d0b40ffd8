"""Reads an answer of many outputs, by the client or by `json.loads` alone."""

import gc
import json
import sys
import time

from clock import tell

from cognitora._http.types import Headers, Response
from cognitora.parsing import one
from cognitora.results import ExecuteCodeResponse

how, count = sys.argv[2], int(sys.argv[3])
outputs = [
    {"type": "stdout", "data": f"line {number}\n", "timestamp": "2025-06-01T12:00:00.123456+00:00"}
    for number in range(count)
]
body = json.dumps({"data": {"status": "completed", "outputs": outputs}, "errors": []}).encode()
response = Response(200, Headers(()), body, "execute_code")


def read() -> None:
    if how == "json":
        assert len(json.loads(body)["data"]["outputs"]) == count
    else:
        assert len(one(response, ExecuteCodeResponse).data.outputs) == count


times = []
for _ in range(max(5, 20_000 // count)):
    gc.collect()
    start = time.process_time()
    read()
    times.append(time.process_time() - start)
tell(us=min(times) / count * 1e6)
