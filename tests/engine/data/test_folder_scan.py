from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.data.folder_scan import scan_folder
from engine.errors import BadInputFile
from tests.engine.data.recordings import write_picture, write_tone, write_words
from tests.helpers.shared_data import shared_data


def test_one_sub_folder_for_each_class(tmp_path: Path) -> None:
    write_words(tmp_path, count=2)
    (tmp_path / "README.md").write_text("not a recording")
    files = scan_folder(tmp_path, "audio").files
    assert [(file.label, file.group) for file in files] == [("high", "")] * 2 + [("low", "")] * 2


def test_folders_of_splits_are_kept(tmp_path: Path) -> None:
    for split in ("train", "test"):
        for name in ("cat", "dog"):
            write_picture(tmp_path / split / name / f"{split}{name}.png", 99)
    files = scan_folder(tmp_path, "image").files
    assert {(file.split, file.label) for file in files} == {
        ("train", "cat"),
        ("train", "dog"),
        ("test", "cat"),
        ("test", "dog"),
    }


@pytest.mark.parametrize("folders", [True, False])
def test_names_that_carry_label_and_speaker(tmp_path: Path, folders: bool) -> None:
    for speaker in ("ann", "bob"):
        for label in ("yes", "no"):
            home = tmp_path / speaker if folders else tmp_path
            write_tone(home / f"{label}_{speaker}_0.wav", 440)
    files = scan_folder(tmp_path, "audio").files
    assert {(file.label, file.group) for file in files} == {
        ("yes", "ann"),
        ("yes", "bob"),
        ("no", "ann"),
        ("no", "bob"),
    }


def test_speakers_of_speech_commands_are_read_from_the_names() -> None:
    files = scan_folder(shared_data("speech", "speech_commands"), "audio").files
    assert len({file.label for file in files}) == 12
    for file in files:
        if "_nohash_" in file.path.name:
            assert file.group == file.path.stem.split("_nohash_")[0].split("_")[-1]
        else:
            assert file.label == "_silence_"


def test_spoken_digits_are_labelled_by_digit_not_by_speaker() -> None:
    files = scan_folder(shared_data("speech", "fsdd"), "audio").files
    assert {file.label for file in files} == set("0123456789")
    assert {file.group for file in files} == {"george", "jackson", "nicolas", "theo"}


def test_a_running_number_through_all_classes_groups_rounds(tmp_path: Path) -> None:
    # Three people show three signs each, one after the other; the second one leaves out sign b.
    for number, label in enumerate("abc" + "ac" + "abc", start=100):
        write_picture(tmp_path / label / f"img_{number}.png", number)
    groups = {int(f.path.stem[4:]): f.group for f in scan_folder(tmp_path, "image").files}
    rounds = [groups[number] for number in range(100, 108)]
    assert rounds == [rounds[0]] * 3 + [rounds[3]] * 2 + [rounds[5]] * 3
    assert len(set(rounds)) == 3


def test_copies_pointers_and_empty_files_are_left_out_and_named(tmp_path: Path) -> None:
    write_words(tmp_path, count=4)
    shutil.copy(tmp_path / "high" / "high noa.wav", tmp_path / "low" / "copy.wav")
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n"
    (tmp_path / "low" / "pointer.wav").write_text(pointer)
    (tmp_path / "low" / "nothing.wav").touch()
    listing = scan_folder(tmp_path, "audio")
    assert len(listing.files) == 8
    problems = "\n".join(listing.problems)
    assert "low/copy.wav is a copy of high/high noa.wav although their classes differ" in problems
    assert "low/pointer.wav is a Git LFS pointer" in problems
    assert "low/nothing.wav is empty (0 bytes)" in problems


def test_background_noise_is_not_a_class(tmp_path: Path) -> None:
    write_words(tmp_path, count=2)
    write_tone(tmp_path / "_background_noise_" / "tap.wav", 50)
    listing = scan_folder(tmp_path, "audio")
    assert {file.label for file in listing.files} == {"high", "low"}
    assert "_background_noise_" in listing.problems[0]


def test_an_empty_class_folder_is_named(tmp_path: Path) -> None:
    write_words(tmp_path)
    (tmp_path / "middle").mkdir()
    with pytest.raises(BadInputFile, match="middle holds no recording") as caught:
        scan_folder(tmp_path, "audio")
    assert "delete the folder" in caught.value.hint


@pytest.mark.parametrize(
    ("classes", "message"),
    [(("only",), "only one class, only"), ((), "holds no recording")],
)
def test_too_few_classes_are_refused(tmp_path: Path, classes: tuple[str, ...], message: str) -> None:
    write_words(tmp_path, classes=classes)
    with pytest.raises(BadInputFile, match=message):
        scan_folder(tmp_path, "audio")


def test_files_without_class_folders_are_refused(tmp_path: Path) -> None:
    write_tone(tmp_path / "one.wav", 100)
    write_tone(tmp_path / "two.wav", 100)
    with pytest.raises(BadInputFile, match="2 files but no class folders"):
        scan_folder(tmp_path, "audio")


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInputFile, match="no folder"):
        scan_folder(tmp_path / "absent", "audio")


def test_the_hash_follows_content_and_names(tmp_path: Path) -> None:
    write_words(tmp_path / "one", count=2)
    shutil.copytree(tmp_path / "one", tmp_path / "two")
    first = scan_folder(tmp_path / "one", "audio").content_hash
    assert scan_folder(tmp_path / "two", "audio").content_hash == first
    write_tone(tmp_path / "two" / "low" / "low noa.wav", 999)
    assert scan_folder(tmp_path / "two", "audio").content_hash != first
