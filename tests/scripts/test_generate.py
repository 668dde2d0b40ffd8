"""`make generate` and `make check-generated`, on a project of their own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from scripts.generate import __main__ as command
from scripts.generate import generator, trees
from scripts.generate.contract import Contract
from scripts.generate.document import for_generator
from scripts.generate.errors import GenerationError


def snapshot(root: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }


def test_generating_twice_is_byte_identical(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = snapshot(root)
    assert "generated/cognitora_openapi/models/run.py" in first
    assert "cognitora/_sync/client.py" in first
    assert command.main(["--root", str(root)]) == 0
    assert snapshot(root) == first
    shutil.rmtree(root / "generated")
    shutil.rmtree(root / "cognitora" / "_sync")
    assert command.main(["--root", str(root)]) == 0
    assert snapshot(root) == first
    assert command.main(["--root", str(root), "--check"]) == 0
    assert "fresh" in capsys.readouterr().out


def test_a_check_names_what_is_stale_extra_and_missing(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package, derived = root / "generated" / "cognitora_openapi", root / "cognitora" / "_sync"
    (package / "types.py").write_text("")
    (package / "models" / "gone.py").write_text("")
    (derived / "client.py").unlink()
    before = snapshot(root)
    assert command.main(["--root", str(root), "--check"]) == 1
    told = capsys.readouterr().err
    assert "generated/cognitora_openapi/types.py: differs" in told
    assert "generated/cognitora_openapi/models/gone.py: nothing generates it" in told
    assert "cognitora/_sync/client.py: missing" in told
    assert snapshot(root) == before


def test_a_change_of_the_async_code_makes_the_sync_code_stale(root: Path) -> None:
    with (root / "cognitora" / "_async" / "client.py").open("a") as module:
        module.write("\n\nasync def more() -> None: ...\n")
    assert command.generate(root, check=True) == ["cognitora/_sync/client.py: differs"]


def test_caches_of_python_are_not_stale_files(root: Path) -> None:
    cache = root / "cognitora" / "_sync" / "__pycache__"
    cache.mkdir()
    (cache / "client.cpython-311.pyc").write_bytes(b"")
    assert command.generate(root, check=True) == []


def test_a_failure_leaves_everything_as_it_was(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = snapshot(root)
    text = (root / "openapi.yaml").read_text("utf-8")
    # The package would be generated; the derivation, which comes last, fails.
    (root / "openapi.yaml").write_text(text.replace("Runs code.", "Runs it."), "utf-8")
    broken = root / "cognitora" / "_async" / "client.py"
    broken.write_text("async def (")
    assert command.main(["--root", str(root)]) == 1
    assert "client.py:1: invalid syntax" in capsys.readouterr().err
    after = snapshot(root)
    for name in ("openapi.yaml", "cognitora/_async/client.py"):
        del before[name], after[name]
    assert after == before


def test_a_swap_that_fails_half_way_is_undone(tmp_path: Path) -> None:
    for name in ("a", "b", "fresh-a", "aside"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    fresh = {tmp_path / "a": tmp_path / "fresh-a", tmp_path / "b": tmp_path / "not-there"}
    with pytest.raises(FileNotFoundError):
        trees.swap(fresh, tmp_path / "aside")
    assert (tmp_path / "a" / "file").read_text() == "a"
    assert (tmp_path / "b" / "file").read_text() == "b"


def test_an_unknown_configuration_key_is_an_error(tmp_path: Path) -> None:
    config = tmp_path / "config.yaml"
    config.write_text(generator.CONFIG.read_text("utf-8") + "literal_enum: true\n", "utf-8")
    with pytest.raises(GenerationError, match=r"doesn't know: literal_enum$"):
        generator.run({}, tmp_path / "package", config=config)


def test_a_missing_ruff_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(GenerationError, match="ruff is not in"):
        generator.run({}, tmp_path / "package", tools=tmp_path)
    assert not (tmp_path / "package").exists()


def test_another_ruff_is_an_error(tmp_path: Path) -> None:
    ruff = tmp_path / "ruff"
    ruff.write_text("#!/bin/sh\necho ruff 0.0.1\n")
    ruff.chmod(0o755)
    with pytest.raises(GenerationError, match=r"ruff is 0\.0\.1, pyproject\.toml pins \d"):
        generator.run({}, tmp_path / "package", tools=tmp_path)


def test_a_tool_without_an_exact_pin_is_an_error() -> None:
    assert generator.pin("ruff")
    with pytest.raises(GenerationError, match="doesn't pin pytest exactly"):
        generator.pin("pytest")


def test_a_warning_of_the_generator_is_an_error(contract: Contract, tmp_path: Path) -> None:
    document = for_generator(contract)
    body = document["paths"]["/api/v1/runs"]["post"]["requestBody"]["content"]
    body["application/unheard-of"] = body.pop("application/json")
    with pytest.raises(GenerationError, match="Unsupported content type"):
        generator.run(document, tmp_path / "package")


def test_output_of_another_shape_is_an_error(contract: Contract, tmp_path: Path) -> None:
    from scripts.generate.models import make_answers

    package = tmp_path / "package"
    generator.run(for_generator(contract), package)
    path = package / "models" / "run.py"
    path.write_text(
        path.read_text("utf-8").replace("def additional_keys", "def extra_keys"), "utf-8"
    )
    with pytest.raises(GenerationError, match=r"run\.py: Run has the methods .*changed its shape"):
        make_answers(contract, package)
