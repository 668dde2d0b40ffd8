"""Folders, files and paths, through both facades and the runtime."""

from __future__ import annotations

import io
import os
import resource
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pytest

from cognitora import (
    BadRequestError,
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
)
from tests.clients import KINDS, checked_client, client_of
from tests.conftest import Runtime
from tests.contract import Contract

MB = 1024 * 1024


@pytest.fixture(params=KINDS)
def client(request: pytest.FixtureRequest, runtime: Runtime, contract: Contract) -> Iterator[Any]:
    with checked_client(request.param, runtime, contract) as client:
        yield client


@pytest.fixture(params=KINDS)
def straight(request: pytest.FixtureRequest, runtime: Runtime) -> Iterator[Any]:
    """A client of each kind, straight at the runtime."""
    with client_of(request.param, runtime) as client:
        yield client


@pytest.fixture(params=["session", "container"])
def place(request: pytest.FixtureRequest, client: Any) -> Iterator[Any]:
    """A session, and a container."""
    if request.param == "session":
        with client.code_interpreter.session() as session:
            yield session
        return
    request.getfixturevalue("registry")
    with client.containers.container("docker.io/library/busybox", 1, 64, 5) as box:
        yield box


def names(paths: Any) -> list[str]:
    return [str(each) for each in paths]


def link_to(place: Any, target: str, path: str) -> None:
    assert place.start(["ln", "-s", target, path]).wait(60).ok


def test_paths_are_used_as_those_of_pathlib(place: Any) -> None:
    folder = place.path("data")
    folder.joinpath("raw").mkdir(parents=True)
    assert folder.joinpath("raw/a.csv").write_text("1,2\n") == 4
    folder.joinpath("b.csv").write_bytes(b"\0\1")
    assert names(folder.iterdir()) == ["data/b.csv", "data/raw"]
    assert names(folder.glob("**/*.csv")) == ["data/b.csv", "data/raw/a.csv"]
    assert names(folder.glob("raw/*")) == ["data/raw/a.csv"]
    assert names(place.path(".").glob("*/*.csv")) == ["data/b.csv"]
    assert folder.joinpath("raw/a.csv").read_text() == "1,2\n"
    assert folder.joinpath("b.csv").read_bytes() == b"\0\1"
    assert folder.is_dir()
    assert not folder.is_file()
    assert folder.joinpath("b.csv").stat().size == 2
    folder.joinpath("b.csv").chmod(0o600)
    assert folder.joinpath("b.csv").stat().mode == 0o600
    moved = folder.joinpath("b.csv").rename("data/c.csv")
    assert (str(moved), moved.exists()) == ("data/c.csv", True)
    with pytest.raises(ConflictError):
        moved.rename("data/raw/a.csv")
    moved.replace("data/raw/a.csv")
    assert folder.joinpath("raw/a.csv").read_bytes() == b"\0\1"
    folder.joinpath("raw/a.csv").unlink()
    with pytest.raises(NotFoundError):
        folder.joinpath("raw/a.csv").unlink()
    with pytest.raises(ConflictError):
        folder.mkdir()
    folder.mkdir(exist_ok=True)
    folder.rmtree()
    assert not folder.exists()
    absolute = place.path("/tmp").joinpath("x/y.txt")
    absolute.write_text("there", mode=0o640)
    assert names(place.path("/tmp/x").glob("*")) == ["/tmp/x/y.txt"]
    assert place.download("/tmp/x/y.txt") == b"there"


def test_a_folder_goes_there_and_back(place: Any, tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "d" / "empty").mkdir(parents=True)
    (source / "d" / "f").write_bytes(os.urandom(MB))
    (source / "run.sh").write_text("#!/bin/sh\n")
    (source / "run.sh").chmod(0o755)
    (source / "l").symlink_to("d/f")
    place.upload_folder(source, "there/it/is")
    found = place.download_folder("there/it/is", tmp_path / "target")
    assert (found / "l").readlink() == Path("d/f")
    assert (found / "d/f").read_bytes() == (source / "d/f").read_bytes()
    assert (found / "run.sh").stat().st_mode & 0o777 == 0o755
    assert (found / "d/empty").is_dir()
    with pytest.raises(NotFoundError):
        place.download_folder("gone", tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_files_are_opened_as_those_of_this_machine(place: Any) -> None:
    path = place.path("d/f.txt")
    with path.open("w") as file:
        assert file.write("ä\nb\n") == 4
        assert not path.exists()  # it is sent as a whole
    with path.open() as file:
        assert list(file) == ["ä\n", "b\n"]
    path.chmod(0o750)
    with path.open("a") as file:
        file.write("c")
    assert path.stat().mode == 0o750
    with path.open("r+b") as file:
        assert file.read(3) == b"\xc3\xa4\n"
        file.seek(0)
        file.write(b"AB")
        file.truncate()
    assert path.read_bytes() == b"AB"
    with path.open("rb") as file, pytest.raises(io.UnsupportedOperation):
        file.write(b"x")
    with pytest.raises(ZeroDivisionError), path.open("wb") as file:
        assert file.write(b"lost") // 0
    assert path.read_bytes() == b"AB"
    below = "d/f.txt/below"  # where nothing can be
    there = [("d/f.txt", "x"), *(("d", mode) for mode in ("x", "w", "a", "r+"))]
    for taken, mode in (*there, (below, "a"), (below, "x"), (below, "w")):
        began = False
        with pytest.raises(ConflictError) as refused, place.path(taken).open(mode):
            began = True
        assert refused.value.code == "not_a_file"
        assert not began, mode
    with pytest.raises(ConflictError) as refused, place.path("d/late").open("x") as file:
        place.path("d/late").touch()
    assert refused.value.code == "not_a_file"
    place.path("d/late").unlink()
    with place.path("d/new").open("xb") as file:
        file.write(b"n" * 3 * MB)
        file.close()  # which is no harm
    assert place.path("d/new").stat().size == 3 * MB
    with pytest.raises(NotFoundError), place.path("gone").open():
        pass
    assert names(place.path("d").iterdir()) == ["d/f.txt", "d/new"]


def test_a_file_that_is_opened_by_a_link_keeps_its_permissions(place: Any) -> None:
    path = place.path("d/secret")
    path.write_text("a", mode=0o600)
    link_to(place, "../d/secret", "d/link")
    link_to(place, "d/link", "first")
    for mode in ("a", "r+", "w"):
        with place.path("first").open(mode) as file:
            file.write("b")
        assert path.stat().mode == 0o600, mode
    assert (path.read_text(), place.path("first").stat().type) == ("b", "link")
    link_to(place, "unmade", "nowhere")
    with place.path("nowhere").open("w") as file:
        file.write("made")
    assert (place.path("unmade").read_text(), place.path("unmade").stat().mode) == ("made", 0o644)


def test_a_file_that_is_replaced_keeps_its_permissions(place: Any) -> None:
    for path in map(place.path, ("d/secret", "/tmp/secret")):  # written by the runtime, and inside
        path.write_text("a", mode=0o600)
        path.write_text("b")
        assert (path.read_text(), path.stat().mode) == ("b", 0o600)
        place.upload(b"c", str(path))
        assert (path.read_text(), path.stat().mode) == ("c", 0o600)
        path.write_text("d", mode=0o750)
        assert path.stat().mode == 0o750


def test_a_path_tells_whose_it_is_and_where_it_leads(place: Any) -> None:
    path, link = place.path("d/f.txt"), place.path("d/link")
    path.write_text("x")
    link_to(place, "../d/f.txt", "d/link")
    found = path.stat()
    assert (path.owner(), path.group()) == (found.owner, found.group)
    assert path.owner()
    assert (link.is_symlink(), link.is_file(), path.is_symlink()) == (True, False, False)
    assert not place.path("d/none").is_symlink()
    assert link.readlink() == PurePosixPath("../d/f.txt")
    with pytest.raises(ConflictError, match="is no symbolic link") as refused:
        path.readlink()
    assert refused.value.code == "not_a_file"
    for ask in ("readlink", "owner", "group"):
        with pytest.raises(NotFoundError):
            getattr(place.path("d/none"), ask)()


def test_an_open_file_is_made_longer(place: Any) -> None:
    path = place.path("f")
    path.write_bytes(b"abc")
    for size in (5, 3_000_000):
        with path.open("r+b") as file:
            file.seek(1)
            assert (file.truncate(size), file.tell()) == (size, 1)
        assert path.read_bytes() == b"abc".ljust(size, b"\0")


def test_files_are_touched(place: Any) -> None:
    path = place.path("t/f")
    path.touch(0o600)
    assert (path.stat().size, path.stat().mode) == (0, 0o600)
    path.write_text("kept")
    before = path.stat().modified
    path.touch()
    assert path.read_text() == "kept"
    assert path.stat().modified > before
    with pytest.raises(ConflictError):
        path.touch(exist_ok=False)
    assert names(place.path("t").iterdir()) == ["t/f"]


def test_folders_are_walked_and_removed(place: Any) -> None:
    for name in ("w/a/x", "w/a/b/y", "w/c/z", "w/top"):
        place.path(name).write_text("")
    assert names(place.path("w").rglob("*")) == names(place.path("w").glob("**/*"))
    assert names(place.path("w").rglob("?")) == ["w/a", "w/a/b", "w/a/b/y", "w/a/x", "w/c", "w/c/z"]
    walked = []
    for folder, folders, files in place.path("w").walk():
        walked.append((str(folder), [*folders], files))
        folders[:] = [each for each in folders if each != "b"]
    assert walked == [("w", ["a", "c"], ["top"]), ("w/a", ["b"], ["x"]), ("w/c", [], ["z"])]
    errors: list[Any] = []
    assert list(place.path("gone").walk(errors.append)) == []
    assert [error.code for error in errors] == ["file_not_found"]
    with pytest.raises(ConflictError) as full:
        place.path("w/c").rmdir()
    with pytest.raises(ConflictError, match="unlink") as file:
        place.path("w/top").rmdir()
    place.path("w/c/z").unlink()
    with pytest.raises(ConflictError, match="rmdir") as folder:
        place.path("w/c").unlink()
    assert full.value.code == file.value.code == folder.value.code == "not_a_file"
    place.path("w/c").rmdir()
    with pytest.raises(NotFoundError):
        place.path("w/c").rmdir()


def test_paths_are_taken_as_their_text(place: Any, tmp_path: Path) -> None:
    folder = place.path("/tmp").joinpath("p")
    place.upload(b"by path", folder.joinpath("f"))
    assert place.download(folder.joinpath("f")) == b"by path"
    process = place.start(["cat", folder.joinpath("f")], working_directory=folder)
    assert process.communicate().stdout == "by path"
    found = place.download_folder(folder, tmp_path / "p")
    place.upload_folder(found, folder.joinpath("again"))
    assert place.path(folder.joinpath("again/f")).read_bytes() == b"by path"


def test_what_no_size_is_known_of_comes_whole(place: Any, tmp_path: Path) -> None:
    assert place.download("/proc/1/status").startswith(b"Name:")
    assert place.path("/proc/sys/kernel/ostype").read_text() == "Linux\n"
    found = place.download_folder("/proc/sys/kernel/random", tmp_path / "random")
    assert len((found / "boot_id").read_text()) == 37
    place.upload_folder("/proc/sys/kernel/random", "random")  # of this machine's
    assert place.download("random/boot_id") == (found / "boot_id").read_bytes()


def test_names_of_any_bytes_are_used_as_they_are_listed(place: Any) -> None:
    place.path("odd").mkdir()
    command = ["sh", "-c", "printf odd > \"$(printf 'odd/f\\377')\""]
    place.start(command).wait()
    (path,) = place.path("odd").iterdir()
    assert path.read_bytes() == b"odd"
    moved = path.rename(f"odd/{path.name}2")
    assert names(place.path("odd").glob("f?2")) == [str(moved)]
    moved.unlink()
    assert names(place.path("odd").iterdir()) == []


def test_a_name_with_a_backslash_is_a_name(place: Any) -> None:
    path = place.path("odd") / "a\\b"
    path.write_text("written")
    assert names(place.path("odd").iterdir()) == ["odd/a\\b"]
    assert path.read_text() == "written"
    with path.open("a") as file:
        file.write(" more")
    assert place.download(path) == b"written more"


@pytest.mark.usefixtures("registry")
def test_a_user_that_isnt_there_is_one_kind_of_error(client: Any) -> None:
    with client.containers.container("docker.io/library/busybox", 1, 64, 5) as box:
        calls: list[Callable[[], Any]] = [
            lambda: box.path("/etc", user="nobody-here").stat(),
            lambda: box.run(["id"], user="nobody-here"),
            lambda: box.start(["id"], user="nobody-here"),
        ]
        for call in calls:
            with pytest.raises(BadRequestError, match="nobody-here") as raised:
                call()
            assert raised.value.code == "unknown_user"


def test_what_is_no_file_is_said_to_be_none(place: Any) -> None:
    for path in ("/dev/null", "/dev/zero"):
        with pytest.raises(ConflictError, match=f"`{path}` isn't a regular file"):
            place.download(path)
        with pytest.raises(ConflictError, match=f"`{path}` isn't a regular file"):
            place.upload(b"x", path)


@pytest.mark.usefixtures("registry")
def test_a_users_paths_in_a_container(client: Any) -> None:
    with client.containers.container("docker.io/library/busybox", 1, 64, 5) as box:
        box.path("/private").mkdir(0o700)
        box.path("/private/f").write_text("secret")
        mine = box.path("/private/f", user="1234:1234")
        with pytest.raises(PermissionDeniedError):
            mine.read_text()
        with pytest.raises(PermissionDeniedError):
            mine.exists()
        home = box.path("/home/me")
        home.mkdir(parents=True)
        client.containers.change_file(box.id, "/home/me", owner="1234:1234")
        mine = box.path("/home/me", user="1234:1234").joinpath("note")
        mine.write_text("mine")
        assert box.run(["stat", "-c", "%u:%g", "/home/me/note"]).output == "1234:1234\n"


def test_a_long_folder_is_listed_whole(client: Any) -> None:
    with client.code_interpreter.session() as session:
        session.run("for n in range(2500): open(f'{n:05}', 'w').close()")
        found = client.code_interpreter.list_files(session.id, ".")
        assert [each.path for each in found] == [f"{n:05}" for n in range(2500)]


def test_200_mb_of_a_folder_in_constant_memory(straight: Any, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for n in range(4):
        with (source / f"f{n}").open("wb") as file:
            os.truncate(file.fileno(), 50 * MB)
    with straight.code_interpreter.session() as session:
        small = tmp_path / "small"
        small.mkdir()
        session.upload_folder(small, "small")
        session.download_folder("small", tmp_path / "small-again")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        tracemalloc.start()
        session.upload_folder(source, "large")
        session.download_folder("large", tmp_path / "target")
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert peak < 8 * MB
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024
    assert sum(each.stat().st_size for each in (tmp_path / "target").iterdir()) == 200 * MB
