"""A contract that the generated code can't be right for is refused, with the list of what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from scripts.generate import rules
from scripts.generate.contract import Contract
from scripts.generate.errors import GenerationError

ROOT = Path(__file__).resolve().parents[2]
Schemas = dict[str, Any]


def test_the_contracts_are_good(contract: Contract) -> None:
    rules.check(contract)
    rules.check(Contract.read(ROOT / "openapi.yaml"))


def test_requests_and_answers_are_told_apart(contract: Contract) -> None:
    assert contract.requests == ["FileUpload", "LongRunRequest", "RunRequest"]
    assert "ErrorResponse" in contract.answers  # reached through components/responses
    assert "RunDetails" in contract.answers
    assert "Run" in contract.answers  # reached through allOf
    assert "RunRequest" not in contract.answers


def optional_not_nullable(schemas: Schemas) -> None:
    schemas["Run"]["properties"]["cpuCores"]["type"] = "number"


def optional_reference(schemas: Schemas) -> None:
    schemas["Run"]["properties"]["resources"] = {"$ref": "#/components/schemas/Resources"}


def optional_enum(schemas: Schemas) -> None:
    schemas["Run"]["required"].remove("status")


def closed_answer(schemas: Schemas) -> None:
    schemas["Output"]["additionalProperties"] = False


def open_request(schemas: Schemas) -> None:
    del schemas["FileUpload"]["additionalProperties"]


def shared_model(schemas: Schemas) -> None:
    schemas["Run"]["properties"]["files"] = {
        "type": ["array", "null"],
        "items": {"$ref": "#/components/schemas/FileUpload"},
    }


def unnamed_object(schemas: Schemas) -> None:
    schemas["Run"]["properties"]["cpuCores"] = {
        "anyOf": [{"type": "object", "properties": {"a": {"type": "string"}}}, {"type": "null"}]
    }


def method_name(schemas: Schemas) -> None:
    schemas["Run"]["properties"]["items"] = {"type": ["string", "null"]}


@pytest.mark.parametrize(
    ("spoil", "offence"),
    [
        (optional_not_nullable, "Run.cpuCores: is optional in an answer, and so must be nullable"),
        (optional_reference, "Run.resources: is optional in an answer, and so must be nullable"),
        (optional_enum, "Run.status: is optional in an answer, and so must be nullable"),
        (closed_answer, "Output: an answer's model is open"),
        (open_request, "FileUpload: a request's model is closed"),
        (shared_model, "FileUpload: is both sent and received"),
        (unnamed_object, "Run.cpuCores: an object with properties needs a name"),
        (method_name, "Run.items: no field of an answer can have this name"),
    ],
)
def test_a_schema_that_breaks_a_rule_is_named(
    contract: Contract, spoil: Callable[[Schemas], None], offence: str
) -> None:
    spoil(contract.document["components"]["schemas"])
    with pytest.raises(GenerationError) as caught:
        rules.check(contract)
    assert offence in str(caught.value)


@pytest.mark.parametrize("key", ["operationId", "summary", "description", "x-retry", "tags"])
def test_an_operation_that_lacks_something_is_named(contract: Contract, key: str) -> None:
    del contract.document["paths"]["/api/v1/runs"]["get"][key]
    with pytest.raises(GenerationError) as caught:
        rules.check(contract)
    assert ("GET /api/v1/runs: " if key == "operationId" else "list_runs: ") in str(caught.value)


def test_all_offenders_are_listed(contract: Contract) -> None:
    for spoil in (optional_not_nullable, closed_answer, open_request):
        spoil(contract.document["components"]["schemas"])
    with pytest.raises(GenerationError) as caught:
        rules.check(contract)
    for name in ("Run.cpuCores", "RunDetails.cpuCores", "Output", "FileUpload"):
        assert f"\n  {name}: " in str(caught.value)


def test_a_document_that_is_not_openapi_is_refused(contract: Contract) -> None:
    del contract.document["info"]["title"]
    with pytest.raises(GenerationError, match=r"info: .title. is a required property"):
        rules.check(contract)


def test_another_version_of_openapi_is_refused(contract: Contract) -> None:
    contract.document["openapi"] = "3.0.3"
    with pytest.raises(GenerationError, match=r"'3\.0\.3', and not 3\.1"):
        rules.check(contract)


def test_a_file_that_is_not_yaml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text("a: [")
    with pytest.raises(GenerationError, match="is not YAML"):
        Contract.read(tmp_path / "openapi.yaml")
    with pytest.raises(GenerationError, match="No such file"):
        Contract.read(tmp_path / "nothing.yaml")


def test_dates_in_examples_stay_text(tmp_path: Path) -> None:
    (tmp_path / "openapi.yaml").write_text("example: 2026-01-02T03:04:05Z")
    assert Contract.read(tmp_path / "openapi.yaml").document["example"] == "2026-01-02T03:04:05Z"
