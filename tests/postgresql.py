"""A PostgreSQL server of the tests' own, of Debian's package, which nothing is installed of."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.images import Unavailable, services

_USER = 70  # postgres, in the package's file system; the server refuses to be root
_START_SECONDS = 60


class PostgresqlServer:
    """Its files in `folder`: the programs, and the data. It is reached by a socket there alone."""

    def __init__(self, folder: Path) -> None:
        self._programs, self._data = folder / "programs", folder / "data"
        self._programs.mkdir()
        unpack = ["tar", "-x", "-C", str(self._programs)]
        subprocess.run(unpack, input=services.postgres().filesystem, check=True)
        self._data.mkdir()
        if os.geteuid() == 0:
            os.chown(self._data, _USER, _USER)
        self._process: subprocess.Popen[bytes] | None = None
        subprocess.run(
            self._command(
                "initdb", "-D", "/data", "--auth=trust", "--no-sync", "-U", "postgres", "-E", "UTF8"
            ),
            check=True,
            stdout=subprocess.DEVNULL,
        )

    @property
    def socket(self) -> Path:
        return self._data / ".s.PGSQL.5432"

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self._data}"

    def start(self) -> None:
        """Returns when it answers."""
        deadline = time.monotonic() + _START_SECONDS
        options = ("jit=off", "listen_addresses=", "shared_buffers=16MB")
        command = self._command(
            *("postgres", "-D", "/data", "-k", "/data"),
            *(word for option in options for word in ("-c", option)),
        )
        while True:
            if self._process is None or self._process.poll() is not None:  # what died lingers
                self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            if self._answers():
                return
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def kill(self) -> None:
        """As when the machine lost its power, but for what its kernel had yet to write."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            while self._answers():  # what it has begun dies a moment later
                time.sleep(0.01)

    def made(self, database: str) -> str:
        """The URL of a new database."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{database}"'.encode())
        return self.url(database)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url()).close()
        except psycopg.OperationalError:
            return False
        return True

    def _command(self, program: str, *arguments: str) -> list[str]:
        sandbox = ["bwrap", "--bind", str(self._programs), "/", "--dev", "/dev", "--proc", "/proc"]
        sandbox += ["--bind", str(self._data), "/data", "--die-with-parent", "--clearenv"]
        sandbox += ["--unshare-pid", "--unshare-ipc"]  # so that all of it is killed at once
        sandbox += ["--setenv", "PATH", "/usr/lib/postgresql/15/bin:/usr/bin", "--chdir", "/"]
        if os.geteuid() == 0:
            user = str(_USER)
            become = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
        else:
            sandbox += ["--unshare-user", "--uid", str(_USER), "--gid", str(_USER)]
            become = []
        return [*sandbox, *become, program, *arguments]


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresqlServer]:
    """A server that a worker's tests share; one that kills it starts it again."""
    try:
        server = PostgresqlServer(tmp_path_factory.mktemp("pg"))
    except Unavailable as error:
        pytest.skip(f"PostgreSQL can't be had: {error}")
    server.start()
    yield server
    server.kill()
