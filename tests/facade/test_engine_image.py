"""Where the runtime's image is started, and what is told where it can't be."""

from __future__ import annotations

import hashlib
import json
import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from cognitora import Cognitora, CognitoraError, InvalidRequestError
from cognitora.engine_image import sockets
from cognitora.engine_image.rights import for_docker
from cognitora_local.engine import seccomp
from cognitora_local.sandbox import capabilities
from tests import engine_image
from tests.needs import CONTAINERS


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("DOCKER_HOST", "CONTAINER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    monkeypatch.setattr(sockets, "_OF_MACHINE", ())
    monkeypatch.chdir(tmp_path)  # for the paths of sockets, which may not be long
    return tmp_path


@contextmanager
def listening(*paths: Path) -> Iterator[None]:
    with ExitStack() as stack:
        for path in paths:
            path.parent.mkdir(parents=True, exist_ok=True)
            stack.enter_context(socket.socket(socket.AF_UNIX)).bind(os.path.relpath(path))
        yield


def test_the_sockets_of_every_usual_engine_are_found(home: Path) -> None:
    colima, desktop = home / ".colima/default/docker.sock", home / ".docker/run/docker.sock"
    orbstack = home / ".orbstack/run/docker.sock"
    machine = home / ".local/share/containers/podman/machine/podman.sock"
    rootless = home / "run/podman/podman.sock"
    with listening(machine, colima, orbstack, desktop, rootless):
        found = list(sockets.candidates(None))
    assert found == [str(each) for each in (rootless, desktop, orbstack, colima, machine)]


def test_docker_s_own_choice_comes_first(home: Path) -> None:
    colima, orbstack = home / ".colima/default/docker.sock", home / ".orbstack/run/docker.sock"
    described = home / ".docker/contexts/meta" / hashlib.sha256(b"colima").hexdigest() / "meta.json"
    described.parent.mkdir(parents=True)
    host = {"docker": {"Host": f"unix://{colima}"}}
    described.write_text(json.dumps({"Name": "colima", "Endpoints": host}))
    (home / ".docker/config.json").write_text('{"currentContext": "colima"}')
    with listening(colima, orbstack):
        assert list(sockets.candidates(None)) == [str(colima), str(orbstack)]


@pytest.mark.parametrize(
    "config", ["", "[]", '{"currentContext": 1}', '{"currentContext": "gone"}']
)
def test_a_configuration_that_says_nothing_is_passed_over(home: Path, config: str) -> None:
    (home / ".docker").mkdir()
    (home / ".docker/config.json").write_text(config)
    assert list(sockets.candidates(None)) == []


def test_an_engine_that_is_named_is_the_only_one(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(home / ".colima/default/docker.sock"):
        monkeypatch.setenv("CONTAINER_HOST", "unix:///two.sock")
        assert list(sockets.candidates(None)) == ["/two.sock"]
        monkeypatch.setenv("DOCKER_HOST", "unix:///one.sock")
        assert list(sockets.candidates(None)) == ["/one.sock"]
        assert list(sockets.candidates("unix:///three.sock")) == ["/three.sock"]
        assert list(sockets.candidates("npipe:////./pipe/x")) == [r"\\.\pipe\x"]


@pytest.mark.parametrize(
    "engine", ["", "/x.sock", "tcp://user:secret@there", "unix://x", 7, b"unix:///x"]
)
def test_an_engine_that_is_none_is_refused_before_anything_is_asked(engine: object) -> None:
    with pytest.raises(InvalidRequestError, match="engine must be the address of a socket") as told:
        Cognitora.local(engine_image="cognitora-local", engine=engine)  # type: ignore[arg-type]
    assert "secret" not in str(told.value)


@pytest.mark.parametrize("variable", ["DOCKER_HOST", "CONTAINER_HOST"])
def test_an_address_in_the_environment_that_is_none_is_told(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "ssh://user:secret@there")
    with pytest.raises(CognitoraError, match=f"{variable} must be the address") as told:
        Cognitora.local(engine_image="cognitora-local")
    assert "secret" not in str(told.value)


def test_no_engine_is_told_with_what_to_start() -> None:
    with pytest.raises(
        CognitoraError, match=r"none of the usual sockets is there\. Start Docker Desktop"
    ):
        Cognitora.local(engine_image="cognitora-local")


@pytest.mark.parametrize("folder", ["data_dir", "python", "container_store"])
def test_folders_of_this_machine_dont_go_with_an_image(folder: str, tmp_path: Path) -> None:
    with pytest.raises(
        InvalidRequestError, match=f"{folder} can't be given to a runtime in a container"
    ):
        Cognitora.local(engine_image="cognitora-local", **{folder: tmp_path})  # type: ignore[arg-type]


@pytest.mark.parametrize("image", ["", "a b", "https://x/y", 7])
def test_an_image_that_is_none_is_refused(image: object) -> None:
    with pytest.raises(InvalidRequestError, match="engine_image"):
        Cognitora.local(engine_image=image)  # type: ignore[arg-type]


@pytest.mark.root(CONTAINERS)
def test_an_image_that_cant_be_had_is_told_with_how_to_build_it(tmp_path: Path) -> None:
    with engine_image.empty_podman(tmp_path, driver="vfs") as outer:
        engine = f"unix://{outer.socket}"
        with pytest.raises(
            CognitoraError, match=r"isn't on the engine.*docker build -t localhost:9/none \."
        ):
            Cognitora.local(engine_image="localhost:9/none", engine=engine)


def test_the_image_is_given_what_the_runtime_looks_for() -> None:
    """What the one asks an engine for, and what the other knows the use of, are the same."""
    known = {
        *capabilities.SANDBOXES,
        *capabilities.NETWORKS,
        *capabilities.EGRESS,
        *capabilities.DISKS,
        *capabilities.CONTAINERS,
    }
    assert set(for_docker("x", [])["HostConfig"]["CapAdd"]) == known


def test_containers_in_the_image_may_call_what_they_may_call_anywhere() -> None:
    """The filter around the runtime's container is around those in it too."""
    security = for_docker("x", [])["HostConfig"]["SecurityOpt"]
    outer = json.loads(next(each for each in security if each.startswith("seccomp="))[8:])
    inner = json.loads(seccomp.profile())
    allowed = {
        name for rule in outer["syscalls"] if "errnoRet" not in rule for name in rule["names"]
    }
    asked = {name for rule in inner["syscalls"] if "errnoRet" not in rule for name in rule["names"]}
    assert asked <= allowed
