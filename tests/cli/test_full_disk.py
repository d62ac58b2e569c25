"""A backup that runs out of space, or finds a damaged database, says so in one line and leaves nothing behind."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.commands import forum, refusal, rows

DISK_KB = 8  # kB, less than any forum needs
MAY_NOT_GROW = {"RLIMIT_FSIZE": DISK_KB * 1024}


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a forum with some posts."""
    data = tmp_path_factory.mktemp("seeded") / "data"
    assert forum(data, "seed", FORUM_SEED="document").returncode == 0
    return data


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[tuple[Path, dict[str, int]]]:
    """A folder on an almost full disk; where nothing can be mounted, a folder whose files may not grow."""
    place = tmp_path / "full"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={DISK_KB}k", "tmpfs", str(place)]
    is_mounted = os.getuid() == 0 and subprocess.run(mount, capture_output=True, check=False).returncode == 0
    yield place, {} if is_mounted else MAY_NOT_GROW
    if is_mounted:
        subprocess.run(["umount", str(place)], check=True)


def refused(seeded: Path, *words: str, limits: dict[str, int]) -> str:
    """The last line of a command that must exit with 2."""
    done = forum(seeded, *words, limits=limits)
    assert done.returncode == 2, done
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


def test_a_backup_to_a_full_disk_says_so_and_leaves_nothing(
    seeded: Path, full_disk: tuple[Path, dict[str, int]]
) -> None:
    message = refused(seeded, "backup", str(full_disk[0] / "copy"), limits=full_disk[1])
    assert full_disk[1] or "full" in message or "No space left" in message
    assert list(full_disk[0].iterdir()) == []


def test_an_export_to_a_full_disk_says_so(seeded: Path, full_disk: tuple[Path, dict[str, int]]) -> None:
    message = refused(seeded, "export", str(full_disk[0] / "archive"), limits=full_disk[1])
    assert full_disk[1] or "No space left" in message


def test_a_backup_with_a_file_size_limit_says_so_and_leaves_nothing(seeded: Path, tmp_path: Path) -> None:
    assert refused(seeded, "backup", str(tmp_path / "copy"), limits=MAY_NOT_GROW)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.sqlite
@pytest.mark.parametrize("how", ["cut", "spoilt", "text", "empty"])
def test_a_damaged_database_is_not_backed_up(how: str, seeded: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(seeded, data)
    path = data / "forum.sqlite3"
    rows(data, "PRAGMA wal_checkpoint(TRUNCATE)")
    whole = path.read_bytes()
    spoilt = whole[:8192] + b"\xff" * 40_000 + whole[48_192:]
    path.write_bytes({"cut": whole[: len(whole) // 2], "spoilt": spoilt, "text": b"words", "empty": b""}[how])
    message = refusal(data, "backup", str(tmp_path / "copy"))
    assert "forum.sqlite3" in message
    assert ".part" not in message
    assert not list(tmp_path.glob("copy*"))


def test_a_backup_into_a_missing_folder_says_so(seeded: Path, tmp_path: Path) -> None:
    message = refusal(seeded, "backup", str(tmp_path / "nowhere" / "copy"))
    assert message == f"Error: {tmp_path / 'nowhere' / 'copy'} cannot be written: No such file or directory."
