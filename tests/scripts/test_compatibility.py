"""What breaks programs that were written for the last release is found, and nothing else is."""

from __future__ import annotations

import copy
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.compatibility import __main__ as compatibility
from scripts.compatibility import api, contract

ROOT = Path(__file__).resolve().parents[2]
Change = Callable[[Any], object]

CONTRACT = yaml.safe_load("""
security: [{bearer: []}]
paths:
  /jobs:
    parameters:
      - {$ref: "#/components/parameters/Team"}
    get:
      operationId: list_jobs
      x-retry: safe
      parameters:
        - {name: limit, in: query, schema: {type: integer, minimum: 1, maximum: 100, default: 20}}
      responses:
        "200": {$ref: "#/components/responses/Jobs"}
        "404": {description: None}
    post:
      operationId: create_job
      x-retry: keyed
      requestBody:
        content:
          application/json: {schema: {$ref: "#/components/schemas/NewJob"}}
          text/plain: {schema: {type: string}}
      responses:
        "201":
          headers: {Location: {schema: {type: string}}}
          content: {application/json: {schema: {$ref: "#/components/schemas/Job"}}}
components:
  parameters:
    Team: {name: team, in: header, schema: {type: string, maxLength: 10}}
  responses:
    Jobs:
      content:
        application/json:
          schema: {type: array, items: {$ref: "#/components/schemas/Job"}}
  schemas:
    NewJob:
      type: object
      additionalProperties: false
      required: [code]
      properties:
        code: {type: string, minLength: 1, maxLength: 1000}
        language: {type: [string, "null"], enum: [python, bash, null], default: python}
        cores: {type: number, exclusiveMinimum: 0}
        inputs: {type: array, maxItems: 10, items: {$ref: "#/components/schemas/NewJob"}}
        labels: {type: object, additionalProperties: {type: string}, propertyNames: {maxLength: 63}}
        target: {anyOf: [{type: string}, {type: integer}]}
        when: {type: string, format: date-time}
    Job:
      allOf:
        - {$ref: "#/components/schemas/Named"}
        - type: object
          required: [status]
          properties:
            status: {type: string, enum: [running, ended]}
            exit_code: {type: [integer, "null"]}
            parent: {$ref: "#/components/schemas/Job"}
            result: {oneOf: [{type: string}, {type: "null"}]}
    Named:
      type: object
      required: [id]
      properties: {id: {type: string, format: uuid}}
""")


def new_job(document: Any) -> Any:
    return document["components"]["schemas"]["NewJob"]


def given(document: Any) -> Any:
    return new_job(document)["properties"]


def job(document: Any) -> Any:
    return document["components"]["schemas"]["Job"]["allOf"][1]


def jobs(document: Any) -> Any:
    return document["paths"]["/jobs"]


TEAM = {"name": "team", "in": "header", "schema": {"type": "string"}}

BREAKING: dict[str, tuple[Change, str]] = {
    "removed path": (lambda d: d["paths"].clear(), "GET /jobs: the operation is gone"),
    "removed operation": (lambda d: jobs(d).pop("post"), "POST /jobs: the operation is gone"),
    "renamed operation": (
        lambda d: jobs(d)["get"].update(operationId="jobs"),
        "operationId .* was list_jobs",
    ),
    "repeated otherwise": (
        lambda d: jobs(d)["get"].update({"x-retry": "never"}),
        "x-retry .* is never",
    ),
    "became an extension": (
        lambda d: jobs(d)["get"].update({"x-cognitora-extension": True}),
        "servers may lack it now",
    ),
    "other security": (lambda d: d.update(security=[{"basic": []}]), r"\(security\)"),
    "removed parameter": (
        lambda d: jobs(d)["get"]["parameters"].clear(),
        "limit in the query is gone",
    ),
    "removed shared parameter": (
        lambda d: jobs(d)["parameters"].clear(),
        "team in the header is gone",
    ),
    "required parameter": (
        lambda d: d["components"]["parameters"]["Team"].update(required=True),
        "team in the header is required now",
    ),
    "new required parameter": (
        lambda d: jobs(d)["get"]["parameters"].append({**TEAM, "name": "who", "required": True}),
        "who in the header is new, and required",
    ),
    "narrowed parameter": (
        lambda d: d["components"]["parameters"]["Team"]["schema"].update(maxLength=5),
        "team in the header .*: maxLength 10, not 5",
    ),
    "other default": (
        lambda d: jobs(d)["get"]["parameters"][0]["schema"].update(default=10),
        "limit in the query: it had the default 20 and has 10",
    ),
    "other default within": (
        lambda d: given(d)["language"].update(default="bash"),
        "language had the default 'python' and has 'bash'",
    ),
    "required body": (
        lambda d: jobs(d)["post"]["requestBody"].update(required=True),
        "a body is required now",
    ),
    "body of another type": (
        lambda d: jobs(d)["post"]["requestBody"]["content"].pop("text/plain"),
        "a body of the type text/plain isn't taken",
    ),
    "new required field": (
        lambda d: (given(d).update(team={"type": "string"}), new_job(d)["required"].append("team")),
        "team: missing",
    ),
    "field became required": (lambda d: new_job(d)["required"].append("cores"), "cores: missing"),
    "removed field": (lambda d: given(d).pop("cores"), "cores: there, and unknown"),
    "narrowed enumeration": (
        lambda d: given(d)["language"]["enum"].remove("bash"),
        "language: 'bash', not only 'python', None",
    ),
    "new enumeration": (
        lambda d: given(d)["code"].update(enum=["1", "2"]),
        "code: any value, not only '1', '2'",
    ),
    "not nullable": (
        lambda d: given(d)["language"].update(type="string"),
        "language: null, not only string",
    ),
    "changed type": (
        lambda d: given(d)["code"].update(type="integer"),
        "code: string, not only integer",
    ),
    "whole numbers alone": (
        lambda d: given(d)["cores"].update(type="integer"),
        "cores: number, not only integer",
    ),
    "raised minimum": (
        lambda d: given(d)["cores"].update(exclusiveMinimum=1),
        "cores: exclusiveMinimum 0, not 1",
    ),
    "new maximum": (lambda d: given(d)["cores"].update(maximum=8), "cores: maximum none, not 8"),
    "fewer items": (lambda d: given(d)["inputs"].update(maxItems=5), "inputs: maxItems 10, not 5"),
    "narrowed deeply": (
        lambda d: given(d)["labels"]["additionalProperties"].update(pattern="a+"),
        r"labels\.\*: pattern any, not a\+",
    ),
    "narrowed names": (
        lambda d: given(d)["labels"]["propertyNames"].update(maxLength=20),
        r"labels\.\(names of fields\): maxLength 63, not 20",
    ),
    "closed object": (
        lambda d: given(d)["labels"].update(additionalProperties=False),
        "labels: fields of any name",
    ),
    "one alternative less": (
        lambda d: given(d)["target"]["anyOf"].pop(),
        "target: integer, not only string",
    ),
    "other format": (
        lambda d: given(d)["when"].update(format="date"),
        "when: format date-time, not date",
    ),
    "what can't be judged": (
        lambda d: given(d)["code"].update({"not": {"const": "x"}}),
        "code: `not` has changed",
    ),
    "removed answer": (
        lambda d: jobs(d)["post"].update(responses={"202": {}}),
        "the answer 201 is gone",
    ),
    "removed header": (
        lambda d: jobs(d)["post"]["responses"]["201"].pop("headers"),
        "the answer 201 has lost its header Location",
    ),
    "answer of another type": (
        lambda d: d["components"]["responses"]["Jobs"].update(content={"text/csv": {}}),
        "the answer 200 isn't given as application/json",
    ),
    "removed field of an answer": (
        lambda d: job(d)["properties"].pop("exit_code"),
        r"GET /jobs: the answer 200 may come with \[\]\.exit_code: gone",
    ),
    "removed field of a part": (
        lambda d: d["components"]["schemas"]["Named"].update(required=[], properties={}),
        r"\[\]\.id: gone",
    ),
    "field may be missing": (lambda d: job(d)["required"].clear(), r"\[\]\.status: missing"),
    "field may be null": (
        lambda d: job(d)["properties"]["status"].update(type=["string", "null"]),
        "status: null, not only string",
    ),
    "changed type of an answer": (
        lambda d: job(d)["properties"]["exit_code"].update(type=["string", "null"]),
        "exit_code: string, not only integer or null",
    ),
    "one alternative more": (
        lambda d: job(d)["properties"]["result"]["oneOf"].append({"type": "array"}),
        "result: array, not only",
    ),
    "no format": (
        lambda d: d["components"]["schemas"]["Named"]["properties"]["id"].pop("format"),
        "id: format any, not uuid",
    ),
}

HARMLESS: dict[str, Change] = {
    "nothing": lambda d: None,
    "new operation": lambda d: jobs(d).update(
        delete={"operationId": "remove_jobs", "responses": {}}
    ),
    "new parameter": lambda d: jobs(d)["get"]["parameters"].append({**TEAM, "name": "who"}),
    "new field": lambda d: given(d).update(team={"type": "string"}),
    "no longer required": lambda d: new_job(d)["required"].clear(),
    "wider enumeration": lambda d: given(d)["language"]["enum"].append("perl"),
    "wider limits": lambda d: given(d)["code"].update(minLength=0, maxLength=2000),
    "no limits": lambda d: given(d).update(code={"type": "string"}),
    "nullable": lambda d: given(d)["code"].update(type=["string", "null"]),
    "any number": lambda d: given(d)["target"]["anyOf"][1].update(type="number"),
    "new alternative": lambda d: given(d)["target"]["anyOf"].append({"type": "boolean"}),
    "new answer": lambda d: jobs(d)["get"]["responses"].update({"429": {"description": "Later"}}),
    "one error less": lambda d: jobs(d)["get"]["responses"].pop("404"),
    "new field of an answer": lambda d: job(d)["properties"].update(cost={"type": "number"}),
    "new value of an answer": lambda d: job(d)["properties"]["status"]["enum"].append("queued"),
    "always there": lambda d: job(d)["required"].append("exit_code"),
    "never null": lambda d: job(d)["properties"]["exit_code"].update(type="integer"),
    "other words": lambda d: given(d)["code"].update(description="Code.", examples=["1"]),
    "written out": lambda d: d["components"]["schemas"]["Job"]["allOf"].__setitem__(
        0, copy.deepcopy(d["components"]["schemas"]["Named"])
    ),
}


@pytest.mark.parametrize(("change", "told"), BREAKING.values(), ids=BREAKING)
def test_what_breaks_clients_of_the_contract_is_told(change: Change, told: str) -> None:
    now = copy.deepcopy(CONTRACT)
    change(now)
    lines = contract.breaking(CONTRACT, now)
    assert any(re.search(told, line) for line in lines), lines


@pytest.mark.parametrize("change", HARMLESS.values(), ids=HARMLESS)
def test_what_breaks_nobody_is_passed_over(change: Change) -> None:
    now = copy.deepcopy(CONTRACT)
    change(now)
    assert contract.breaking(CONTRACT, now) == []


LISTING = """
__version__ = ...
class Error(Exception): ...
class Base:
    def shared() -> None: ...
class Client(Base):
    id: str
    @property
    def name() -> str | None: ...
    def __init__(key: str | None = None, *, timeout: float = 30) -> None: ...
    def run(code: str, language: str = 'python', *files: Path, wait: bool = True) -> Error: ...
    def read(path: str) -> bytes: ...
    def read(path: str, target: str) -> int: ...
    async def stop() -> None: ...
    def open(path: InnerPath) -> Base: ...
    def _inner() -> None: ...
"""


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("class Error(Exception): ...", "", "Error: public object was removed"),
        ("class Client(Base):", "class Client:", "Client: base class was removed"),
        ("    id: str\n", "", "Client.id: public object was removed"),
        ("id: str", "id: str | None", "Client.id: may be None now"),
        ("def name() -> str | None", "def name() -> int", "Client.name: may be int now"),
        ("key: str | None = None", "key: str", "Client.__init__: parameter is now required"),
        ("key: str | None = None", "key: str = ''", "Client.__init__: key no longer takes None"),
        ("timeout: float = 30", "timeout: float = 60", r"default was changed .*30.*60"),
        (
            "code: str, language: str = 'python'",
            "language: str, code: str",
            "positional parameter was moved",
        ),
        ("wait: bool = True", "", r"parameter was removed .*wait"),
        (
            "code: str,",
            "code: str, who: str,",
            r"new required parameter|parameter was added as required",
        ),
        (
            "path: str, target: str) -> int",
            "path: str, target: str) -> None",
            "Client.read: may give None now",
        ),
        (
            "    def read(path: str) -> bytes: ...\n",
            "",
            "Client.read: parameter was added as required",
        ),
        (
            "    def read(path: str) -> bytes: ...\n    def read(path: str, target: str) -> int: ...\n",
            "",
            "read: gone",
        ),
        ("async def stop", "def stop", "Client.stop: has to be awaited, or no longer"),
        ("-> Error", "-> Base", "Client.run: may give Base now"),
    ],
)
def test_what_breaks_programs_is_told(old: str, new: str, told: str) -> None:
    assert LISTING.count(old) == 1
    lines = api.breaking(LISTING, LISTING.replace(old, new))
    assert any(re.search(told, line) for line in lines), lines


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("...", "..."),
        ("    def _inner() -> None: ...\n", ""),
        ("class Error(Exception): ...", "class Error(Exception):\n    code: int\nclass Other: ..."),
        ("wait: bool = True", "wait: bool = True, env: str | None = None"),
        ("key: str | None", "key: str | int | None"),
        ("-> str | None", "-> str"),
        ("path: InnerPath", "path: Source"),
        (
            "target: str) -> int: ...",
            "target: str) -> int: ...\n    def read(path: int) -> bytes: ...",
        ),
    ],
)
def test_what_breaks_no_program_is_passed_over(old: str, new: str) -> None:
    assert api.breaking(LISTING, LISTING.replace(old, new)) == []


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of version 2.0.0 with a contract and a public API, in a repository."""
    for folder in ("cognitora", "docs"):
        (tmp_path / folder).mkdir()
    (tmp_path / "openapi.yaml").write_text(yaml.safe_dump(CONTRACT))
    (tmp_path / "docs" / "public_api.pyi").write_text(LISTING)
    set_version(tmp_path, "2.0.0")
    who = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")
    for command in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "All."]):
        subprocess.run(["git", *who, *command], cwd=tmp_path, check=True, capture_output=True)
    return tmp_path


def set_version(project: Path, version: str) -> None:
    (project / "cognitora" / "_version.py").write_text(f'__version__ = "{version}"\n')


def take_away(project: Path) -> None:
    """Change what breaks clients and what breaks programs."""
    (project / "openapi.yaml").write_text(yaml.safe_dump({**CONTRACT, "paths": {}}))
    (project / "docs" / "public_api.pyi").write_text("")


def run(project: Path, *arguments: str) -> int:
    return compatibility.main(["--root", str(project), *arguments])


def test_before_the_first_release_there_is_nothing_to_keep_to(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project) == 0
    assert "nothing has been released yet" in capsys.readouterr().out


def test_after_a_release_only_a_new_major_version_may_break(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "--record") == 0
    set_version(project, "2.1.0")
    assert run(project) == 0
    take_away(project)
    assert run(project) == 1
    told = capsys.readouterr().err
    assert "breaks programs made for 2.0.0" in told
    assert "openapi.yaml: GET /jobs: the operation is gone" in told
    assert "cognitora: Client: public object was removed" in told
    set_version(project, "3.0.0")
    assert run(project) == 0


def test_any_commit_can_be_compared_with(project: Path) -> None:
    assert run(project, "--against", "HEAD") == 0
    take_away(project)
    assert run(project, "--against", "HEAD") == 1


def test_only_what_is_recorded_is_released(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(project, "--recorded", "v2.0.0") == 1
    assert "openapi.yaml isn't as in released/" in capsys.readouterr().err
    run(project, "--record")
    assert run(project, "--recorded", "v2.0.0") == 1
    assert "CHANGELOG.md has no section [2.0.0]" in capsys.readouterr().err
    (project / "CHANGELOG.md").write_text("# Changelog\n\n## [2.0.0] - 2027-01-31\n")
    assert run(project, "--recorded", "v2.0.0") == 0
    assert run(project, "--recorded", "v2.0.1") == 1
    assert "the version is 2.0.0, which the tag v2.0.1 doesn't say" in capsys.readouterr().err
    take_away(project)
    assert run(project, "--recorded", "v2.0.0") == 1


def test_the_contract_and_the_public_api_can_be_compared() -> None:
    text = (ROOT / "openapi.yaml").read_text("utf-8")
    now = yaml.load(text, Loader=yaml.CSafeLoader)
    before = copy.deepcopy(now)
    assert contract.breaking(before, now) == []
    for operations in now["paths"].values():
        operations.pop("post", None)
    assert any(
        "POST /api/v1/interpreter/execute: the operation is gone" in line
        for line in contract.breaking(before, now)
    )
    listing = (ROOT / "docs" / "public_api.pyi").read_text("utf-8")
    assert api.breaking(listing, listing) == []
    lines = api.breaking(listing, listing.replace("def run_python(", "def run_py("))
    assert "CodeInterpreter.run_python: public object was removed" in " ".join(lines)
