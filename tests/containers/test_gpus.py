"""GPUs of containers, by a description of a harmless device: what engines do with one is the same."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from cognitora import BadRequestError, Cognitora, RunResult
from cognitora_local.engine import gpus
from tests.conftest import run
from tests.images import Registry, arguments
from tests.needs import CONTAINERS

NVIDIAS = """\
---
cdiVersion: 0.5.0
kind: nvidia.com/gpu
containerEdits:
    env:
        - NVIDIA_VISIBLE_DEVICES=void
devices:
    - containerEdits:
        deviceNodes:
            - path: /dev/nvidia0
      name: "0"
    - name: "1"  # by its number
      containerEdits:
        hooks:
            - hookName: createContainer
              name: not-a-device
    - name: GPU-6dba2f5c-a8dc
      containerEdits: {}
    - name: all
      containerEdits: {}
"""


@pytest.mark.parametrize(
    ("file", "text", "names"),
    [
        ("nvidia.yaml", NVIDIAS, ["nvidia.com/gpu=0", "nvidia.com/gpu=1"]),
        ("amd.json", '{"kind": "amd.com/gpu", "devices": [{"name": "all"}, {"name": "10"}, {"name": "9"}]}',
         ["amd.com/gpu=9", "amd.com/gpu=10"]),
        ("mig.yaml", 'kind: "nvidia.com/gpu"\ndevices:\n- name: "0:1"\n- name: "0:0"\n- name: all\n',
         ["nvidia.com/gpu=0:0", "nvidia.com/gpu=0:1"]),
        ("named.json", '{"kind": "a.b/gpu", "devices": [{"name": "card"}, {"name": "all"}]}',
         ["a.b/gpu=card"]),
        ("net.json", '{"kind": "intel.com/nic", "devices": [{"name": "0"}]}', []),
        ("broken.json", '{"kind": "amd.com/gpu", "devices": [', []),
        ("broken.yaml", "kind\ndevices: 7\n- name: x\n", []),
        ("list.json", "[]", []),
        ("binary.yaml", "\0\udcff", []),
    ],
)  # fmt: skip
def test_descriptions_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str, text: str, names: list[str]
) -> None:
    monkeypatch.setattr(gpus, "FOLDERS", (tmp_path / "none", tmp_path))
    (tmp_path / file).write_bytes(text.encode("utf-8", "surrogateescape"))
    assert gpus.described() == names


def described(folder: Path, devices: Path) -> Path:
    """What a maker's program would write, of two devices that do what the machine's /dev/zero does."""
    made = []
    for name in ("0", "1"):
        node = devices / f"gpu{name}"
        os.mknod(node, 0o666 | stat.S_IFCHR, Path("/dev/zero").stat().st_rdev)
        node.chmod(0o666)
        edits = {"deviceNodes": [{"path": str(node)}]}
        made.append({"name": name, "containerEdits": edits})
    description = {"cdiVersion": "0.5.0", "kind": "example.com/gpu", "devices": made}
    (folder / "etc" / "cdi").mkdir(parents=True)
    (folder / "etc" / "cdi" / "example.json").write_text(json.dumps(description))
    return folder / "etc"


@pytest.fixture(scope="module")
def client(
    tmp_path_factory: pytest.TempPathFactory, registry: Registry, container_store: Path
) -> Iterator[Cognitora]:
    """Of a runtime that sees another /etc, in which there is a description."""
    folder = tmp_path_factory.mktemp("gpus")
    devices = Path(tempfile.mkdtemp(prefix="gpus-"))
    devices.chmod(0o755)  # for everybody, as /dev is
    other = f"lowerdir={described(folder, devices)}:/etc"
    script = f'mount -t overlay -o "{other}" overlay /etc; exec "$@"'
    before = ["unshare", "--mount", "sh", "-ec", script, "sh"]
    store = ["--container-store", str(container_store)]
    with (
        run(folder, *arguments(registry), *store, before=before) as runtime,
        Cognitora(runtime.api_key, runtime.base_url) as client,
    ):
        yield client
    shutil.rmtree(devices)


BUSYBOX = "docker.io/library/busybox:latest"
SHOWS = [
    *("sh", "-c"),
    "for gpu in */gpus-*/gpu*; do [ -c $gpu ] && echo ${gpu##*/} $(head -c 4 $gpu | wc -c); done; true",
]


@pytest.mark.root(CONTAINERS)
def test_a_container_has_as_many_as_it_asks_for_and_no_other_has_them(client: Cognitora) -> None:
    def run(gpu_count: int) -> RunResult:
        return client.containers.run_and_wait(
            BUSYBOX, SHOWS, cpu_cores=1, memory_mb=64, max_cost_credits=100, gpu_count=gpu_count
        )

    assert run(1).logs == "gpu0 4\n"
    with client.containers.container(
        BUSYBOX, cpu_cores=1, memory_mb=64, max_cost_credits=100, gpu_count=1
    ) as container:
        assert container.run(SHOWS).output == "gpu0 4\n"
        assert container.info.resources is not None
        assert container.info.resources.gpu_count == 1
        assert run(1).logs == "gpu1 4\n"
        assert run(0).logs == ""
        assert "2 GPUs were asked for, and 1 are free" in repr(run(2))
    assert run(2).logs == "gpu0 4\ngpu1 4\n"
    with pytest.raises(BadRequestError, match="This machine has 2 GPUs, and `gpu_count` is 3"):
        run(3)
