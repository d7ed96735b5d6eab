import json
import threading

import filelock
import pytest

from engine.data.spec import DataSpec
from engine.errors import BadInputFile, UsageError
from engine.project import create_project, open_project, run_lock
from engine.recipe import QuantizeStep, Recipe, TrainStep


def test_what_was_saved_is_what_is_opened(tmp_path):
    recipe = Recipe((TrainStep(epochs=3, augment=False), QuantizeStep(calibration_samples=150)))
    data = DataSpec(source="builtin:digits", task="images")
    made = create_project(
        tmp_path / "my model", task="images", board_id="stm32f407", network="resnet8", data=data,
        recipe=recipe,
    )  # fmt: skip
    opened = open_project(made.folder)
    assert opened == made
    assert opened.folder.name == "my model.thimble"


def test_model_file_is_copied_into_the_project(tmp_path):
    source = tmp_path / "net.tflite"
    source.write_bytes(b"abc")
    project = create_project(tmp_path / "p", task="keywords", model_file=source)
    source.unlink()
    assert project.is_finished_model
    assert project.model_path.read_bytes() == b"abc"


def test_existing_folder_is_not_overwritten(tmp_path):
    create_project(tmp_path / "p", task="keywords")
    with pytest.raises(UsageError, match="already exists"):
        create_project(tmp_path / "p", task="keywords")


def test_saving_keeps_the_previous_copy(tmp_path):
    project = create_project(tmp_path / "p", task="keywords")
    project.board_id = "stm32f407"
    project.save()
    previous = json.loads((project.folder / "project.previous.json").read_text())
    assert previous["board_id"] == ""
    assert open_project(project.folder).board_id == "stm32f407"


def test_damaged_project_names_the_way_back(tmp_path):
    project = create_project(tmp_path / "p", task="keywords")
    (project.folder / "project.json").write_text('{"format_version": 1, "na')
    with pytest.raises(BadInputFile) as caught:
        open_project(project.folder)
    assert "project.previous.json" in caught.value.hint


def test_newer_format_is_refused_in_words(tmp_path):
    project = create_project(tmp_path / "p", task="keywords")
    document = json.loads((project.folder / "project.json").read_text())
    document["format_version"] = 99
    (project.folder / "project.json").write_text(json.dumps(document))
    with pytest.raises(BadInputFile, match="newer Thimble"):
        open_project(project.folder)


def test_folder_that_is_no_project(tmp_path):
    with pytest.raises(BadInputFile, match="not a Thimble project"):
        open_project(tmp_path)


def test_failed_save_leaves_the_old_project(tmp_path, monkeypatch):
    project = create_project(tmp_path / "p", task="keywords")

    def disk_full(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("engine.project.os.fsync", disk_full)
    project.board_id = "stm32f407"
    with pytest.raises(UsageError, match="No space left"):
        project.save()
    assert open_project(project.folder).board_id == ""
    assert not [p for p in project.folder.iterdir() if p.name.startswith(".")]


def test_two_runs_at_once_are_refused(tmp_path):
    project = create_project(tmp_path / "p", task="keywords")
    held, release = threading.Event(), threading.Event()

    def hold():
        with filelock.FileLock(project.folder / "run.lock"):
            held.set()
            release.wait(10)

    other = threading.Thread(target=hold)
    other.start()
    assert held.wait(10)
    try:
        with pytest.raises(UsageError, match="Another run"), run_lock(project):
            pass
    finally:
        release.set()
        other.join()
    with run_lock(project):
        pass


def test_who_makes_the_features_is_kept(tmp_path):
    project = create_project(tmp_path / "p", task="keywords", front_end="board")
    assert open_project(project.folder).front_end == "board"
    path = project.folder / "project.json"
    document = json.loads(path.read_text())
    del document["front_end"]  # saved before there was a choice
    path.write_text(json.dumps(document))
    assert open_project(project.folder).front_end == "host"
    path.write_text(json.dumps({**document, "front_end": "cloud"}))
    with pytest.raises(BadInputFile, match="cloud"):
        open_project(project.folder)
    path.write_text(json.dumps({**document, "counts_per_unit": 0}))
    with pytest.raises(UsageError, match="0 counts"):
        open_project(project.folder)
    path.write_text(json.dumps({**document, "counts_per_unit": "many"}))
    with pytest.raises(BadInputFile, match="many"):
        open_project(project.folder)


def test_features_that_no_board_makes_are_refused_before_a_folder_is_made(tmp_path):
    own = DataSpec(source=str(tmp_path / "own.npz"), task="keywords")
    for task, data in (("images", None), ("", None), ("keywords", own)):
        with pytest.raises(UsageError):
            create_project(tmp_path / "p", task=task, data=data, front_end="board")
    with pytest.raises(UsageError, match="cloud"):
        create_project(tmp_path / "p", task="keywords", front_end="cloud")
    assert not list(tmp_path.iterdir())
