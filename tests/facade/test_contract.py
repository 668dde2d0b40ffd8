"""What the facade knows of the contract is what `openapi.yaml` says."""

from __future__ import annotations

import inspect
import re
from typing import Any

import httpx
import pytest
import yaml

from cognitora import CodeInterpreter, Containers
from cognitora.deadline import RUN_SECONDS
from cognitora.poll import LONGEST_QUESTION
from cognitora.statuses import FINAL
from cognitora.validation import LANGUAGES, LONGEST_PAGE, RESOURCES
from tests.contract import OPENAPI, Contract, ContractError
from tests.facade.server import Server, reply


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/api/v1/interpreter/sessions/ses_1/logs?limit=0", b""),
        ("/api/v1/interpreter/sessions/ses_1/logs?lines=5", b""),
        ("/api/v1/interpreter/session", b""),
        ("/api/v1/interpreter/execute", b'{"code": "1", "timeout": 5}'),
    ],
)
def test_requests_outside_the_contract_fail_every_test_of_the_facade(
    server: Server, contract: Contract, path: str, body: bytes
) -> None:
    server.otherwise = reply(200, {})
    headers = {"Content-Type": "application/json"} if body else {}
    httpx.request("POST" if body else "GET", server.url + path, content=body, headers=headers)
    with pytest.raises(ContractError):
        server.check(contract)
    server.in_contract = False


@pytest.fixture(scope="module")
def document() -> Any:
    return yaml.load(OPENAPI.read_text(), Loader=yaml.CSafeLoader)


def fields(document: Any, schema: str) -> Any:
    return document["components"]["schemas"][schema]["properties"]


def parameter(document: Any, name: str) -> Any:
    found = [p for p in document["components"]["parameters"].values() if p["name"] == name]
    for item in document["paths"].values():
        for operation in item.values():
            shared = operation.get("parameters", []) if isinstance(operation, dict) else []
            found += [p for p in shared if p.get("name") == name]
    assert len({p["schema"]["maximum"] for p in found}) == 1
    return found[0]["schema"]


def default(method: Any, name: str) -> Any:
    return inspect.signature(method).parameters[name].default


def test_the_facade_has_the_contracts_numbers(document: Any) -> None:
    code = fields(document, "ExecuteCodeRequest")["timeout_seconds"]["default"]
    one_shot = fields(document, "ComputeExecutionRequest")["timeoutSeconds"]["default"]
    assert (RUN_SECONDS["execute_code"], RUN_SECONDS["create_container"]) == (code, one_shot)
    page = parameter(document, "limit")
    assert page["maximum"] == LONGEST_PAGE
    assert parameter(document, "wait_seconds")["maximum"] == LONGEST_QUESTION


def test_the_facade_has_the_contracts_words(document: Any) -> None:
    statuses = document["components"]["schemas"]["ContainerStatus"]["enum"]
    assert {"pending", "running", *FINAL} == {status.lower() for status in statuses}
    assert set(LANGUAGES) == set(document["components"]["schemas"]["Language"]["enum"])
    assert set(RESOURCES) == set(fields(document, "SessionResourcesRequest"))


@pytest.mark.parametrize(
    ("method", "schema"),
    [
        (CodeInterpreter.execute, "ExecuteCodeRequest"),
        (CodeInterpreter.create_session, "CreateSessionRequest"),
        (Containers.estimate_cost, "CostEstimateRequest"),
    ],
)
def test_defaults_are_the_contracts(document: Any, method: Any, schema: str) -> None:
    for wire, field in fields(document, schema).items():
        name = re.sub("[A-Z]", lambda letter: f"_{letter[0].lower()}", wire)
        ours = default(method, name)
        if "default" in field and ours is not None and ours is not inspect.Parameter.empty:
            assert ours == field["default"], name


def test_pages_of_lists_are_the_contracts(document: Any) -> None:
    for method in (CodeInterpreter.list_all_executions, CodeInterpreter.get_session_logs):
        assert default(method, "limit") == parameter(document, "limit")["default"]
