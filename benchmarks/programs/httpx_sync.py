import httpx
from clock import CODE, address, numbers, one_by_one

BODY = {"code": CODE, "language": "python", "timeout_seconds": 60, "networking": True}

with httpx.Client(headers={"Authorization": "Bearer key"}) as client:
    url = f"{address()}/api/v1/interpreter/execute"
    one_by_one(lambda: client.post(url, json=BODY).json(), *numbers())
