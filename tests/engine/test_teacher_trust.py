"""Files that may hold code: asked for trust wherever one is named, and read once it is given."""

from __future__ import annotations

import warnings
import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn

from engine import pipeline
from engine.cli import parser
from engine.errors import BadInputFile
from engine.events import CancelToken, Result, discard
from engine.file_code import may_hold_code
from engine.project import Project, open_project
from engine.recipe import DistillStep, Recipe
from engine.verbs import perform
from tests.helpers.projects import QUICK, with_steps

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")


def network() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 10)).eval()


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """TorchScript for the built-in digits."""
    path = tmp_path_factory.mktemp("my models") / "teacher.pt"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.jit.script(network()).save(str(path))
    return path


def command(*words: str) -> list[dict]:
    events: list = []
    perform(vars(parser().parse_args(list(words))), report=events.append, cancel=CancelToken())
    return [event.values for event in events if isinstance(event, Result)]


def test_verify_names_the_option_and_reads_with_it(script: Path) -> None:
    with pytest.raises(BadInputFile) as caught:
        command("verify", str(script))
    assert f'thimble-cli verify "{script}" --trust' in caught.value.hint
    rows = command("verify", str(script), "--trust", "--input-shape", "1,8,8")
    assert {"ONNX Runtime", "TFLite Micro"} <= {row["to"] for row in rows}
    assert all(row["passed"] for row in rows)


def test_import_and_new_name_their_own_command(script: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInputFile) as caught:
        command("import", str(script))
    assert f'thimble-cli import "{script}" --trust' in caught.value.hint
    with pytest.raises(BadInputFile) as caught:
        command("new", str(tmp_path / "p"), "--network", str(script))
    assert f'thimble-cli new {tmp_path / "p"} --network "{script}" --trust' in caught.value.hint


def test_a_teacher_that_may_hold_code_is_refused_when_it_is_named(
    trained: Project, script: Path, tmp_path: Path
) -> None:
    project = with_steps(trained, tmp_path)
    place = str(project.folder)
    with pytest.raises(BadInputFile) as caught:
        command("recipe", "add", place, "distill", f"teacher={script}")
    assert f'trusted_teacher="{script}"' in caught.value.hint
    assert len(open_project(project.folder).recipe.steps) == 1
    command("recipe", "add", place, "distill", f"teacher={script}", f"trusted_teacher={script}")
    step = open_project(project.folder).recipe.steps[-1]
    assert isinstance(step, DistillStep)
    assert step.trusts(str(script))
    other = script.with_name("other.pt2")
    other.write_bytes(b"")
    with pytest.raises(BadInputFile):  # trust is in one file, not in whatever comes after it
        command("recipe", "set", place, "2", f"teacher={other}")


def test_a_recipe_written_by_hand_is_refused_by_the_run_and_teaches_once_trusted(
    trained: Project, script: Path, tmp_path: Path
) -> None:
    step = DistillStep(teacher=str(script), epochs=1, compare_alone=False)
    project = with_steps(trained, tmp_path, step)
    with pytest.raises(BadInputFile) as caught:
        pipeline.run(project, until="step-2-distill", report=discard, cancel=CancelToken())
    told = f'thimble-cli recipe set {project.folder} 2 "trusted_teacher={script}"'
    assert told in caught.value.hint
    words = ["recipe", "set", str(project.folder), "2", f"trusted_teacher={script}"]
    command(*words)
    project = open_project(project.folder)
    assert 'trusted_teacher = "' in project.recipe.to_toml()
    pipeline.run(project, until="step-2-distill", report=discard, cancel=CancelToken())
    (state,) = [s for s in pipeline.readiness(project) if s.stage == "step-2-distill"]
    assert state.state == "done"
    assert Recipe.from_toml(project.recipe.to_toml()) == Recipe((QUICK, project.recipe.steps[1]))


def test_only_files_with_code_in_them_ask_for_trust(script: Path, tmp_path: Path) -> None:
    weights = tmp_path / "weights.pt"
    torch.save(network().state_dict(), weights)
    assert not may_hold_code(weights)
    assert may_hold_code(script)
    renamed = tmp_path / "renamed.pth"
    renamed.write_bytes(script.read_bytes())
    assert may_hold_code(renamed)
    (tmp_path / "program.pt2").write_bytes(b"whatever")
    assert may_hold_code(tmp_path / "program.pt2")
    (tmp_path / "broken.pt").write_bytes(script.read_bytes()[:-40])
    assert not may_hold_code(tmp_path / "broken.pt")
    assert not may_hold_code(tmp_path / "gone.pt")
    assert not may_hold_code(tmp_path)


def test_an_endless_list_of_names_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "names.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a", b"")
    content = bytearray(path.read_bytes())
    place = content.rfind(b"PK\5\6")
    content[place + 12 : place + 16] = (1 << 31).to_bytes(4, "little")
    path.write_bytes(content)
    assert may_hold_code(path)
