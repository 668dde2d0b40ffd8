"""Images of services as the world's are: started by root, who makes ready and becomes their user.

Made when a test asks for them, and kept: see `Unavailable` for machines that can't.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from tests.images import debian, filesystems
from tests.images.image import Image

_COMMON = ["bash", "busybox-static", "coreutils", "dash", "findutils", "iputils-ping", "util-linux"]
_ENVIRONMENT = {"PATH": "/usr/lib/postgresql/15/bin:/usr/sbin:/usr/bin"}
# Of scripts for set-up, other alphabets, and a compiler of queries: nothing here needs them.
_LARGE = ["usr/lib/*/libLLVM*", "usr/lib/*/libz3*", "usr/lib/*/perl*", "usr/lib/*/gconv"]
_LARGE += ["usr/lib/*/libperl*", "usr/share/perl*", "usr/share/i18n", "usr/lib/systemd"]
_LARGE += ["usr/lib/postgresql/*/lib/bitcode"]
_ENTRYPOINT = "usr/bin/entrypoint"

# Gives the folder of its data to its user, becomes that user, and begins anew.
_REDIS = """\
#!/bin/sh
set -e
if [ "$(id -u)" = 0 ]; then
    chown -R redis:redis /data
    exec gosu redis "$0" "$@"
fi
exec "$@"
"""
_POSTGRES = """\
#!/bin/sh
set -e
if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA" /run/postgresql
    chown -R postgres:postgres "$PGDATA" /run/postgresql
    chmod 700 "$PGDATA"
    exec setpriv --reuid=postgres --regid=postgres --clear-groups "$0" "$@"
fi
[ -s "$PGDATA/PG_VERSION" ] || initdb --auth=trust --no-sync >/dev/null
exec "$@"
"""
# Its master binds the port and gives the folders away itself; its workers are www-data.
_NGINX = """\
#!/bin/sh
set -e
mkdir -p /var/lib/nginx /var/log/nginx /var/www/html
ln -sf /dev/stderr /var/log/nginx/error.log
ln -sf /dev/stdout /var/log/nginx/access.log
echo 'It works.' > /var/www/html/index.html
exec "$@"
"""


def python() -> Image:
    """Python 3.11 with requests, as in the registry of the tests' images."""
    return Image(_kept("python", filesystems.python), command=["python3"])


def python_and_node() -> Image:
    """The same with Debian's node, and setsid and its like."""
    return Image(
        _kept("node", lambda: filesystems.python("nodejs", "util-linux")), command=["python3"]
    )


def redis() -> Image:
    """redis-server as the user redis, on port 6379."""
    packages = [*_COMMON, "gosu", "redis-server", "redis-tools"]
    return Image(
        _service("redis", packages, lambda root: _finish(root, "redis", 999, _REDIS)),
        environment=_ENVIRONMENT,
        working_dir="/data",
        entrypoint=["entrypoint"],
        command=["redis-server"],
    )


def nginx() -> Image:
    """nginx on port 80, which shows the site that Debian's package has."""

    def finish(root: Path) -> None:
        _finish(root, "www-data", 33, _NGINX)
        site = root / "etc/nginx/sites-enabled/default"
        site.parent.mkdir(parents=True, exist_ok=True)
        site.symlink_to("/etc/nginx/sites-available/default")

    return Image(
        _service("nginx", [*_COMMON, "nginx-light"], finish),
        environment=_ENVIRONMENT,
        entrypoint=["entrypoint"],
        command=["nginx", "-g", "daemon off;"],
    )


def postgres() -> Image:
    """PostgreSQL as the user postgres, whose database is made at its first start."""
    packages = [*_COMMON, "postgresql-15", "postgresql-client-15"]

    def finish(root: Path) -> None:
        _finish(root, "postgres", 70, _POSTGRES)
        filesystems.remove(root / "var/run")
        (root / "var/run").symlink_to("/run")

    return Image(
        _service("postgres", packages, finish),
        environment={**_ENVIRONMENT, "PGDATA": "/var/lib/postgresql/data"},
        entrypoint=["entrypoint"],
        command=["postgres", "-c", "jit=off"],
    )


def _service(name: str, packages: list[str], finish: Callable[[Path], None]) -> bytes:
    return _kept(name, lambda: filesystems.of_packages(packages, finish))


def _finish(root: Path, user: str, number: int, entrypoint: str) -> None:
    with (root / "etc/passwd").open("a") as users:
        users.write(f"{user}:x:{number}:{number}::/:/bin/sh\n")
    with (root / "etc/group").open("a") as groups:
        groups.write(f"{user}:x:{number}:\n")
    for folder in ("data", "run"):
        (root / folder).mkdir(exist_ok=True)
    for large in _LARGE:
        for path in root.glob(large):
            filesystems.remove(path)
    (root / _ENTRYPOINT).write_text(entrypoint)
    (root / _ENTRYPOINT).chmod(0o755)


def _kept(name: str, make: Callable[[], bytes]) -> bytes:
    """The file system `name`, made if the cache hasn't got it."""
    sources = (Path(__file__), Path(filesystems.__file__), Path(debian.__file__))
    key = hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()[:12]
    kept = debian.CACHE / f"{name}-{key}.tar"
    with debian.alone():
        if not kept.exists():
            for stale in debian.CACHE.glob(f"{name}-*.tar"):
                stale.unlink()
            unfinished = kept.with_suffix(".unfinished")
            unfinished.write_bytes(make())
            unfinished.rename(kept)
    return kept.read_bytes()
