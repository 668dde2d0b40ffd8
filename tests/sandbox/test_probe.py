"""The probe: what it finds here, and that it finds out what is broken."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cognitora_local import system
from cognitora_local.sandbox import (
    Host,
    Limits,
    SandboxError,
    bubblewrap,
    cgroup_v1,
    egress,
    launch,
    network,
    probe,
    process,
    seccomp,
    terminals,
)
from cognitora_local.sandbox.network_namespace import NetworkNamespace

pytestmark = pytest.mark.asyncio(loop_scope="session")

Options = Callable[..., Iterator[str]]


def options_with(change: Callable[[list[str]], list[str]]) -> Options:
    kept = bubblewrap.options

    def changed(*arguments: Any, **more: Any) -> Iterator[str]:
        return iter(change(list(kept(*arguments, **more))))

    return changed


def replaced(old: str, new: list[str]) -> Callable[[list[str]], list[str]]:
    return lambda options: [
        part for option in options for part in (new if option == old else [option])
    ]


async def test_it_says_by_what_each_promise_is_kept(tmp_path: Path) -> None:
    host = await Host.probe(tmp_path / "data")
    try:
        assert set(host.isolation) == {"sandbox", "cgroup", "network", "egress", "storage"}
        assert host.isolation["egress"].startswith("nftables ")
        assert host.isolation["sandbox"].startswith("bubblewrap 0.")
        assert host.isolation["cgroup"] in ("v1", "v2")
        assert host.isolation["network"].startswith("slirp4netns ")
        assert host.python.name.startswith("python")
    finally:
        await host.close()


async def test_a_zombie_has_ended() -> None:
    """Its parent, which takes note of it, may be a first process that never does."""
    with subprocess.Popen(["sleep", "60"]) as child:
        assert probe._alive({child.pid}) == {child.pid}
        child.kill()
        await asyncio.to_thread(os.waitid, os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert Path(f"/proc/{child.pid}").exists()
        assert probe._alive({child.pid}) == set()
    assert probe._alive({child.pid}) == set()


@pytest.mark.parametrize(
    ("change", "promise"),
    [
        (
            replaced("--unshare-all", ["--unshare-pid", "--unshare-ipc", "--unshare-uts"]),
            "it has no network",
        ),
        (
            lambda options: [*options, "--ro-bind", "/etc", "/etc"],
            "private files are out of reach",
        ),
        (lambda options: [*options, "--tmpfs", "/etc"], "the system is read-only"),
        (lambda options: [*options, "--ro-bind", "/proc", "/proc"], "other processes are invis"),
    ],
)
async def test_a_wall_that_is_missing_is_found(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[list[str]], list[str]],
    promise: str,
) -> None:
    monkeypatch.setattr(bubblewrap, "options", options_with(change))
    with pytest.raises(SandboxError, match=promise):
        await Host.probe(tmp_path / "data")


async def test_terminals_without_a_limit_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def nothing(first: process.Handle) -> None:
        """As if an ordinary user could not limit them from outside."""

    monkeypatch.setattr(terminals, "limit", nothing)
    change = options_with(lambda options: [*options, "--dev", "/dev"])
    monkeypatch.setattr(bubblewrap, "options", change)
    with pytest.raises(SandboxError, match="terminals are limited"):
        await Host.probe(tmp_path / "data")


@pytest.mark.parametrize(
    ("loosened", "promise"),
    [
        ({"memory_mb": 4096}, "memory is limited"),
        ({"processes": 4096}, "processes are limited"),
    ],
)
async def test_a_limit_that_isnt_kept_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loosened: dict[str, Any], promise: str
) -> None:
    create = cgroup_v1.HierarchyV1.create

    def loose(self: cgroup_v1.HierarchyV1, name: str, limits: Limits) -> Any:
        asked = {"memory_mb": limits.memory_mb, "processes": limits.processes}
        return create(self, name, Limits(**{"cpu_cores": limits.cpu_cores, **asked, **loosened}))

    monkeypatch.setattr(cgroup_v1.HierarchyV1, "create", loose)
    with pytest.raises(SandboxError, match=promise):
        await Host.probe(tmp_path / "data")


async def test_a_share_of_cpu_that_isnt_kept_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cgroup_v1.CgroupV1, "limit_cpu", lambda *_, **__: None)
    with pytest.raises(SandboxError, match="CPU is limited"):
        await Host.probe(tmp_path / "data")


async def test_a_missing_filter_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(launch, "_FILTER_OPTION", "--sync-fd")
    with pytest.raises(SandboxError, match="system calls are filtered"):
        await Host.probe(tmp_path / "data")


async def test_a_way_to_this_machine_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = network._command

    def without(namespaces: NetworkNamespace, *fds: int) -> list[str]:
        return [part for part in command(namespaces, *fds) if part != "--disable-host-loopback"]

    monkeypatch.setattr(network, "_command", without)
    with pytest.raises(SandboxError, match=r"this machine is reached at \['10.0.2.2'\]"):
        await Host.probe(tmp_path / "data")


@pytest.mark.parametrize(
    ("left_out", "reason"),
    [
        ("meta l4proto tcp redirect to :{port}", "what is tried isn't led to it"),
        ("policy drop;", "nft failed"),
    ],
)
async def test_an_egress_that_isnt_kept_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left_out: str, reason: str
) -> None:
    assert left_out in egress._RULES
    broken = egress._RULES.replace(left_out, "nonsense" if reason == "nft failed" else "")
    monkeypatch.setattr(egress, "_RULES", broken)
    host = await Host.probe(tmp_path / "data")
    assert reason in host.isolation["egress"]
    await host.close()


async def test_a_way_that_leads_to_nobody_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program once believed to be connected to what had refused it."""
    connected = "client.connect_ex(tuple(target)) == 0"
    assert connected in probe.SOURCE
    monkeypatch.setattr(probe, "SOURCE", probe.SOURCE.replace(connected, "True"))
    host = await Host.probe(tmp_path / "data")
    await host.close()


async def test_strangers_who_connect_meanwhile_are_no_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another runtime's probe, or a port scanner, was taken once for what had come from inside."""
    connected = "client.connect_ex(tuple(target)) == 0"
    assert connected in probe.SOURCE
    monkeypatch.setattr(probe, "SOURCE", probe.SOURCE.replace(connected, "True"))
    strangers = list[socket.socket]()
    create_server = socket.create_server

    def visited(address: tuple[str, int]) -> socket.socket:
        server = create_server(address)
        for word in (b"", b"GET / HTTP/1.1"):
            strangers.append(socket.create_connection(server.getsockname()))
            strangers[-1].sendall(word)
        return server

    monkeypatch.setattr(socket, "create_server", visited)
    host = await Host.probe(tmp_path / "data")
    await host.close()
    assert strangers
    for stranger in strangers:
        stranger.close()


async def test_processes_that_outlive_the_sandbox_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with subprocess.Popen(["sleep", "1000"]) as survivor:
        try:
            monkeypatch.setattr(
                "cognitora_local.sandbox.Sandbox.processes", lambda _: {survivor.pid}
            )
            with pytest.raises(SandboxError, match="all it has started ends with it"):
                await Host.probe(tmp_path / "data")
        finally:
            survivor.kill()


async def test_a_failed_probe_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(seccomp, "program", lambda: b"")
        with pytest.raises(SandboxError):
            await Host.probe(tmp_path / "data")
    await (await Host.probe(tmp_path / "data")).close()


GOOD = {
    "seen": [],
    "written": [],
    "work": True,
    "processes": ["1", "2"],
    "interfaces": ["lo"],
    "way_out": False,
    "capabilities": 0,
    "no_new_privileges": True,
    "filtered": True,
}


@pytest.mark.parametrize(
    ("seen", "promise"),
    [
        ({"seen": ["/etc/shadow"]}, "private files"),
        ({"written": ["/usr"]}, "read-only"),
        ({"work": False}, "work folder"),
        ({"processes": ["1", "2", "3"]}, "invisible"),
        ({"interfaces": ["eth0", "lo"]}, "no network"),
        ({"way_out": True}, "no network"),
        ({"capabilities": 1}, "no privileges"),
        ({"no_new_privileges": False}, "gains no privileges"),
        ({"filtered": False}, "filtered"),
    ],
)
async def test_each_thing_seen_inside_is_judged(seen: dict[str, Any], promise: str) -> None:
    probe.judge(GOOD)
    with pytest.raises(SandboxError, match=promise):
        probe.judge(GOOD | seen)


async def test_without_bubblewrap_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "PATH", str(tmp_path))
    monkeypatch.setattr(bubblewrap, "PATH", str(tmp_path))
    with pytest.raises(SandboxError, match="apt install bubblewrap"):
        await Host.probe(tmp_path / "data")


async def test_a_bubblewrap_that_is_too_old_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "bwrap"
    old.write_text("#!/bin/sh\necho bubblewrap 0.6.1\n")
    old.chmod(0o755)
    monkeypatch.setattr(bubblewrap, "PATH", str(tmp_path))
    with pytest.raises(SandboxError, match=r"0\.8\.0 or later.*0\.6\.1"):
        await Host.probe(tmp_path / "data")


async def test_without_slirp4netns_only_networking_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "PATH", str(tmp_path))
    host = await Host.probe(tmp_path / "data")
    try:
        assert host.isolation["network"].startswith("none: slirp4netns isn't here")
        sandbox = await host.start(
            ["/bin/sleep", "1000"], folder=tmp_path, limits=Limits(), environment={}, name="test"
        )
        with pytest.raises(SandboxError, match="apt install slirp4netns"):
            await sandbox.connect_network()
        sandbox.socket.close()
    finally:
        await host.close()


async def test_where_slirp4netns_fails_only_networking_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        network, "_command", lambda *_: ["sh", "-c", "echo no such luck >&2; exit 1"]
    )
    host = await Host.probe(tmp_path / "data")
    assert host.isolation["network"] == "none: slirp4netns failed: no such luck"
    await host.close()


@pytest.mark.parametrize("platform", ["darwin", "win32"])
async def test_other_systems_are_told_to_use_linux(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(SandboxError, match="WSL 2"):
        await Host.probe(tmp_path / "data")


@pytest.mark.parametrize(
    ("switch", "value", "hint"),
    [
        ("kernel/apparmor_restrict_unprivileged_userns", "1", "apparmor_restrict"),
        ("kernel/unprivileged_userns_clone", "0", "unprivileged_userns_clone=1"),
        ("user/max_user_namespaces", "0", "max_user_namespaces"),
    ],
)
async def test_a_machine_that_forbids_user_namespaces_is_told_the_switch(
    tmp_path: Path, switch: str, value: str, hint: str
) -> None:
    (tmp_path / switch).parent.mkdir()
    (tmp_path / switch).write_text(value + "\n")
    assert hint in bubblewrap.hint(switches=tmp_path)


async def test_where_nothing_forbids_them_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "kernel").mkdir()
    (tmp_path / "kernel/apparmor_restrict_unprivileged_userns").write_text("0\n")
    assert bubblewrap.hint(switches=tmp_path) == ""


async def test_a_python_that_cant_be_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SandboxError, match=r"Python: No such file or directory\. Name one"):
        await Host.probe(tmp_path / "data", python=tmp_path / "nothing")
    with pytest.raises(SandboxError, match=r"isn't a working Python: it answered b''\. Name one"):
        await Host.probe(tmp_path / "data", python=Path("/bin/true"))


async def test_a_python_whose_folder_holds_secrets_is_refused(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path)], check=True)
    with pytest.raises(SandboxError, match=r"a virtual environment in a folder of its own|in it"):
        await Host.probe(tmp_path / "data", python=tmp_path / "bin/python")


async def test_one_data_folder_has_one_runtime(tmp_path: Path) -> None:
    host = await Host.probe(tmp_path / "data")
    try:
        with pytest.raises(SandboxError, match="Another runtime uses the data folder"):
            await Host.probe(tmp_path / "data")
        other = await Host.probe(tmp_path / "other")
        await other.close()
        sandbox = await host.start(
            ["/bin/true"], folder=tmp_path, limits=Limits(), environment={}, name="test"
        )
        assert await sandbox.wait() == 0
        sandbox.socket.close()
    finally:
        await host.close()


async def test_several_hosts_can_be_probed_at_once(tmp_path: Path) -> None:
    hosts = await asyncio.gather(*(Host.probe(tmp_path / str(number)) for number in range(4)))
    await asyncio.gather(*(host.close() for host in hosts))


async def test_control_groups_are_made_whole_or_not_at_all(tmp_path: Path) -> None:
    """What was there before stays: it may be another's."""
    (tmp_path / "file").touch()
    (there := tmp_path / "there").mkdir()
    made, impossible = tmp_path / "made", tmp_path / "file" / "group"
    with pytest.raises(NotADirectoryError):
        cgroup_v1._make([there, made, impossible])
    assert there.exists()
    assert not made.exists()
