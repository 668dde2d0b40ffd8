"""When the API changes: an endpoint, an optional field and an enum value come by `make generate` alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.generate import __main__ as command
from tests.facade.answers import session
from tests.facade.server import Server, reply

ROOT = Path(__file__).parents[2]

PROGRAM = '''
import asyncio
import sys
from cognitora import Cognitora, CognitoraAsync, InvalidRequestError

url = sys.argv[1]


def arguments(client):
    """What is called, and with what: the new endpoint, the new field, the new value."""
    containers, interpreter = client.containers, client.code_interpreter
    yield containers.snapshot_container, ("ctr_1", "before"), {"keep_days": 3}
    yield containers.update_container, ("ctr_1", 60), {"reason": "more to do"}
    yield interpreter.create_session, ("ruby",), {}


with Cognitora("key", url) as client:
    snapshot, updated, session = [call(*given, **named) for call, given, named in arguments(client)]
    assert snapshot.state == "kept", snapshot
    assert "keep_days: How many days" in type(client.containers).snapshot_container.__doc__
    try:
        client.containers.snapshot_container("ctr_1", "before", keep_days=0)
    except InvalidRequestError as error:
        assert "keep_days must be 1 or more" in str(error)
    else:
        raise AssertionError("0 days were taken")


async def main():
    async with CognitoraAsync("key", url) as client:
        found = [await call(*given, **named) for call, given, named in arguments(client)]
        assert found[0].state == "kept", found


asyncio.run(main())
'''

ENDPOINT: dict[str, Any] = {
    "parameters": [{"$ref": "#/components/parameters/ContainerId"}],
    "post": {
        "operationId": "snapshot_container",
        "tags": ["compute"],
        "summary": "Keep a container's disk",
        "description": "Keeps what is on a container's disk, for `keepDays`.",
        "x-retry": "never",
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"$ref": "#/components/schemas/SnapshotRequest"},
                    "examples": {"one": {"summary": "One", "value": {"name": "before"}}},
                }
            },
        },
        "responses": {
            "200": {
                "description": "The snapshot.",
                "content": {
                    "application/json": {
                        "schema": {"$ref": "#/components/schemas/Snapshot"},
                        "examples": {
                            "one": {"summary": "One", "value": {"id": "s", "state": "kept"}}
                        },
                    }
                },
            },
            **{
                status: {"$ref": f"#/components/responses/{name}"}
                for status, name in {
                    "400": "BadRequest",
                    "401": "Unauthorized",
                    "403": "Forbidden",
                    "404": "NotFound",
                    "429": "TooManyRequests",
                    "500": "ServerError",
                }.items()
            },
        },
    },
}
SCHEMAS: dict[str, Any] = {
    "SnapshotRequest": {
        "type": "object",
        "description": "A snapshot to make.",
        "additionalProperties": False,
        "required": ["name"],
        "properties": {
            "keepDays": {
                "type": "integer",
                "minimum": 1,
                "default": 7,
                "description": "How many days it is kept.",
            },
            "name": {"type": "string", "description": "What it is called."},
        },
    },
    "Snapshot": {
        "type": "object",
        "description": "A snapshot.",
        "required": ["id", "state"],
        "properties": {
            "id": {"type": "string", "description": "Its id."},
            "state": {"type": "string", "description": "What has become of it."},
        },
    },
}


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project whose API has changed, after `make generate`."""
    root = tmp_path_factory.mktemp("changed")
    for folder in ("cognitora", "generated"):
        shutil.copytree(ROOT / folder, root / folder, ignore=shutil.ignore_patterns("__pycache__"))
    document = yaml.load((ROOT / "openapi.yaml").read_text(), yaml.CSafeLoader)
    document["paths"]["/api/v1/compute/containers/{container_id}/snapshots"] = ENDPOINT
    schemas = document["components"]["schemas"] | SCHEMAS
    document["components"]["schemas"] = schemas
    schemas["Language"]["enum"].append("ruby")
    reason = {"type": "string", "description": "Why."}
    schemas["ContainerUpdateRequest"]["properties"]["reason"] = reason
    (root / "openapi.yaml").write_text(yaml.safe_dump(document, sort_keys=False))
    assert command.main(["--root", str(root)]) == 0
    return root


@pytest.fixture
def server() -> Iterator[Server]:
    """A server that has all of it."""
    server = Server(in_contract=False)
    snapshot = reply(200, {"id": "snp_1", "state": "kept"})
    updated = reply(200, {"id": "ctr_1"})
    once = (snapshot, updated, session(language="ruby"))
    server.answers(*once, *once)
    yield server
    server.close()


def test_an_endpoint_a_field_and_a_value_come_with_no_line_by_hand(
    changed: Path, server: Server
) -> None:
    path = os.pathsep.join([str(changed), str(changed / "generated")])
    called = subprocess.run(
        [sys.executable, "-c", PROGRAM, server.url],
        env={**os.environ, "PYTHONPATH": path},
        cwd=changed,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert called.returncode == 0, called.stderr
    updated = {"timeout_seconds": 60, "reason": "more to do"}
    once = [
        ("POST", "/api/v1/compute/containers/ctr_1/snapshots", {"name": "before", "keepDays": 3}),
        ("PATCH", "/api/v1/compute/containers/ctr_1", updated),
        ("POST", "/api/v1/interpreter/sessions", {"language": "ruby"}),
    ]
    assert [(each.method, each.path, each.json) for each in server.received] == [*once, *once]
    public = (changed / "docs" / "public_api.pyi").read_text()
    assert public.count("    def snapshot_container(\n") == 1
    assert public.count("    async def snapshot_container(\n") == 1
