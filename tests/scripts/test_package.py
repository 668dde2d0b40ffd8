"""The package of the small contract as a whole."""

from __future__ import annotations

import ast
import copy
import importlib
import io
import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from scripts.generate.contract import Contract


def call(package: Path, operation: str) -> Any:
    return importlib.import_module(f"{package.name}.api.runs.{operation}")


def imported_by(package: Path, statement: str) -> set[str]:
    """The modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys; sys.path.insert(0, {str(package.parent)!r}); {statement}; print(list(sys.modules))"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(ast.literal_eval(shown.stdout))


def test_one_operation_imports_its_own_models_only(package: Path) -> None:
    modules = imported_by(package, "from small_openapi.api.runs import upload_file")
    models = {name for name in modules if name.startswith("small_openapi.models.")}
    assert models == {"small_openapi.models.stored_file"}


def test_a_model_imports_no_http_client(package: Path) -> None:
    modules = imported_by(package, "from small_openapi.models import FileUpload")
    assert "small_openapi.models.file_upload" in modules
    assert "small_openapi.models.run" not in modules
    assert "httpx" not in modules


@pytest.mark.parametrize("module", ["models", "api.runs", ""])
def test_a_name_that_is_not_there_is_an_error(package: Path, module: str) -> None:
    with pytest.raises(AttributeError, match="Nothing"):
        importlib.import_module(f"small_openapi.{module}".strip(".")).Nothing  # noqa: B018


def test_the_lazy_package_lists_and_gives_all_its_names(package: Path) -> None:
    models = importlib.import_module("small_openapi.models")
    assert set(models.__all__) <= set(dir(models))
    for name in models.__all__:
        assert getattr(models, name) is not None


def test_unset_is_itself_after_pickle_and_copies(package: Path) -> None:
    unset = importlib.import_module("small_openapi.types").UNSET
    assert pickle.loads(pickle.dumps(unset)) is unset
    assert copy.copy(unset) is unset
    assert copy.deepcopy(unset) is unset
    assert repr(unset) == "UNSET"
    assert not unset


def test_a_request_keeps_its_unset_fields_through_a_pickle(package: Path) -> None:
    models = importlib.import_module("small_openapi.models")
    request = pickle.loads(pickle.dumps(models.RunRequest(code="1")))
    assert request.to_dict() == {"code": "1"}


def test_operations_say_what_the_contract_says(package: Path) -> None:
    operations = importlib.import_module("small_openapi.operations").OPERATIONS
    assert set(operations) == {"list_runs", "create_run", "download_file", "upload_file"}
    create, upload = operations["create_run"], operations["upload_file"]
    assert (create.id, create.method, create.path) == ("create_run", "POST", "/api/v1/runs")
    assert (create.retry, create.tag, create.extension) == ("keyed", "runs", False)
    assert (upload.method, upload.retry, upload.extension) == ("PUT", "safe", True)


def test_the_contract_at_run_time_is_the_contract(package: Path, contract: Contract) -> None:
    assert json.loads((package / "openapi.json").read_text("utf-8")) == contract.document


def test_the_package_is_typed(package: Path) -> None:
    assert (package / "py.typed").is_file()


def test_ids_cannot_leave_their_place_in_the_path(package: Path) -> None:
    build = call(package, "download_file").build_request
    request = build("é", path="a b/ü")
    assert request["url"] == "/api/v1/runs/%C3%A9/files"
    assert request["params"] == {"path": "a b/ü"}
    for wrong in ("../x?a=b#c%2F", "..", ".", "", "a b", "\n", None, 7):
        with pytest.raises(importlib.import_module("small_openapi.errors").InvalidRequestError):
            build(wrong, path="a")


def test_bytes_are_sent_and_received_as_they_are(package: Path) -> None:
    types = importlib.import_module("small_openapi.types")
    payload = io.BytesIO(b"\x00\xff")
    request = call(package, "upload_file").build_request("r", body=types.File(payload), path="f")
    assert request["content"] is payload
    assert request["headers"] == {"Content-Type": "application/octet-stream"}

    download = call(package, "download_file")
    client = importlib.import_module("small_openapi").Client(base_url="http://x")
    answer = httpx.Response(200, content=b"\x00\xff")
    parsed = download._parse_response(client=client, response=answer)
    assert parsed.payload.read() == b"\x00\xff"


def test_of_two_content_types_json_is_parsed(package: Path) -> None:
    client = importlib.import_module("small_openapi").Client(base_url="http://x")
    answer = httpx.Response(200, json={"data": {"id": "r", "status": "s"}})
    parsed = call(package, "create_run")._parse_response(client=client, response=answer)
    assert parsed.data.id == "r"


def test_a_body_of_two_shapes_takes_both(package: Path) -> None:
    models = importlib.import_module("small_openapi.models")
    create = call(package, "create_run")
    for body in (models.RunRequest(code="1"), models.LongRunRequest(image="i")):
        assert create.build_request(body=body)["json"] == body.to_dict()


def test_the_token_is_in_no_repr(package: Path) -> None:
    client = importlib.import_module("small_openapi").AuthenticatedClient(
        base_url="http://x", token="cgk_secret"
    )
    assert "cgk_secret" not in repr(client)
    with client as entered:  # the connection is made here, and the header with the token
        assert "cgk_secret" not in repr(entered)
