"""`python -m scripts.generate` writes the derived code; with `--check` it only says what is stale."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from scripts.generate import (
    clients,
    document,
    endpoints,
    facade,
    generator,
    lazy,
    models,
    operations,
    public,
    reading,
    reprs,
    request_bodies,
    rows,
    rules,
    surface,
    sync,
    trees,
    unset,
)
from scripts.generate.contract import Contract
from scripts.generate.errors import GenerationError

ROOT = generator.ROOT
COPIED = Path(__file__).with_name("package")


def main(arguments: list[str] | None = None) -> int:
    """Run the command; the exit status."""
    parser = argparse.ArgumentParser(prog="generate", description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing, fail on any difference"
    )
    parser.add_argument("--root", type=Path, default=ROOT, help="the project's folder")
    options = parser.parse_args(arguments)
    try:
        stale = generate(options.root.resolve(), check=options.check)
    except GenerationError as error:
        print(f"generate: {error}", file=sys.stderr)
        return 1
    if options.check and stale:
        print("generate: stale, run `make generate`:\n  " + "\n  ".join(stale), file=sys.stderr)
        return 1
    print(f"{len(stale)} files changed" if stale else "the generated code is fresh")
    return 0


def generate(root: Path, *, check: bool = False) -> list[str]:
    """Generate everything beside its place and swap it in whole, unless only a check is wanted.

    Returns:
        What differed from before, a line for each file.
    """
    with tempfile.TemporaryDirectory(dir=root, prefix=".generate-") as folder:
        aside = Path(folder)
        fresh = {
            root / "generated" / "cognitora_openapi": aside / "cognitora_openapi",
            root / "cognitora" / "_async" / "operations": aside / "operations",
            root / "cognitora" / "_sync": aside / "_sync",
            root / "cognitora" / "request_bodies.py": aside / "request_bodies.py",
            root / "cognitora" / "__init__.py": aside / "__init__.py",
            root / "docs" / "public_api.pyi": aside / "public_api.pyi",
        }
        package, operations, derived, bodies, names, listing = fresh.values()
        contract = Contract.read(root / "openapi.yaml")
        build_package(contract, package)
        facade.write_operations(
            contract, root / "cognitora" / "results" / "__init__.py", operations
        )
        request_bodies.write_requests(contract, bodies)
        derive(root / "cognitora" / "_async", operations, aside / "_async", derived)
        public.write_names(names)
        facade_of = {"_async/operations": operations, "_sync": derived, "__init__.py": names}
        surface.write_surface(listing, root / "cognitora", facade_of, package)
        stale = [line for place, new in fresh.items() for line in trees.differences(place, new)]
        if stale and not check:
            trees.swap(fresh, aside)
    return [line.removeprefix(f"{root}/") for line in stale]


def derive(source: Path, operations: Path, whole: Path, derived: Path) -> None:
    """Derive the sync half from `source`, with these operations in the place of its own."""
    shutil.copytree(source, whole, ignore=shutil.ignore_patterns("operations", "__pycache__"))
    shutil.copytree(operations, whole / "operations")
    sync.derive(whole, derived)


def build_package(contract: Contract, package: Path) -> None:
    """Generate the low-level client into `package`, which must not exist."""
    rules.check(contract)
    generator.run(document.for_generator(contract), package)
    models.make_answers(contract, package)
    reading.make_cheap(package / "models")
    rows.make_lenient(package / "models")
    reprs.make_discreet(package / "models")
    endpoints.make_typed(package)
    clients.mend(package / "client.py")
    unset.make_singleton(package / "types.py")
    lazy.make_lazy(
        package / "__init__.py",
        "The low-level client of the Cognitora API, written by `make generate`.",
    )
    lazy.make_lazy(package / "models" / "__init__.py", "The bodies of requests and answers.")
    operations.write_operations(contract, package)
    for source in sorted(COPIED.glob("*.py")):
        shutil.copyfile(source, package / source.name)
    (package / "py.typed").touch()
    options = ["--isolated", "--no-respect-gitignore", "--no-cache", "--quiet"]
    options += ["--line-length", "100", str(package)]
    generator.ruff(["check", "--fix-only", "--select", "I,F401", *options])
    generator.ruff(["format", *options])


if __name__ == "__main__":
    sys.exit(main())
