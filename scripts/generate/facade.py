"""Writes the facade's plain operations, a module for each service: `cognitora/_async/operations/`.

An operation becomes a method: what is in its path, its query and its JSON body are the parameters, its
answer without the envelope is what is returned, and a list gets an `iter_…` beside it. What the contract
can't say of itself stands in `x-sdk`:

- `name`: of the method, where it isn't called as the operation is
- `also`: what there is to say of it beside the contract's description, such as of other methods
- `returns`: what it gives, where the contract's answer says it in terms of HTTP
- `defaults`: of what its body has, by its names there; null leaves it to the server
- `unset`: the parameters that are None by default, for which the contract's default is sent
- `without`: what is said of one thing where another isn't given, as in `{session_id: {language: python}}`
- `order`: the parameters that may be passed by position
- `request: true`: the first parameter may be an object of the body's class, which says all of it
- `runs`: the field that says how long what it runs may take, so that the answer is waited for longer
- `undo`: the `method` that ends what it makes, the field with its `id`, and what else it is called `with`:
  for callers that are stopped
- `refused`: what callers look for in it by these names, and why it isn't there; of its body it isn't sent
- `variants`: the names of the methods for its bodies but the first, each with what it does
- `presets`: the methods that are this one with some arguments said, each as `presets.Preset` has it
- `false`: it is written by hand
- `true` at an extension's parameter: it is the caller's, by its name
"""

from __future__ import annotations

import ast
from pathlib import Path

from scripts.generate import generator
from scripts.generate.calls import plain
from scripts.generate.contract import Contract
from scripts.generate.docstrings import INDENT
from scripts.generate.lists import steps, walk
from scripts.generate.methods import Method, methods_of
from scripts.generate.presets import presets

NAMED_KINDS = ("Language", "SessionResourcesRequest", "TerminalSize")
"""Models that are annotations of parameters."""


def write_operations(contract: Contract, results: Path, folder: Path) -> None:
    """Write the package, which must not exist.

    Args:
        contract: the contract.
        results: the module whose classes stand for the models of the same name.
        folder: where to.
    """
    folder.mkdir()
    (folder / "__init__.py").write_text('"""The plain operations, written by `make generate`."""\n')
    named = {
        node.name for node in ast.parse(results.read_text()).body if isinstance(node, ast.ClassDef)
    }
    services: dict[str, list[Method]] = {}
    for operation in contract.operations:
        if methods := methods_of(contract, operation):
            services.setdefault(operation.definition["tags"][0], []).extend(methods)
    for tag, methods in services.items():
        _check_names(methods)
        (folder / f"{tag}.py").write_text(_module(tag, methods, named), "utf-8")
    generator.tidy(folder)


def _check_names(methods: list[Method]) -> None:
    """Raise GenerationError where two methods would have one name, and the later would be the only one."""
    taken: set[str] = set()
    for method in methods:
        names = [method.name, *method.own.get("presets", {})]
        names += [method.iterator] if method.answer.kind == "many" else []
        for name in names:
            if name in taken:
                raise method.error(f"there are two methods {name}")
            if not name.isidentifier():
                raise method.error(f"{name} can't be the name of a method")
            taken.add(name)


def _module(tag: str, methods: list[Method], named: set[str]) -> str:
    models = {method.answer.model for method in methods if method.answer.model}
    models |= {body.model for method in methods if method.request for body in method.bodies}
    kinds = " ".join(each.kind for method in methods for each in method.every_parameter)
    models |= {name for name in NAMED_KINDS if name in kinds}
    walks = [name for name in ("paged", "followed") if any(getattr(m, name) for m in methods)]
    walkers = ", ".join({"paged": "walk", "followed": "follow"}[name] for name in walks)
    endpoints = ", ".join(method.operation.id for method in methods)
    lines = [
        f'"""The plain operations of the {tag} service, written by `make generate`."""',
        "from __future__ import annotations",
        "from collections.abc import AsyncGenerator, Mapping, Sequence",
        "from datetime import datetime",
        "from functools import partial",
        f"from cognitora_openapi.api.{tag} import {endpoints}",
        *(f"from cognitora_openapi.models import {model}" for model in sorted(models - named)),
        "from typing import overload",
        "from ... import parsing, validation, request_bodies",
        "from ...file_uploads import Files",
        "from ...sandbox_text import InnerPath",
        "from ...deadline import GRACE_SECONDS, RUN_SECONDS",
        *(f"from ...results import {model}" for model in sorted(models & named)),
        f"from ..pages import {walkers}" if walks else "",
        "from ..files_along import with_files",
        "from ..resource import AsyncResource",
        "from ..cleanup import undoing",
        "from ..._concurrency.tasks import async_acquire",
        f"class Async{tag.title()}Operations(AsyncResource):",
        f'{INDENT}"""The operations that are as the contract says them."""',
    ]
    for method in methods:
        lines += [plain(method), *presets(method)]
        if method.answer.kind == "many":
            lines.append(walk(method) if method.paged else steps(method))
    return "\n".join(lines) + "\n"
