"""Makes the generated endpoints send and read by `exchange.py`: whatever goes wrong is a typed error.

An answer of any status 2xx is read by what the contract says of its first one, and of any other status it is
raised: so an endpoint returns what it is there for, and nothing else.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

from scripts.generate.edits import Edits

SEND = re.compile(
    r"\n    response = (await )?client\.get_(?:async_)?httpx_client\(\)\.request\(\s*\*\*kwargs,?\s*\)"
)
BUILT = re.compile(r"\n    kwargs = _get_kwargs\(((?:\n        .*)*)\s*\)\n")
HEAD = re.compile(r"(def _get_kwargs\((?:.|\n)*?\) -> dict\[str, Any\]:\n)")
TELLS = '    """What is sent, as httpx.Client.request takes it."""\n'
CLIENTS = "from ...client import AuthenticatedClient, Client\n"
IDENTIFIER = "from ...identifiers import identifier\n"
IN_PATH = re.compile(r"quote\(str\((\w+)\), safe=\"\"\)")
# Not before something is sent: httpx takes longer to import than all the rest, and building needs none.
EXCHANGE = "from ... import exchange"
CHECKED_ALONE = """
if TYPE_CHECKING:
    import httpx

    from ...client import AuthenticatedClient, Client

"""
PARSE = f"""def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> {{kind}}:
    {EXCHANGE}

    return {{reading}}"""
BUILD = """def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[{kind}]:
    parsed = _parse_response(client=client, response=response)
    return Response(response.status_code, response.content, response.headers, parsed)"""
UNDOCUMENTED = re.compile(r"        errors\.UnexpectedStatus: .*\n")
LATE = re.compile(r"httpx\.TimeoutException: .*")


def make_typed(package: Path) -> None:
    """Change each endpoint of a generated package."""
    for path in sorted((package / "api").glob("*/*.py")):
        if path.name != "__init__.py":
            _change(path)
    types = package / "types.py"
    edits = Edits(types)
    response = edits.the_class("Response")
    edits.replace_text(response, "status_code: HTTPStatus", "status_code: int")
    edits.replace_text(response, "parsed: T | None", "parsed: T")
    edits.write()


def _change(path: Path) -> None:
    edits = Edits(path)
    functions = {node.name: node for node in edits.tree.body if isinstance(node, ast.FunctionDef)}
    parse, build = functions.get("_parse_response"), functions.get("_build_response")
    if parse is None or build is None or build.returns is None:
        raise edits.error("an endpoint doesn't read its answer in two functions")
    kind, reading = _reading(edits, parse, path.stem)
    before = ast.unparse(build.returns).removeprefix("Response[").removesuffix("]")
    edits.replace(parse, PARSE.format(kind=kind, reading=reading))
    edits.replace(build, BUILD.format(kind=kind))
    edits.write()
    text, sent = SEND.subn(
        lambda found: (
            f"\n    response = {'await exchange.async_send' if found[1] else 'exchange.send'}"
            f"(client, {path.stem!r}, kwargs)"
        ),
        path.read_text("utf-8"),
    )
    if sent != 2:
        raise edits.error("an endpoint doesn't send in two functions")
    text, built = BUILT.subn(
        lambda found: (
            f"\n    {EXCHANGE}\n\n"
            f"    kwargs = exchange.built({path.stem!r}, _get_kwargs, {found[1]})\n"
        ),
        text,
    )
    if built != 2:
        raise edits.error("an endpoint doesn't build its request in two functions")
    text, parts = IN_PATH.subn(
        lambda found: f'quote(identifier("{found[1]}", {found[1]}), safe="")', text
    )
    if parts:
        text = text.replace("import httpx\n", "import httpx\n" + IDENTIFIER, 1)
    if parts != text.count("quote("):
        raise edits.error("an id is put into a path otherwise")
    text = text.replace(f"{before} | None", kind).replace(
        f"Response[{before}]", f"Response[{kind}]"
    )
    text = text.replace(f"        {before}\n", f"        {kind}\n")  # in the docstrings
    text = LATE.sub("CognitoraError: It failed; see `exchange.send`.", UNDOCUMENTED.sub("", text))
    text, named = HEAD.subn(r"\1" + TELLS, text)
    if named != 1:
        raise edits.error("it has no function that builds its request")
    text = text.replace("_get_kwargs", "build_request").replace("from ... import errors\n", "")
    path.write_text(_without_httpx(edits, text), "utf-8")


def _without_httpx(edits: Edits, text: str) -> str:
    """An endpoint whose import doesn't import httpx."""
    for line in ("import httpx\n", CLIENTS):
        if line not in text:
            raise edits.error(f"it doesn't say {line!r}")
        text = text.replace(line, "", 1)
    text = text.replace("from typing import ", "from typing import TYPE_CHECKING, ", 1)
    return "from __future__ import annotations\n" + text.replace(
        "\ndef build_request", f"{CHECKED_ALONE}\ndef build_request", 1
    )


def _reading(edits: Edits, parse: ast.FunctionDef, operation: str) -> tuple[str, str]:
    """The type of what an endpoint returns, and the call that reads it."""
    made: list[str] = []
    for node in parse.body:
        if isinstance(node, ast.If) and " == 2" in ast.unparse(node.test):
            first = node.body[0]
            if not isinstance(first, ast.Assign | ast.AnnAssign) or first.value is None:
                raise edits.error("an answer isn't read into a variable")
            made.append(ast.unparse(first.value))
    models = {
        value.removesuffix(".from_dict(response.json())") for value in made if "from_dict" in value
    }
    given = f"client, {operation!r}, response"
    if len(models) == 1:
        (model,) = models
        if "cast(Any, None)" in made:
            return f"{model} | None", f"exchange.parsed_if_any({given}, {model}.from_dict)"
        return model, f"exchange.parsed({given}, {model}.from_dict)"
    if made == ["File(payload=BytesIO(response.content))"]:
        return "File", f"exchange.file({given})"
    if made == ["cast(Any, None)"]:
        return "None", "None"
    raise edits.error(f"an answer is read otherwise: {made}")
