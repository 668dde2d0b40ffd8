"""Processes that begin afresh (multiprocessing's spawn and forkserver) and know the session's code.

A script is run again by such a process, under another name. A session must not be: what it did
would be done twice. So the child is given its imports, functions, classes and constants, and its
variables that are numbers or short texts. A function or class that it can't have is refused when it
is sent, not waited for: a Pool begins its workers anew for ever.
"""

from __future__ import annotations

import ast
import os
import sys
import tempfile
from collections.abc import Iterator
from pickle import PicklingError
from types import FunctionType
from typing import Any

from .imports import sources

LITERALS = (ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.Set, ast.UnaryOp)
SCOPES = (
    ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda
    | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
)  # fmt: skip
LONGEST_TEXT = 100_000
MOST_BITS = 10_000  # Python writes no int of more than 4,300 digits
FACTORIES = ("namedtuple", "NamedTuple", "Enum", "TypeVar", "NewType")

PROGRAM = '''\
"""What a session has defined, for a process that it has begun."""

for _source in {sources!r}:
    try:
        exec(compile(_source, "<session>", "exec"))
    except Exception:
        pass  # what it needs is in the session alone


class _Unknown(type):
    def __call__(cls, *_, **__):
        raise RuntimeError({sentence!r}.format(cls.__name__))


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)

    def use(self, attribute):
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        type(self)()

    # A value of such a class can be received: a worker of a Pool that can't receive what it is sent
    # ends without a word. What is done with it fails.
    members = {{"__new__": lambda cls, *_, **__: object.__new__(cls), "__getattr__": use}}
    members["__setstate__"] = lambda self, state: None
    return _Unknown(name, (), members)
'''

SENTENCE = (
    "{0} isn't known to a process that was begun by 'spawn' or 'forkserver': it gets the session's "
    "imports, functions, classes and constants, as far as they need nothing else. Use "
    "multiprocessing.get_context('fork'), or put {0} into a module, a file in the working folder."
)


def prepare(spawn: Any) -> None:
    """Of multiprocessing.spawn, which gets a child ready."""
    from multiprocessing.reduction import ForkingPickler

    get_preparation_data = spawn.get_preparation_data

    def with_definitions(name: str) -> dict[str, Any]:
        data: dict[str, Any] = get_preparation_data(name)
        if "init_main_from_path" not in data and "init_main_from_name" not in data:
            data["init_main_from_path"] = _write()
        return data

    spawn.get_preparation_data = with_definitions
    setattr(ForkingPickler, "reducer_override", _refuse_unknown)  # noqa: B010  # Pickler declares it


def _definitions() -> dict[str, str]:
    """The code that a child may have, in its order, with what each piece defines ("" for the others)."""
    found: dict[str, str] = {}
    literals: dict[str, ast.expr] = {}
    for _, _, lines, _ in list(sources.values()):
        try:
            statements = ast.parse("".join(lines)).body
        except SyntaxError:
            continue
        for statement in statements:
            name = _name(statement)
            texts = map(_as_it_is, _bound(statement)) if name is None else [ast.unparse(statement)]
            for text in texts:
                found.pop(text, None)
                found[text] = name or ""
            if name and isinstance(statement, ast.Assign) and isinstance(statement.value, LITERALS):
                literals[name] = statement.value
    for name, literal in literals.items():
        if not _is_still(name, literal):
            found.pop(_as_it_is(name), None)
            found[_as_it_is(name)] = ""
    return found


def _is_still(name: str, literal: ast.expr) -> bool:
    """Whether a variable has the value that it was given: it may have been changed in place since."""
    try:
        return bool(ast.literal_eval(literal) == vars(sys.modules["__main__"])[name])
    except Exception:  # noqa: BLE001  # names in it, or a value that won't be compared
        return False


def _bound(statement: ast.stmt) -> Iterator[str]:
    """The variables that it gives a value, or takes away."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        if isinstance(node, SCOPES):
            continue
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        if isinstance(node, ast.alias):
            yield node.asname or node.name.partition(".")[0]
        if isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name
        if isinstance(node, ast.MatchMapping) and node.rest:
            yield node.rest
        waiting += ast.iter_child_nodes(node)


def _as_it_is(name: str) -> str:
    """Code for a value that isn't in the code: itself where it is simple, else none, never an older one."""
    value = vars(sys.modules["__main__"]).get(name, ...)
    if _is_simple(value):
        return f"{name} = {ast.unparse(ast.Constant(value))}"
    return f"globals().pop({name!r}, None)"


def _is_simple(value: Any) -> bool:
    if type(value) in (str, bytes):
        return len(value) <= LONGEST_TEXT
    if type(value) is int:
        return value.bit_length() <= MOST_BITS
    return type(value) in (float, complex, bool, type(None))


def _name(statement: ast.stmt) -> str | None:
    """What it defines, "" for an import, None for what a child doesn't get."""
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return ""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return statement.name
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    target, value = statement.targets[0], statement.value
    made = isinstance(value, ast.Call) and ast.unparse(value.func).endswith(FACTORIES)
    if isinstance(target, ast.Name) and (made or isinstance(value, LITERALS)):
        return target.id
    return None


def _write() -> str:
    texts = list(_definitions())
    texts.sort(key=lambda text: not text.startswith("from __future__"))
    path = f"{tempfile.gettempdir()}/session-{os.getpid()}.py"
    # In one step: a process that was begun before may be reading it.
    with open(f"{path}.new", "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(PROGRAM.format(sources=texts, sentence=SENTENCE))
    os.replace(f"{path}.new", path)
    return path


def _refuse_unknown(_pickler: object, value: Any) -> Any:
    """ForkingPickler's reducer_override: the session's own, where the receiver can't know it."""
    if isinstance(value, FunctionType | type) and value.__module__ == "__main__" and _spawned():
        name = value.__qualname__.partition(".")[0]
        if not _is_known(name):
            raise PicklingError(SENTENCE.format(name))
    return NotImplemented


def _is_known(name: str) -> bool:
    """Whether a child gets it: not where it is bound again, to something else, after its definition."""
    for text, defined in reversed(_definitions().items()):
        if defined == name:
            return True
        if text == f"globals().pop({name!r}, None)" or text.startswith(f"{name} = "):
            return False
    return False


def _spawned() -> bool:
    """Whether a process is being begun afresh, or one that was so begun is there."""
    context, process = (
        sys.modules["multiprocessing.context"],
        sys.modules["multiprocessing.process"],
    )
    children = getattr(process, "_children", ())
    return context.get_spawning_popen() is not None or any(
        getattr(child._popen, "method", "fork") != "fork" for child in list(children)
    )
