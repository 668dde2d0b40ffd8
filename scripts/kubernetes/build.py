"""Kubernetes' own programs, built from Debian's source package, and the packages that they run with."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.images import debian

VERSION = "v1.20.2"
_SOURCE = "kubernetes=1.20.5+really1.20.2-1.1+deb12u1"
_BUILD = 1
"""Counted up where what is built changes, or how."""
_RUN_WITH = [
    "busybox-static",
    "catatonit",
    "containerd",
    "containernetworking-plugins",
    "etcd-server",
]
_RUN_WITH += ["kubernetes-client", "runc"]
_BUILT_WITH = ["golang-1.19-go", "golang-1.19-src", "golang-github-modern-go-reflect2-dev"]
_PROGRAMS = ("kubelet", "kube-apiserver", "kube-controller-manager", "kube-scheduler")
_PACKAGE = "k8s.io/kubernetes"
_REFLECT = "github.com/modern-go/reflect2"
_OPENAPI = re.compile(r"\+k8s:openapi-gen=")
_NOT_OF_OPENAPI = {"code-generator", "sample-apiserver", "testdata", "_examples"}


@dataclass(frozen=True, slots=True)
class Programs:
    """What was built and unpacked, in `folder`."""

    folder: Path

    @property
    def packages(self) -> Path:
        """The root of Debian's packages."""
        return self.folder / "packages"

    @property
    def path(self) -> str:
        """A PATH with these programs, and the machine's."""
        own = [self.folder / "bin", self.packages / "usr/bin", self.packages / "usr/sbin"]
        return ":".join([*map(str, own), os.environ["PATH"], "/usr/sbin:/sbin"])


PROGRAMS = Programs(debian.CACHE / f"kubernetes-{VERSION}-{_BUILD}")
"""Where they are once they are `built`."""


def built() -> Programs:
    """Kubernetes, built now if the cache hasn't got it: that takes some 7 minutes of two cores.

    Raises:
        debian.Unavailable: this machine can't have Debian's packages.
        subprocess.CalledProcessError: they can't be had now, or don't build.
    """
    debian.CACHE.mkdir(parents=True, exist_ok=True)
    # A lock of its own: other tests need theirs meanwhile.
    with (debian.CACHE / "kubernetes.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not PROGRAMS.folder.exists():
            for stale in debian.CACHE.glob("kubernetes-*"):
                shutil.rmtree(stale)
            unfinished = PROGRAMS.folder.with_name(f"{PROGRAMS.folder.name}.unfinished")
            _build(unfinished)
            unfinished.rename(PROGRAMS.folder)
    return PROGRAMS


def _build(folder: Path) -> None:
    packages = folder / "packages"
    with tempfile.TemporaryDirectory(dir=debian.CACHE, prefix="kubernetes-") as temporary:
        work = Path(temporary)
        tools, archives = work / "tools", work / "archives"
        archives.mkdir()
        patch = debian.program("patch")
        with debian.alone():
            debian.unpack(_RUN_WITH, packages)
            debian.unpack(_BUILT_WITH, tools)
            debian.source(_SOURCE, archives)
        tree = work / "go/src" / _PACKAGE
        _unpack_source(archives, tree, patch)
        # reflect2 1.0.1 crashes with Go 1.18 and later: Debian's newer one takes its place.
        shutil.rmtree(tree / "vendor" / _REFLECT)
        shutil.copytree(tools / "usr/share/gocode/src" / _REFLECT, tree / "vendor" / _REFLECT)
        go = _Go(tools / "usr/lib/go-1.19", work, tree)
        _generate_openapi(go)
        for name in _PROGRAMS:
            go.build(f"./cmd/{name}", folder / "bin" / name, _link_flags())


def _unpack_source(archives: Path, tree: Path, patch: Path) -> None:
    tree.mkdir(parents=True)
    (original,) = archives.glob("*.orig.tar.*")
    (packaging,) = archives.glob("*.debian.tar.*")
    tar: list[str | Path] = ["tar", "-x", "-C", tree, "-f"]
    subprocess.run([*tar, original, "--strip-components=1"], check=True)
    subprocess.run([*tar, packaging], check=True)
    patches = tree / "debian/patches"
    for name in (patches / "series").read_text("utf-8").split():
        command: list[str | Path] = [patch, "--silent", "-p1", "-i", patches / name]
        subprocess.run(command, cwd=tree, check=True)


class _Go:
    """Go, as it was before modules, on a tree that has all it needs."""

    def __init__(self, home: Path, work: Path, tree: Path) -> None:
        self.work, self.tree = work, tree
        self._go = home / "bin/go"
        self._environment = os.environ | {
            "GOROOT": str(home),
            "GOPATH": str(work / "go"),
            "GOCACHE": str(work / "cache"),
            "GO111MODULE": "off",
            "GOFLAGS": "-buildvcs=false",
            "CGO_ENABLED": "0",
            "PATH": f"{home / 'bin'}:{os.environ['PATH']}",
        }

    def build(self, package: str, program: Path, link_flags: str = "-s -w") -> None:
        self.run(self._go, "build", "-p", "2", "-ldflags", link_flags, "-o", program, package)

    def run(self, *command: str | Path) -> None:
        """Run a command in the tree, behind everything else that the machine does."""
        polite = ["nice", "-n", "19", *command]
        done = subprocess.run(
            polite, cwd=self.tree, env=self._environment, capture_output=True, text=True
        )
        if done.returncode:
            error = subprocess.CalledProcessError(done.returncode, polite)
            error.add_note((done.stdout + done.stderr)[-2000:])
            raise error


def _generate_openapi(go: _Go) -> None:
    """The one file that is generated when Kubernetes is built, and that the source package lacks."""
    generator = go.work / "openapi-gen"
    go.build("./vendor/k8s.io/kube-openapi/cmd/openapi-gen", generator)
    told = {
        "-i": ",".join(sorted(_described_packages(go.tree))),
        "-p": f"{_PACKAGE}/pkg/generated/openapi",
        "-O": "zz_generated.openapi",
        "-h": "vendor/k8s.io/code-generator/hack/boilerplate.go.txt",
        "-r": str(go.work / "violations"),
    }
    go.run(generator, *(word for pair in told.items() for word in pair))


def _described_packages(tree: Path) -> set[str]:
    """The packages that say that the API's description tells of them."""
    found: set[str] = set()
    for part in ("pkg", "cmd", "staging/src/k8s.io"):
        for file in (tree / part).rglob("*.go"):
            folder = file.relative_to(tree).parent
            if file.name.endswith("_test.go") or _NOT_OF_OPENAPI & set(folder.parts):
                continue
            if folder.as_posix() not in found and _OPENAPI.search(file.read_text("utf-8")):
                found.add(folder.as_posix())
    staging = "staging/src/"
    return {
        f"{_PACKAGE}/vendor/{folder.removeprefix(staging)}"
        if folder.startswith(staging)
        else f"{_PACKAGE}/{folder}"
        for folder in found
    }


def _link_flags() -> str:
    """What the programs say that they are: without it they are of no version, and clients balk."""
    major, minor, _ = VERSION.removeprefix("v").split(".")
    told = {
        "gitVersion": VERSION,
        "gitMajor": major,
        "gitMinor": minor,
        "gitTreeState": "archive",
        "buildDate": "2021-01-13T13:20:00Z",
    }
    variables = (
        f"-X {_PACKAGE}/vendor/k8s.io/{package}/version.{name}={value}"
        for package in ("client-go/pkg", "component-base")
        for name, value in told.items()
    )
    return " ".join(["-s -w", *variables])
