"""The bill of materials: what is installed with the wheel, in CycloneDX's format."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from scripts.dist.commands import ROOT, TOOLS, run

SCHEMA = "1.6"
_CHECK = f"""
import sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
error = JsonStrictValidator(SchemaVersion.from_version({SCHEMA!r})).validate_str(open(sys.argv[1]).read())
sys.exit(str(error) if error else 0)
"""


def write_sbom(environment: Path, built: list[Path], version: str, time: int) -> Path:
    """Write the bill of materials beside what was built, and check it by the format's own schema.

    Args:
        environment: where the wheel is installed with all that is listed.
        built: what it is the bill of; their hashes stand in it.
        version: the version of the package.
        time: the commit's, in seconds since 1970.

    Raises:
        FailedError: what came out isn't CycloneDX.
    """
    path = built[0].parent / f"cognitora-{version}.cdx.json"
    run(
        *(TOOLS / "cyclonedx-py", "environment", "--pyproject", ROOT / "pyproject.toml"),
        *(
            "--mc-type",
            "library",
            "--spec-version",
            SCHEMA,
            "--output-reproducible",
            "--no-validate",
        ),
        *("--output-format", "JSON", "--output-file", path, environment),
        environment={"SOURCE_DATE_EPOCH": str(time)},
    )
    bill: dict[str, Any] = json.loads(path.read_text("utf-8"))
    # The version is dynamic in pyproject.toml, and so unknown there; what was built of it as well.
    bill["metadata"]["component"] |= {
        "version": version,
        "purl": f"pkg:pypi/cognitora@{version}",
    }
    bill["metadata"]["component"].setdefault("externalReferences", []).extend(
        {
            "type": "distribution",
            "url": file.name,
            "hashes": [
                {"alg": "SHA-256", "content": hashlib.sha256(file.read_bytes()).hexdigest()}
            ],
        }
        for file in built
    )
    path.write_text(json.dumps(bill, indent=2, sort_keys=True, ensure_ascii=False) + "\n", "utf-8")
    run(TOOLS / "python", "-c", _CHECK, path)
    return path
