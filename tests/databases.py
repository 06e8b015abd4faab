"""Real databases for tests: SQLite files, and one PostgreSQL cluster of our own on a free loopback port.

The cluster is made by Debian's programs in a directory that goes away with it. It listens on loopback only, trusts
whoever reaches it there, and holds made-up data.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from itertools import count
from pathlib import Path

import psycopg

PROGRAMS = Path("/usr/lib/postgresql")
USER = "bridge"
MISSING = "PostgreSQL's programs are missing: apt-get install postgresql"


def programs() -> Path | None:
    """The directory of the newest PostgreSQL's programs, or None."""
    found = [initdb.parent for initdb in PROGRAMS.glob("*/bin/initdb")]
    return max(found, key=lambda path: int(path.parent.name), default=None)


class Cluster:
    """A PostgreSQL server of its own; ``stop`` removes every trace. Raises CalledProcessError if it cannot start."""

    def __init__(self, bin_directory: Path) -> None:
        self._bin = bin_directory
        self._names = count(1)
        # Not pytest's directory: initdb refuses root, and that one is closed to the user it then runs as.
        self.directory = Path(tempfile.mkdtemp(prefix="ib-pg-"))
        self.port = free_port()
        if os.geteuid() == 0:
            shutil.chown(self.directory, "postgres", "postgres")
        self._run("initdb", "-D", "data", "-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8")
        self.start()

    def start(self) -> None:
        # Without fsync a kill of the server still loses nothing, only a power cut would: and tests cut no power.
        listen = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.directory}"
        self._run("pg_ctl", "-D", "data", "-w", "-l", "log", "-o", f"{listen} -c fsync=off", "start")

    def halt(self, mode: str = "immediate") -> None:
        """Stop the server; ``immediate`` is a crash to it. The data stays for ``start``."""
        self._run("pg_ctl", "-D", "data", "-w", "-m", mode, "stop")

    def stop(self) -> None:
        try:
            self.halt("fast")
        finally:
            shutil.rmtree(self.directory)

    def create(self, template: str | None = None) -> str:
        """A fresh database, empty or a copy of ``template``; returns its name. Nobody may be connected to either."""
        name = f"bridge_{next(self._names)}"
        self._sql(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        return name

    def drop(self, name: str) -> None:
        self._sql(f"DROP DATABASE {name} WITH (FORCE)")

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{name}"

    def _sql(self, statement: str) -> None:
        where = {"host": "127.0.0.1", "port": self.port, "user": USER, "dbname": "postgres"}
        with psycopg.connect(**where, autocommit=True) as connection:  # type: ignore[arg-type]
            connection.execute(statement.encode())

    def _run(self, program: str, *arguments: str) -> None:
        as_root = os.geteuid() == 0
        subprocess.run(
            [self._bin / program, *arguments],
            cwd=self.directory,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            user="postgres" if as_root else None,
            group="postgres" if as_root else None,
            extra_groups=[] if as_root else None,
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
