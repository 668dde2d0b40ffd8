"""Nothing raw reaches the caller of the low-level client either, whatever an argument or a part of one is."""

from __future__ import annotations

import inspect
import io
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib import import_module
from importlib.resources import files
from types import ModuleType
from typing import Any

import attrs
import httpx
import pytest

from cognitora import CognitoraError
from cognitora_openapi import AuthenticatedClient, models
from cognitora_openapi.errors import LONGEST
from cognitora_openapi.operations import OPERATIONS, Operation
from cognitora_openapi.types import File
from tests.facade.conftest import KEY
from tests.facade.odd_values import VALUES
from tests.facade.server import Server
from tests.facade.test_odd_values import works

DOCUMENT = json.loads(files("cognitora_openapi").joinpath("openapi.json").read_text())


def made(operation: Operation) -> Callable[[], Any] | None:
    """What makes a good body of an operation: the contract's first example, or bytes."""
    described = DOCUMENT["paths"][operation.path][operation.method.lower()]
    content = described.get("requestBody", {}).get("content", {})
    if "application/json" not in content:
        return (lambda: File(io.BytesIO(b"a"))) if content else None
    body = content["application/json"]
    schema = body["schema"].get("anyOf", [body["schema"]])[0]["$ref"]
    example = next(iter(body["examples"].values()))["value"]
    model = getattr(models, schema.rpartition("/")[2])
    return lambda: model.from_dict(example)


REQUESTS = {id: make for id, each in OPERATIONS.items() if (make := made(each)) is not None}
WITHOUT_ARGUMENTS = {"collect_garbage"}
Place = tuple[ModuleType, str, str, str | None]


def places() -> Iterator[Place]:
    """Each endpoint, its name, each parameter, and each field of what is its body."""
    for operation in OPERATIONS.values():
        endpoint = import_module(f"cognitora_openapi.api.{operation.tag}.{operation.id}")
        for parameter in inspect.signature(endpoint.sync_detailed).parameters:
            if parameter != "client":
                yield endpoint, operation.id, parameter, None
        if operation.id in REQUESTS:
            for field in attrs.fields(type(REQUESTS[operation.id]())):
                yield endpoint, operation.id, "body", field.name


def arguments(place: Place, value: Any) -> dict[str, Any]:
    """What makes the call a good one, but for the one value."""
    endpoint, name, parameter, field = place
    found = {
        other: REQUESTS[name]() if other == "body" else "a"
        for other, described in inspect.signature(endpoint.sync_detailed).parameters.items()
        if described.default is inspect.Parameter.empty and other != "client"
    }
    if field is None:
        return found | {parameter: value}
    found.setdefault("body", REQUESTS[name]())  # it may have a default, as nothing is
    setattr(found["body"], field, value)
    return found


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
async def test_whatever_an_argument_is(server: Server, asynchronous: bool) -> None:
    server.otherwise, server.in_contract = works, False
    raw: list[str] = []
    seen: Counter[str] = Counter()
    client = AuthenticatedClient(base_url=server.url, token=KEY, timeout=httpx.Timeout(5))
    for place in places():
        endpoint, name, parameter, field = place
        what = field or parameter
        seen[what] += 1
        for number, value in enumerate(VALUES):
            # The same way as before, or as the sync one's: a part of them shows that it is taken.
            every = 30 if seen[what] > 1 else 5 if asynchronous else 1
            if (number + seen[what]) % every:
                continue
            where = f"{name}({parameter}{f'.{field}' if field else ''}=VALUES[{number}])"
            given = io.BytesIO(b"a") if isinstance(value, io.BytesIO) else value
            try:
                if asynchronous:
                    await endpoint.asyncio_detailed(client=client, **arguments(place, given))
                else:
                    endpoint.sync_detailed(client=client, **arguments(place, given))
            except CognitoraError as error:
                if len(str(error)) > LONGEST + 500:
                    raw.append(f"{where}: a message of {len(str(error))} characters")
            except Exception as error:  # noqa: BLE001 - this is what is looked for
                raw.append(f"{where}: {type(error).__name__}: {error}")
    await client.get_async_httpx_client().aclose()
    client.get_httpx_client().close()
    assert not raw, "\n".join(raw)
    assert {name for _, name, _, _ in places()} == set(OPERATIONS) - WITHOUT_ARGUMENTS
    assert server.count > 200


@pytest.mark.parametrize(
    "argument", ["base_url", "token", "timeout", "headers", "cookies", "prefix"]
)
def test_whatever_a_client_is_made_with(argument: str) -> None:
    delete_session = import_module("cognitora_openapi.api.interpreter.delete_session")
    transport = httpx.MockTransport(lambda _: httpx.Response(204))  # no connection, no certificates
    usual: dict[str, Any] = {"base_url": "http://h", "token": KEY}
    usual["httpx_args"] = {"transport": transport, "trust_env": False}
    for value in VALUES:
        with suppress(CognitoraError):
            delete_session.sync("a", client=AuthenticatedClient(**usual | {argument: value}))
