"""Fetching from a publisher on this machine: breaks, lies, slips, and a user who stops it."""

from __future__ import annotations

import errno
import hashlib
import io
import shutil
import stat
import tarfile
import threading
import time
import wave
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.data.downloads import Download, Item, catalogue, download, transfer, unpack
from engine.data.downloads.transfer import DownloadFailed
from engine.data.folder_scan import scan_folder
from engine.errors import Cancelled, EngineError, UsageError
from engine.events import CancelToken, Event, LogLine, Result, StageProgress, discard
from engine.verbs import perform
from tests.engine.data.downloads.publisher import Publisher, publishing, tar_of

WEIGHTS = np.random.default_rng(0).bytes(300_000)


def _recording(seed: int) -> bytes:
    stored = io.BytesIO()
    with wave.open(stored, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(np.random.default_rng(seed).bytes(2_000))
    return stored.getvalue()


def _words() -> dict[str, bytes]:
    """Like Speech Commands: a folder for each word, noise, and lists."""
    files = {
        f"./{word}/{speaker:08x}_nohash_0.wav": _recording(len(word) + 10 * speaker)
        for word in ("yes", "no")
        for speaker in range(3)
    }
    return {**files, "./_background_noise_/tap.wav": _recording(77), "./README.md": b"read"}


def item(publisher: Publisher, *, archive: bool = True, **changes: Any) -> Item:
    values: dict[str, Any] = {
        "name": "set",
        "title": "a set",
        "address": publisher.address,
        "source": "here",
        "licence": "free",
        "use": "thimble-cli new words --data PATH",
        "bytes": len(publisher.content),
        "sha256": hashlib.sha256(publisher.content).hexdigest(),
    }
    if archive:
        values |= {"unpacked_bytes": 1_000_000, "unpacked_files": 100}
    return Item(**{**values, **changes})


def get(
    wanted: Item, folder: Path, report: Any = discard, cancel: CancelToken | None = None
) -> Download:
    return download(wanted, folder, report=report, cancel=cancel or CancelToken())


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "_PAUSE_SECONDS", 0.0)


def test_an_archive_becomes_a_folder_that_can_be_learnt_from(tmp_path: Path) -> None:
    events: list[Event] = []
    with publishing(tar_of(_words())) as publisher:
        got = get(item(publisher), tmp_path / "new", events.append)
        assert got == Download(tmp_path / "new" / "set", was_here=False)
        listing = scan_folder(got.path, "audio")
        assert {file.label for file in listing.files} == {"yes", "no"}
        assert len({file.group for file in listing.files}) == 3
        assert [path.name for path in (tmp_path / "new").iterdir()] == ["set"]
        assert get(item(publisher), tmp_path / "new").was_here
    assert len(publisher.asked) == 1
    last = [event for event in events if isinstance(event, StageProgress)]
    assert any(event.done == event.total == len(publisher.content) / 1e6 for event in last)


def test_a_broken_line_goes_on_where_it_broke(tmp_path: Path) -> None:
    with publishing(WEIGHTS, breaks_after=[100_000, 50_000]) as publisher:
        got = get(item(publisher, archive=False), tmp_path)
    assert got.path.read_bytes() == WEIGHTS
    assert publisher.asked == ["", "bytes=100000-", "bytes=150000-"]
    assert sum(publisher.sent) == len(WEIGHTS)


def test_the_next_command_goes_on_where_the_last_one_gave_up(tmp_path: Path) -> None:
    with publishing(WEIGHTS, breaks_after=[70_000, 0, 0, 0, 0, 0]) as publisher:
        wanted = item(publisher, archive=False)
        with pytest.raises(DownloadFailed, match="connection broke") as caught:
            get(wanted, tmp_path)
        assert caught.value.facts["bytes_here"] == 70_000
        assert get(wanted, tmp_path).path.read_bytes() == WEIGHTS
    assert publisher.asked[-1] == "bytes=70000-"
    assert sum(publisher.sent) == len(WEIGHTS)
    assert [path.name for path in tmp_path.iterdir()] == ["set.tar.gz"]


def test_a_server_without_ranges_is_asked_from_the_beginning(tmp_path: Path) -> None:
    with publishing(WEIGHTS, breaks_after=[70_000], ranges=False) as publisher:
        assert get(item(publisher, archive=False), tmp_path).path.read_bytes() == WEIGHTS


def test_a_file_that_changed_meanwhile_is_not_joined_to_the_old_one(tmp_path: Path) -> None:
    with publishing(b"x" * len(WEIGHTS), breaks_after=[70_000, 0, 0, 0, 0, 0]) as publisher:
        with pytest.raises(DownloadFailed):
            get(item(publisher, archive=False), tmp_path)
        publisher.content, publisher.tag = WEIGHTS, '"two"'
        assert get(item(publisher, archive=False), tmp_path).path.read_bytes() == WEIGHTS


def test_what_is_whole_already_is_not_fetched_again(tmp_path: Path) -> None:
    with publishing(WEIGHTS) as publisher:
        (tmp_path / "set.tar.gz.part").write_bytes(WEIGHTS)
        assert get(item(publisher, archive=False), tmp_path).path.read_bytes() == WEIGHTS
    assert publisher.sent == []


def test_a_file_brought_by_hand_is_checked_and_used(tmp_path: Path) -> None:
    with publishing(tar_of(_words())) as publisher:
        (tmp_path / "set.tar.gz").write_bytes(publisher.content)
        assert (get(item(publisher), tmp_path).path / "README.md").read_bytes() == b"read"
    assert publisher.asked == []


@pytest.mark.parametrize("key", ["sha256", "sha256_starts"])
def test_another_file_than_announced_is_deleted(key: str, tmp_path: Path) -> None:
    right = hashlib.sha256(WEIGHTS).hexdigest()
    wrong = ("0" if right[0] != "0" else "1") + right[1:]
    announced = {"sha256": wrong} if key == "sha256" else {"sha256": "", key: wrong[:8]}
    with publishing(WEIGHTS) as publisher:
        with pytest.raises(DownloadFailed, match="checksum differs"):
            get(item(publisher, archive=False, **announced), tmp_path)
        assert list(tmp_path.iterdir()) == []
        good = {"sha256": "", "sha256_starts": right[:8]}
        get(item(publisher, archive=False, **good), tmp_path)


def test_no_more_is_taken_than_was_announced(tmp_path: Path) -> None:
    with publishing(WEIGHTS) as publisher, pytest.raises(DownloadFailed, match=r"more than the 0\.1 MB"):
        get(item(publisher, archive=False, bytes=0, bytes_at_most=100_000), tmp_path)


@pytest.mark.parametrize(("status", "times"), [(404, 1), (503, 5)])
def test_refusals_name_the_answer(status: int, times: int, tmp_path: Path) -> None:
    with publishing(WEIGHTS, status=status) as publisher:
        with pytest.raises(DownloadFailed, match=str(status)) as caught:
            get(item(publisher, archive=False), tmp_path)
        assert len(publisher.asked) == times
    assert caught.value.exit_code == 3
    assert caught.value.hint


def test_without_a_connection_the_way_out_is_named(tmp_path: Path) -> None:
    with publishing(WEIGHTS) as publisher:
        wanted = item(publisher, archive=False)
    with pytest.raises(DownloadFailed, match="cannot be reached") as caught:
        get(wanted, tmp_path)
    assert str(tmp_path / "set.tar.gz") in caught.value.hint


def test_redirects_are_followed_but_not_to_files(tmp_path: Path) -> None:
    with publishing(WEIGHTS) as publisher, publishing(b"", moved_to=publisher.address) as door:
        wanted = item(publisher, archive=False, address=door.address)
        assert get(wanted, tmp_path / "one").path.read_bytes() == WEIGHTS
        door.moved_to = "file:///etc/hostname"
        with pytest.raises(DownloadFailed):
            get(wanted, tmp_path / "two")


def test_a_silent_line_does_not_delay_the_wish_to_stop(tmp_path: Path) -> None:
    cancel, part = CancelToken(), tmp_path / "set.tar.gz.part"

    def stop() -> None:
        while not (part.exists() and part.stat().st_size):
            time.sleep(0.01)
        cancel.cancel()

    with publishing(WEIGHTS, silent_after=120_000) as publisher:
        wanted = item(publisher, archive=False)
        stopper = threading.Thread(target=stop)
        stopper.start()
        with pytest.raises(Cancelled):
            get(wanted, tmp_path, discard, cancel)
        stopper.join()
        here = part.stat().st_size
        assert 0 < here <= 120_000
        publisher.silent_after = None
        assert get(wanted, tmp_path).path.read_bytes() == WEIGHTS
    assert publisher.asked[-1] == f"bytes={here}-"


def test_unpacking_can_be_stopped_and_goes_on(tmp_path: Path) -> None:
    cancel = CancelToken()

    def report(event: Event) -> None:
        if isinstance(event, LogLine) and event.text.startswith("Unpacking"):
            cancel.cancel()

    with publishing(tar_of(_words())) as publisher:
        with pytest.raises(Cancelled):
            get(item(publisher), tmp_path, report, cancel)
        assert not (tmp_path / "set").exists()
        partly = tmp_path / ".set.part" / "yes"
        partly.mkdir(parents=True, exist_ok=True)
        (partly / "00000000_nohash_0.wav").write_bytes(b"half")
        folder = get(item(publisher), tmp_path).path
        assert (folder / "yes" / "00000000_nohash_0.wav").stat().st_size > 1000
    assert len(publisher.asked) == 1


def _as(kind: bytes, target: str = "") -> Any:
    def change(entry: tarfile.TarInfo) -> None:
        entry.type, entry.linkname, entry.size = kind, target, 0

    return change


SLIPS = {
    "above": tar_of({"good/a.wav": b"a", "../evil": b"evil"}),
    "within": tar_of({"good/../../evil": b"evil"}),
    "absolute": tar_of({"/thimble-evil": b"evil"}),
    "drive": tar_of({"C:evil": b"evil"}),
    "backslash": tar_of({"..\\evil": b"evil"}),
    "symbolic link": tar_of({"evil": b""}, change=_as(tarfile.SYMTYPE, "..")),
    "hard link": tar_of({"evil": b""}, change=_as(tarfile.LNKTYPE, "../evil")),
    "device": tar_of({"evil": b""}, change=_as(tarfile.CHRTYPE)),
}


def _zip(name: str, content: bytes, mode: int = stat.S_IFREG) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo(name)
        info.external_attr = (mode | 0o644) << 16
        archive.writestr(info, content, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


SLIPS["zip above"] = _zip("../evil", b"evil")
SLIPS["zip link"] = _zip("evil", b"..", stat.S_IFLNK)


@pytest.mark.parametrize("slip", SLIPS)
def test_nothing_slips_out_of_the_folder(slip: str, tmp_path: Path) -> None:
    home = tmp_path / "a" / "b"
    with (
        publishing(SLIPS[slip]) as publisher,
        pytest.raises(DownloadFailed, match="outside itself|link or a device"),
    ):
        get(item(publisher), home)
    assert not [path for path in tmp_path.rglob("*") if "evil" in path.name]
    assert not (home / "set").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (tar_of({"zeros": bytes(2_000_000)}), "unpacks to more than 1 MB"),
        (_zip("zeros", bytes(2_000_000)), "unpacks to more than 1 MB"),
        (tar_of({f"{n}": b"" for n in range(101)}), "more than 100 entries"),
        (tar_of(_words())[:-200], "is damaged"),
        (WEIGHTS, "is damaged"),
        (b"\x1f\x8b" + WEIGHTS, "is damaged"),
    ],
    ids=["tar bomb", "zip bomb", "many", "cut", "noise", "half gzip"],
)
def test_archives_that_are_not_as_announced_are_refused(
    content: bytes, words: str, tmp_path: Path
) -> None:
    with publishing(content) as publisher, pytest.raises(DownloadFailed, match=words):
        get(item(publisher), tmp_path)
    assert not (tmp_path / "set").exists()


def test_a_zip_is_unpacked_too(tmp_path: Path) -> None:
    with publishing(_zip("yes/a.wav", b"sound")) as publisher:
        assert (get(item(publisher), tmp_path).path / "yes" / "a.wav").read_bytes() == b"sound"


def test_a_disk_without_room_is_told_before_anything_is_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=500_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with publishing(tar_of(_words())) as publisher:
        with pytest.raises(DownloadFailed, match=r"needs 1 MB .* has 0 MB|needs 1 MB") as caught:
            get(item(publisher), tmp_path)
        assert publisher.asked == []
    assert "--folder" in caught.value.hint


@pytest.mark.parametrize("where", ["fetching", "unpacking"])
def test_a_disk_that_fills_up_loses_nothing(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writing into the file fails as on a full disk; afterwards there is room again."""
    real, full = Path.open, [True]

    def opened(path: Path, mode: str = "r", *rest: Any, **named: Any) -> Any:
        names = ".part" if where == "fetching" else ".wav"
        if full[0] and path.name.endswith(names) and mode[0] in "aw":
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, mode, *rest, **named)

    monkeypatch.setattr(Path, "open", opened)
    with publishing(tar_of(_words())) as publisher:
        with pytest.raises(DownloadFailed, match="No space left") as caught:
            get(item(publisher), tmp_path)
        assert "Make room" in caught.value.hint
        full[0] = False
        assert get(item(publisher), tmp_path).path.is_dir()


def test_everything_in_the_catalogue_is_announced_in_full() -> None:
    items = catalogue()
    assert {"speech-commands", "resnet-50-torchvision"} <= {entry.name for entry in items}
    for entry in items:
        assert entry.address.startswith("https://")
        assert entry.licence
        assert entry.source
        assert "PATH" in entry.use
        # the publishers put the checksum's start into the file's name
        assert not entry.sha256_starts or f"-{entry.sha256_starts}." in entry.file_name


@pytest.mark.parametrize(
    "changes",
    [
        {"address": "ftp://example.org/a.zip"},
        {"address": "https://example.org/"},
        {"sha256": "", "sha256_starts": "12"},
        {"sha256": "zz" * 32},
        {"bytes": 0},
    ],
)
def test_a_wrong_entry_of_the_catalogue_is_found(changes: dict[str, Any]) -> None:
    with pytest.raises(EngineError, match="wrong at set"):
        item(Publisher(b"x", address="http://127.0.0.1/x"), **changes)


def test_the_command_lists_fetches_and_says_what_uses_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with publishing(tar_of(_words())) as publisher:
        wanted = item(publisher)
        lines = [f"{k} = {v!r}" for k, v in vars(wanted).items() if k != "name"]
        listed = tmp_path / "downloads.toml"
        listed.write_text("[set]\n" + "\n".join(lines) + "\n")
        monkeypatch.setattr("engine.data.downloads.items.resource", lambda *_: listed)
        said: list[Event] = []
        arguments = {"verb": "download", "name": None, "folder": None}
        perform(arguments, report=said.append, cancel=CancelToken())
        perform(
            {**arguments, "name": "set", "folder": str(tmp_path / "my data")},
            report=said.append,
            cancel=CancelToken(),
        )
        with pytest.raises(UsageError, match="nothing to download called lot"):
            perform({**arguments, "name": "lot"}, report=discard, cancel=CancelToken())
    row, got = (event.values for event in said if isinstance(event, Result))
    assert (row["name"], row["licence"]) == ("set", "free")
    assert got["use"] == f'thimble-cli new words --data "{tmp_path / "my data" / "set"}"'
    assert Path(got["path"]).is_dir()


def test_unpacking_tells_how_far_it_is(tmp_path: Path) -> None:
    archive = tmp_path / "a.tar.gz"
    archive.write_bytes(tar_of(_words()))
    told: list[tuple[int, int]] = []
    unpack.unpack(
        archive,
        tmp_path / "out",
        most_bytes=10**6,
        most_files=50,
        progress=lambda done, total: told.append((done, total)),
        cancel=CancelToken(),
    )
    assert {total for _, total in told} == {archive.stat().st_size}
    assert all(a <= b for (a, _), (b, _) in zip(told, told[1:], strict=False))
