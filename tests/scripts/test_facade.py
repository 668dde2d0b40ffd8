"""The plain operations of the facade follow from the contract."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest

from cognitora import InvalidRequestError, validation
from scripts.generate import facade, request_bodies
from scripts.generate.contract import Contract
from scripts.generate.errors import GenerationError

RESULTS = '"""Results."""\n\n\nclass Thing: ...\n'
LIMIT = {"type": "integer", "minimum": 1, "maximum": 100, "default": 10, "description": "How many."}
OFFSET = {"type": "integer", "minimum": 0, "default": 0, "description": "From where."}
THING = {"type": "object", "properties": {"id": {"type": "string"}, "size": {"type": "integer"}}}


def operation(schema: dict[str, Any], *parameters: dict[str, Any], **more: Any) -> dict[str, Any]:
    answer = {"description": "What there is.", "content": {"application/json": {"schema": schema}}}
    told = {"operationId": "get_thing", "tags": ["shop"], "description": "Gets a thing."}
    return {**told, "parameters": list(parameters), "responses": {"200": answer, "404": {}}, **more}


def query(name: str, schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "schema": schema, **more}


THE_THING = {"$ref": "#/components/schemas/Thing"}
ID = {"name": "thing_id", "in": "path", "required": True, "schema": {"type": "string"}}
AFTER = query("after", {"type": "string"}, **{"x-cognitora-extension": True})
PAGES = [query("limit", LIMIT), query("offset", OFFSET), AFTER]


def written(
    folder: Path, one: dict[str, Any], path: str = "/things/{thing_id}", order: Any = None
) -> dict[str, str]:
    """Each method that follows from one operation: its name and its parameters, as they are declared."""
    schemas = {
        "Thing": THING,
        "Acknowledgement": {"type": "object", "properties": {}},
        "Order": order,
    }
    document = {"paths": {path: {"get": one}}, "components": {"schemas": schemas}}
    (folder / "results.py").write_text(RESULTS)
    request_bodies.write_requests(Contract(document), folder / "request_bodies.py")
    facade.write_operations(Contract(document), folder / "results.py", folder / "operations")
    module = folder / "operations" / "shop.py"
    if not module.exists():
        return {}
    (service,) = (n for n in ast.parse(module.read_text()).body if isinstance(n, ast.ClassDef))
    assert service.name == "AsyncShopOperations"
    return {
        node.name: f"({ast.unparse(node.args)}) -> {ast.unparse(node.returns)}"
        for node in service.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None
    }


TIMEOUT = "request_timeout: float | None=None"


def test_one_object(tmp_path: Path) -> None:
    methods = written(tmp_path, operation(THE_THING, ID))
    assert methods == {"get_thing": f"(self, thing_id: str, *, {TIMEOUT}) -> Thing"}
    text = (tmp_path / "operations" / "shop.py").read_text()
    assert "from ...results import Thing" in text
    assert "NotFoundError: There is no such thing." in text


def test_an_envelope_is_opened(tmp_path: Path) -> None:
    inner = {"type": "object", "properties": {"things": {"type": "array", "items": THE_THING}}}
    envelope = {"type": "object", "properties": {"data": inner, "next": {"type": "string"}}}
    assert written(tmp_path, operation(envelope)) == {
        "get_thing": f"(self, *, {TIMEOUT}) -> list[Thing]",
        "iter_thing": f"(self, *, {TIMEOUT}) -> AsyncGenerator[Thing]",
    }
    text = (tmp_path / "operations" / "shop.py").read_text()
    assert 'parsing.many(response, Thing, "data", "things")' in text


def test_a_list_with_pages_is_walked(tmp_path: Path) -> None:
    things = {"type": "array", "items": THE_THING}
    listed = {"type": "object", "properties": {"things": things, "next": {"type": "string"}}}
    own = {"x-sdk": {"name": "list_the_things"}}
    assert written(tmp_path, operation(listed, *PAGES, **own)) == {
        "list_the_things": f"(self, limit: int=10, offset: int=0, *, {TIMEOUT}) -> list[Thing]",
        "iter_the_things": f"(self, *, page_size: int=10, {TIMEOUT}) -> AsyncGenerator[Thing]",
    }


@pytest.mark.parametrize("missing", ["after", "next"])
def test_a_list_with_pages_that_cannot_be_walked_is_an_error(tmp_path: Path, missing: str) -> None:
    properties: dict[str, Any] = {"things": {"type": "array", "items": THE_THING}}
    if missing == "after":
        properties["next"] = {"type": "string"}
    pages = PAGES[:-1] if missing == "after" else PAGES
    with pytest.raises(GenerationError, match="get_thing: a list with limit and offset must take"):
        written(tmp_path, operation({"type": "object", "properties": properties}, *pages))


def test_two_methods_of_one_name_are_an_error(tmp_path: Path) -> None:
    preset = {"description": "Gets it.", "order": ["seconds"]}
    one = operation(THE_THING, requestBody=BODY, **{"x-sdk": {"presets": {"get_thing": preset}}})
    with pytest.raises(GenerationError, match="there are two methods get_thing"):
        written(tmp_path, one, "/thing", sized())


def test_a_request_object_says_no_id(tmp_path: Path) -> None:
    one = operation(THE_THING, ID, requestBody=BODY, **{"x-sdk": {"request": True}})
    with pytest.raises(GenerationError, match="request is for what a body alone says"):
        written(tmp_path, one, order=sized())


@pytest.mark.parametrize(
    ("schema", "declared"),
    [
        ({"type": "integer"}, "one: int | None=None"),
        ({"type": "number", "default": 0.5}, "one: float=0.5"),
        ({"type": "boolean", "default": False}, "one: bool=False"),
        ({"type": "string"}, "one: str | None=None"),
        ({"type": "string", "format": "date-time"}, "one: datetime | str | None=None"),
    ],
)
def test_what_stands_in_a_query(tmp_path: Path, schema: dict[str, Any], declared: str) -> None:
    methods = written(tmp_path, operation(THE_THING, query("one", schema)), path="/thing")
    assert methods == {"get_thing": f"(self, {declared}, *, {TIMEOUT}) -> Thing"}


def test_nothing_but_that_it_is_done(tmp_path: Path) -> None:
    acknowledged = operation({"$ref": "#/components/schemas/Acknowledgement"}, ID)
    assert written(tmp_path, acknowledged)["get_thing"].endswith("-> bool")


BODY = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}}}


@pytest.mark.parametrize(
    ("schema", "declared", "sent"),
    [
        ({"type": "integer", "minimum": 1}, "one: int", 'validation.whole("one", one, least=1)'),
        (
            {"type": "number", "exclusiveMinimum": 0},
            "one: float",
            'validation.number("one", one, least=0, above=True)',
        ),
        ({"type": "boolean"}, "one: bool", 'validation.boolean("one", one)'),
        (
            {"type": "array", "items": {"type": "string"}},
            "one: Sequence[str]",
            'validation.texts("one", one)',
        ),
    ],
)
def test_what_stands_in_a_body(
    tmp_path: Path, schema: dict[str, Any], declared: str, sent: str
) -> None:
    order = {"type": "object", "required": ["one"], "properties": {"one": schema}}
    methods = written(tmp_path, operation(THE_THING, requestBody=BODY), "/thing", order)
    assert methods == {"get_thing": f"(self, {declared}, *, {TIMEOUT}) -> Thing"}
    assert f"Order(one={sent})" in (tmp_path / "request_bodies.py").read_text()
    assert "request_bodies.order(one=one)" in (tmp_path / "operations" / "shop.py").read_text()


@pytest.mark.parametrize(
    ("name", "schema", "good", "bad", "said"),
    [
        ("one", {"type": "integer", "minimum": 3}, 3, 2, "one must be 3 or more, not 2."),
        ("one", {"type": "integer", "exclusiveMinimum": 3}, 4, 3, "one must be above 3, not 3."),
        ("one", {"type": "integer", "maximum": 9}, 9, 10, "one must be 9 or less, not 10."),
        ("one", {"type": "number", "maximum": 0.5}, 0.5, 0.6, "one must be 0.5 or less, not 0.6."),
        ("seconds", {"type": "integer"}, 1, 0, "of seconds from 1 to 1,000,000,000, not 0."),
        ("seconds", {"type": "integer", "minimum": 5}, 5, 4, "seconds from 5 to 1,000,000,000"),
        ("seconds", {"type": "integer", "maximum": 60}, 60, 61, "of seconds from 1 to 60, not 61."),
        (
            "one",
            {"type": "string", "minLength": 2},
            "ab",
            "a",
            "one must have 2 or more characters.",
        ),
        ("one", {"type": "string", "maxLength": 2}, "ab", "abc", "2 characters or fewer, not 3."),
        (
            "one",
            {"type": "string", "pattern": "^a+$"},
            "aa",
            "ab",
            "must match ^a+$, and 'ab' doesn't",
        ),
        ("one", {"type": "string", "pattern": "^a+$"}, "aa", "aa\n", "must match ^a+$, and"),
        ("one", {"type": "string", "enum": ["a", "b"]}, "b", "c", "it must be one of 'a', 'b'."),
        (
            "one",
            {"type": "array", "items": {"type": "string"}, "minItems": 1},
            ["a"],
            [],
            "one must have 1 or more entries, not 0.",
        ),
        (
            "one",
            {"type": "array", "items": {"type": "string"}, "maxItems": 1},
            ["a"],
            ["a", "b"],
            "one must have 1 or fewer entries, not 2.",
        ),
    ],
)
def test_the_limits_of_a_schema_are_kept_before_anything_is_sent(
    tmp_path: Path, name: str, schema: dict[str, Any], good: Any, bad: Any, said: str
) -> None:
    order = {"type": "object", "required": [name], "properties": {name: schema}}
    written(tmp_path, operation(THE_THING, requestBody=BODY), "/thing", order)
    module = ast.parse((tmp_path / "request_bodies.py").read_text())
    (made,) = (
        node
        for node in ast.walk(module)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "Order"
    )
    check = ast.unparse(made.keywords[0].value)
    assert eval(check, {"validation": validation, name: good}) == good
    with pytest.raises(InvalidRequestError) as caught:
        eval(check, {"validation": validation, name: bad})
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "multipleOf": 5},
        {"type": "number", "exclusiveMaximum": 5},
        {"type": "integer", "enum": [1, 2]},
        {"type": "array", "items": {"type": "string"}, "uniqueItems": True},
        {"type": "array", "items": {"type": "string", "maxLength": 5}},
        {"type": "string", "pattern": r"\p{L}"},
    ],
)
def test_a_limit_that_isnt_checked_is_an_error(tmp_path: Path, schema: dict[str, Any]) -> None:
    order = {"type": "object", "properties": {"one": schema}}
    with pytest.raises(GenerationError, match="get_thing: one"):
        written(tmp_path, operation(THE_THING, requestBody=BODY), "/thing", order)


def test_a_body_has_what_is_required_first_and_the_names_of_python(tmp_path: Path) -> None:
    properties = {
        "endsAt": {"type": "string", "format": "date-time"},
        "runSeconds": {"type": "integer"},
        "size": {"type": "integer"},
    }
    order = {"type": "object", "required": ["runSeconds", "size"], "properties": properties}
    more = {"description": "Waits for `runSeconds`.", "x-sdk": {"defaults": {"size": 3}}}
    methods = written(tmp_path, operation(THE_THING, ID, requestBody=BODY, **more), order=order)
    parameters = "thing_id: str, run_seconds: int, ends_at: datetime | str | None=None, size: int=3"
    assert methods == {"get_thing": f"(self, {parameters}, *, {TIMEOUT}) -> Thing"}
    text = (tmp_path / "operations" / "shop.py").read_text()
    assert "Waits for `run_seconds`." in text
    text = (tmp_path / "request_bodies.py").read_text()
    assert 'validation.whole_seconds("run_seconds", run_seconds)' in text
    assert 'validation.if_given(validation.moment, "ends_at", ends_at)' in text


def test_what_is_required_in_a_body_stands_before_what_a_query_may_have(tmp_path: Path) -> None:
    order = {"type": "object", "required": ["size"], "properties": {"size": {"type": "integer"}}}
    wait = query("wait", {"type": "integer"})
    methods = written(tmp_path, operation(THE_THING, wait, requestBody=BODY), "/thing", order)
    assert methods["get_thing"].startswith("(self, size: int, wait: int | None=None, ")


def test_one_name_in_two_places_is_an_error(tmp_path: Path) -> None:
    order = {"type": "object", "properties": {"thing_id": {"type": "string"}}}
    with pytest.raises(GenerationError, match="get_thing: two of its parameters have one name"):
        written(tmp_path, operation(THE_THING, ID, requestBody=BODY), order=order)


def test_a_name_that_every_method_has_is_an_error(tmp_path: Path) -> None:
    properties = {"request_timeout": {"type": "integer"}}
    order = {"type": "object", "properties": properties}
    with pytest.raises(GenerationError, match="get_thing: two of its parameters have one name"):
        written(tmp_path, operation(THE_THING, requestBody=BODY), "/thing", order)


def test_a_body_that_may_not_be_empty(tmp_path: Path) -> None:
    order = {"type": "object", "minProperties": 1, "properties": {"size": {"type": "integer"}}}
    written(tmp_path, operation(THE_THING, ID, requestBody=BODY), order=order)
    text = (tmp_path / "request_bodies.py").read_text()
    assert "validation.not_empty(" in text


def test_a_body_without_a_name_is_an_error(tmp_path: Path) -> None:
    nameless = {"content": {"application/json": {"schema": {"type": "object"}}}}
    with pytest.raises(GenerationError, match="get_thing: its body is no JSON object"):
        written(tmp_path, operation(THE_THING, ID, requestBody=nameless))


def test_what_is_written_by_hand_is_left_to_that(tmp_path: Path) -> None:
    assert written(tmp_path, operation(THE_THING, **{"x-sdk": False})) == {}
    extension = query("after", {"type": "string"}, **{"x-cognitora-extension": True})
    (tmp_path / "other").mkdir()
    methods = written(tmp_path / "other", operation(THE_THING, extension))
    assert methods == {"get_thing": f"(self, *, {TIMEOUT}) -> Thing"}


def test_what_no_rule_fits_is_an_error(tmp_path: Path) -> None:
    odd = query("one", {"type": "array", "items": {"type": "object"}})
    with pytest.raises(GenerationError, match="get_thing: a parameter such as one is unknown"):
        written(tmp_path, operation(THE_THING, odd))


def test_an_answer_without_a_name_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GenerationError, match="get_thing: the answer's object has no name"):
        written(tmp_path, operation(THING))


def sized(**more: Any) -> dict[str, Any]:
    properties = {"size": {"type": "integer", "default": 3}, "seconds": {"type": "integer"}}
    return {"type": "object", "required": ["seconds"], "properties": properties, **more}


def test_what_a_body_has_by_default_is_taken_for_none_too(tmp_path: Path) -> None:
    methods = written(tmp_path, operation(THE_THING, requestBody=BODY), "/thing", sized())
    assert "seconds: int, size: int | None=3," in methods["get_thing"]
    body = (tmp_path / "request_bodies.py").read_text()
    assert "size: object = 3" in body
    assert 'validation.whole("size", validation.or_usual(size, 3))' in body


@pytest.mark.parametrize(
    ("own", "declared", "sent"),
    [
        ({"unset": ["size"]}, "size: int | None=None", "size: object = 3"),
        ({"defaults": {"size": None}}, "size: int | None=None", "size: object = None"),
        ({"defaults": {"seconds": 9}}, "seconds: int=9", "seconds: object = 9"),
        ({"order": ["seconds"]}, "seconds: int, *, size: int | None=3", "size: object = 3"),
        (
            {"without": {"seconds": {"size": 7}}},
            "size: int | None=3",
            "if size is None and seconds is None:\n        size = 7",
        ),
    ],
)
def test_what_the_contract_says_of_the_method(
    tmp_path: Path, own: dict[str, Any], declared: str, sent: str
) -> None:
    one = operation(THE_THING, requestBody=BODY, **{"x-sdk": own})
    assert declared in written(tmp_path, one, "/thing", sized())["get_thing"]
    assert sent in (tmp_path / "request_bodies.py").read_text()


def test_a_run_is_waited_for_as_long_as_it_may_take(tmp_path: Path) -> None:
    own = {
        "x-sdk": {
            "runs": "seconds",
            "request": True,
            "also": "As fast as it can.",
            "returns": "How it went.",
        }
    }
    one = operation(THE_THING, requestBody=BODY, operationId="execute_code", **own)
    assert written(tmp_path, one, "/thing", sized())["execute_code"].startswith(
        "(self, seconds: int | Order, size: int | None=3, "
    )
    text = (tmp_path / "operations" / "shop.py").read_text()
    assert '(body.seconds or RUN_SECONDS["execute_code"]) + GRACE_SECONDS' in text
    assert "How it went." in text
    assert "Gets a thing. As fast as it can." in text
    assert "if isinstance(seconds, Order):" in text


def test_what_was_made_is_undone_when_its_caller_is_stopped(tmp_path: Path) -> None:
    for more, end in (({}, "self.get_thing"), ({"size": 0}, "partial(self.get_thing, size=0)")):
        own = {"x-sdk": {"undo": {"method": "get_thing", "id": "id", "with": more}}}
        folder = tmp_path / str(len(more))
        folder.mkdir()
        written(folder, operation(THE_THING, requestBody=BODY, **own), "/thing", sized())
        text = (folder / "operations" / "shop.py").read_text()
        assert f'async_acquire(make, undoing({end}, "thing", "id"))' in " ".join(text.split())


def test_a_method_that_is_another_with_an_argument_said(tmp_path: Path) -> None:
    big = {
        "description": "Gets a big thing, as `get_thing` does.",
        "order": ["wait"],
        "fixed": {"size": 9},
        "names": {"seconds": "wait"},
    }
    sure = {"description": "Gets it.", "order": ["size", "seconds"], "required": ["size"]}
    own = {"x-sdk": {"presets": {"get_big_thing": big, "get_sure_thing": sure}}}
    methods = written(tmp_path, operation(THE_THING, requestBody=BODY, **own), "/thing", sized())
    assert methods["get_big_thing"] == f"(self, wait: int, *, {TIMEOUT}) -> Thing"
    assert methods["get_sure_thing"] == f"(self, size: int, seconds: int, *, {TIMEOUT}) -> Thing"
    text = " ".join((tmp_path / "operations" / "shop.py").read_text().split())
    assert "self.get_thing(seconds=wait, size=9, request_timeout=request_timeout)" in text


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ({"presets": {"one": {"description": "One."}}}, "one: .*order"),
        ({"presets": {"on-e": {"description": "One.", "order": []}}}, "on-e can't be the name"),
        (
            {"presets": {"one": {"description": "", "order": [], "names": {"size": "seconds"}}}},
            "one: seconds is taken",
        ),
        (
            {"presets": {"one": {"description": "One.", "order": ["sise"]}}},
            "one: there is no sise",
        ),
        ({"undo": {"method": "get_thing", "id": "di"}}, "undo names no method, or nothing"),
        ({"undo": {"method": "end_thing", "id": "id"}}, "undo names no method, or nothing"),
        ({"nmae": "x"}, "x-sdk has nmae"),
        ({"order": ["sise"]}, "there is no sise to be ordered"),
        ({"unset": ["sise"]}, "there is no sise"),
        ({"runs": "sise"}, "there is no sise"),
        ({"defaults": {"sise": 1}}, "there is no sise"),
        ({"without": {"sise": {"size": 1}}}, "there is no size or no sise"),
        ({"variants": {"one": "One."}}, "variants must have a name for each body but the first"),
    ],
)
def test_what_fits_nothing_is_an_error(tmp_path: Path, own: dict[str, Any], said: str) -> None:
    one = operation(THE_THING, requestBody=BODY, **{"x-sdk": own})
    with pytest.raises(GenerationError, match=f"get_thing: .*{said}"):
        written(tmp_path, one, "/thing", sized())
