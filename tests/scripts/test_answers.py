"""What the objects of answers can do, on the package of the small contract."""

from __future__ import annotations

import copy
import datetime
import importlib
import pickle
from pathlib import Path
from typing import Any

import pytest

WIRE: dict[str, Any] = {
    "id": "r1",
    "status": "completed",
    "outputs": [{"type": "stdout", "data": "hi"}, {"type": "novel", "data": {"image/png": "…"}}],
    "startedAt": "2026-01-02T03:04:05Z",
    "cpu_cores": 2,
    "resources": {"memoryMb": None, "memory_mb": 512},
    "environment": {"A": "1"},
    "colour": "blue",
}


@pytest.fixture
def models(package: Path) -> Any:
    return importlib.import_module("small_openapi.models")


@pytest.fixture
def run(models: Any) -> Any:
    return models.Run.from_dict(WIRE)


def test_reads_by_the_name_of_the_wire_and_by_that_of_python(run: Any) -> None:
    started = datetime.datetime(2026, 1, 2, 3, 4, 5, tzinfo=datetime.UTC)
    assert run["startedAt"] == run["started_at"] == run.started_at == started


def test_type_needs_no_underscore(run: Any) -> None:
    assert [output.type for output in run.outputs] == ["stdout", "novel"]
    assert run["outputs"][0]["type"] == "stdout"


def test_an_absent_field_is_none(models: Any) -> None:
    run = models.Run.from_dict({"id": "r", "status": "failed"})
    assert run.outputs is None
    assert run["outputs"] is None
    assert "outputs" not in run
    assert run.get("outputs", []) == []
    assert run.get("outputs") is None


def test_a_null_field_is_absent(models: Any) -> None:
    run = models.Run.from_dict({"id": "r", "status": "failed", "logs": None})
    assert run.logs is None
    assert run.keys() == ["id", "status"]


def test_a_missing_required_field_is_an_error(models: Any) -> None:
    with pytest.raises(KeyError, match="status"):
        models.Run.from_dict({"id": "r"})


def test_unknown_fields_are_kept_and_read_both_ways(run: Any) -> None:
    assert run["colour"] == run.colour == run.get("colour") == "blue"
    assert "colour" in run
    assert run.to_dict()["colour"] == "blue"


def test_an_answer_cannot_pass_for_a_protocol_of_python(models: Any) -> None:
    run = models.Run.from_dict(
        {"id": "r", "status": "s", "__deepcopy__": "x", "_repr_html_": "<b>"}
    )
    assert copy.deepcopy(run) == run
    assert run["_repr_html_"] == "<b>"
    assert not hasattr(run, "_repr_html_")


def test_an_unknown_name_is_an_error_of_the_right_kind(run: Any) -> None:
    with pytest.raises(KeyError, match="nothing"):
        run["nothing"]
    with pytest.raises(KeyError, match="to_dict"):
        run["to_dict"]
    with pytest.raises(AttributeError, match="'Run' object has no attribute 'nothing'"):
        run.nothing  # noqa: B018 - reading it is the test
    assert "nothing" not in run
    assert run.get("nothing", 1) == 1


def test_another_spelling_on_the_wire_is_accepted(run: Any) -> None:
    assert run.cpu_cores == run["cpuCores"] == run["cpu_cores"] == 2
    # A null under the preferred name doesn't hide a value under the other one.
    assert run.resources.memory_mb == 512
    assert run.additional_properties == {"colour": "blue"}


def test_the_preferred_spelling_wins(models: Any) -> None:
    run = models.Run.from_dict({"id": "r", "status": "s", "cpuCores": 1, "cpu_cores": 2})
    assert run.cpu_cores == 1


def test_written_it_is_what_was_read_without_nulls(run: Any) -> None:
    written = run.to_dict()
    assert written == {
        "id": "r1",
        "status": "completed",
        "outputs": WIRE["outputs"],
        "startedAt": "2026-01-02T03:04:05+00:00",
        "cpuCores": 2,
        "resources": {"memoryMb": 512},
        "environment": {"A": "1"},
        "colour": "blue",
    }
    assert type(run).from_dict(written) == run


def test_it_is_a_mapping_of_what_it_has(run: Any) -> None:
    names = [
        "id",
        "outputs",
        "status",
        "startedAt",
        "cpuCores",
        "resources",
        "environment",
        "colour",
    ]
    assert run.keys() == list(run) == names
    assert dict(run) == dict(run.items())
    assert list(dict(run).values()) == run.values()


def test_free_form_objects_are_dictionaries(run: Any) -> None:
    assert run.environment == {"A": "1"}
    assert run.outputs[1].data == {"image/png": "…"}


def test_it_pickles_and_copies(run: Any) -> None:
    for twin in (pickle.loads(pickle.dumps(run)), copy.copy(run), copy.deepcopy(run)):
        assert twin == run
        assert twin.colour == "blue"
    assert copy.deepcopy(run).outputs[0] is not run.outputs[0]


def test_absent_fields_need_not_be_given(models: Any) -> None:
    assert models.Run(id="r", status="s").to_dict() == {"id": "r", "status": "s"}


def test_the_parts_of_allof_are_fields(models: Any) -> None:
    details = models.RunDetails.from_dict({"id": "r", "status": "s", "note": "n", "cpu_cores": 1})
    assert (details.id, details.note, details.cpu_cores) == ("r", "n", 1)


def test_a_date_that_is_none_stays_readable(models: Any) -> None:
    run = models.Run.from_dict({"id": "r", "status": "s", "startedAt": "yesterday"})
    assert run.started_at == "yesterday"
    assert run.to_dict()["startedAt"] == "yesterday"


def test_requests_stay_as_generated(models: Any) -> None:
    unset = importlib.import_module("small_openapi.types").UNSET
    request = models.RunRequest(code="1")
    assert request.files is unset
    assert request.to_dict() == {"code": "1"}
    assert not hasattr(request, "additional_properties")


def test_an_error_inside_a_property_is_told_as_it_is(models: Any) -> None:
    class Faulty(models.Run):  # type: ignore[misc]  # the class is made while the test runs
        @property
        def summary(self) -> str:
            return str(None.upper())  # type: ignore[attr-defined]  # the mistake

    with pytest.raises(AttributeError, match="'NoneType' object has no attribute 'upper'"):
        _ = Faulty.from_dict(WIRE).summary
