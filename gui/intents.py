"""What a page asks for. Pages emit these through `Page.intent`; only the window acts on them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.data.spec import DataSpec
from engine.recipe import Recipe


@dataclass(frozen=True)
class OpenPage:
    """Go to a page: model, board, compress, train, verify, fit or live.

    `by_keyboard` also puts the focus on the page's first setting.
    """

    key: str
    by_keyboard: bool = False


@dataclass(frozen=True)
class DoNext:
    """Do the one next action of the page in view, which its footer names."""


@dataclass(frozen=True)
class RunUntil:
    """Run the pipeline up to a stage (`verify`, `board-run`, a `step-...`), then stay on the page.

    `to_the_end`: trainings that were ended early go on to their ends; `again`: the stage runs even if
    its result is there.
    """

    stage: str
    to_the_end: bool = False
    again: bool = False


@dataclass(frozen=True)
class CancelJob:
    """Stop the running job at its next safe point."""


@dataclass(frozen=True)
class PauseJob:
    """Let the running job rest at its next safe point, or go on."""

    on: bool


@dataclass(frozen=True)
class KeepBest:
    """End the running training with its best weights so far; the job goes on with the next step."""


@dataclass(frozen=True)
class StartSearch:
    """Search for the best network on the board until so many are trained."""

    trials: int


@dataclass(frozen=True)
class TakeCandidate:
    """Give the recipe what a search has found; `row` is what the engine's `search` said of it."""

    row: dict[str, object]


@dataclass(frozen=True)
class ChooseTask:
    """Start from a ready-made task: keywords, images, anomaly or vibration."""

    task: str


@dataclass(frozen=True)
class ChooseModelFile:
    """Ask for a model file with a dialog."""


@dataclass(frozen=True)
class OpenModelFile:
    """Look at this model file, or a SavedModel's folder.

    Attributes:
        path: of the file or folder.
        trust: code in it may run, confined.
        input_shape: of one input without batch, channels first, where the file does not say it.
    """

    path: Path
    trust: bool = False
    input_shape: tuple[int, ...] = ()


@dataclass(frozen=True)
class ChooseModelFolder:
    """Ask for the folder of a SavedModel with a dialog."""


@dataclass(frozen=True)
class UseModel:
    """Make a project of the model that was looked at."""


@dataclass(frozen=True)
class PutModelAway:
    """Forget the model that was looked at."""


@dataclass(frozen=True)
class ChangeMeaning:
    """Set what the model's numbers mean; the keys are those of `engine.meaning.set_by`."""

    values: dict[str, object]


@dataclass(frozen=True)
class DismissProblem:
    """The error was read; show it no more."""


@dataclass(frozen=True)
class ChooseData:
    """Ask for a folder of samples with a dialog, or for one `file` that holds them all."""

    file: bool = False


@dataclass(frozen=True)
class LookAtData:
    """Look at the data set in use: samples, balance, what is wrong."""


@dataclass(frozen=True)
class ShowExamples:
    """Get these samples of the project's data set, see `engine.examples.Example.origin`."""

    origins: tuple[str, ...]


@dataclass(frozen=True)
class PlaySound:
    """Play a sound given as base64 of a WAV file, or stop it if it is the one that is heard."""

    key: str
    wav: str


@dataclass(frozen=True)
class ChangeData:
    """Learn from the same examples with these settings."""

    data: DataSpec


@dataclass(frozen=True)
class GoWithoutData:
    """Convert the model that was looked at as it is, without training."""


@dataclass(frozen=True)
class ChooseProject:
    """Ask for a project folder with a dialog."""


@dataclass(frozen=True)
class OpenProject:
    """Open this project folder."""

    folder: Path


@dataclass(frozen=True)
class ChooseBoard:
    """Fit the model to this board."""

    board_id: str


@dataclass(frozen=True)
class ChooseLink:
    """Reach the board this way: `virtual`, a serial port, `socket://...`."""

    link: str


@dataclass(frozen=True)
class ChooseFeaturePlace:
    """Let the `host` or the `board` turn sound into features."""

    place: str


@dataclass(frozen=True)
class FindBoards:
    """Look for connected boards again."""


@dataclass(frozen=True)
class ChangeRecipe:
    """Put this recipe in place of the present one; undoable."""

    recipe: Recipe


@dataclass(frozen=True)
class Undo:
    """Take back the last change of the recipe."""


@dataclass(frozen=True)
class Redo:
    """Make the change of the recipe again that was taken back last."""


@dataclass(frozen=True)
class ChangeBudget:
    """Change one budget: flash_bytes, ram_bytes, latency_ms or accuracy (a fraction); None clears it."""

    name: str
    value: float | None


@dataclass(frozen=True)
class EditBudgets:
    """Open the budgets for editing."""


@dataclass(frozen=True)
class Connect:
    """Open the live link to the board."""


@dataclass(frozen=True)
class Disconnect:
    """Close the live link."""


@dataclass(frozen=True)
class PlayInputs:
    """Send the test set to the board, one input each `interval_ms`."""

    interval_ms: int = 500


@dataclass(frozen=True)
class ChooseInput:
    """Feed the board from `clips`, by `hand`, or from the `microphone` of this name, "" the default."""

    source: str
    device: str = ""


@dataclass(frozen=True)
class SendInput:
    """Run one input, the bytes of all its tensors, once."""

    data: bytes


@dataclass(frozen=True)
class RunFreely:
    """Let the board run by itself, `rate_hz` inferences a second; 0 stops it."""

    rate_hz: float


@dataclass(frozen=True)
class RecordLive:
    """Record the live frames to a file chosen by dialog, or stop recording."""

    on: bool


@dataclass(frozen=True)
class SaveText:
    """Save text (CSV) to a file chosen by dialog."""

    suggested_name: str
    text: str


@dataclass(frozen=True)
class SaveReport:
    """Write the report of the verification to a file chosen by dialog."""

    suggested_name: str


@dataclass(frozen=True)
class ForgetReport:
    """Put away the words about the last saved report."""


@dataclass(frozen=True)
class OpenFile:
    """Open a file with the program that the system has for it."""

    path: Path


@dataclass(frozen=True)
class SaveImage:
    """Save a picture (a QImage) to a PNG chosen by dialog."""

    suggested_name: str
    image: object


@dataclass(frozen=True)
class CopyText:
    """Put text on the clipboard."""

    text: str


@dataclass(frozen=True)
class ResetBoard:
    """Restart the board."""


@dataclass(frozen=True)
class SetTheme:
    """Show the window in these colours: dark, light or system."""

    mode: str


@dataclass(frozen=True)
class SetLanguage:
    """Say everything in this language, a key of `gui.translation.LANGUAGES`, or system."""

    choice: str


@dataclass(frozen=True)
class PlayDemo:
    """Play the whole path by itself."""


@dataclass(frozen=True)
class ShowBooth:
    """Go to booth mode: full screen, for visitors."""


@dataclass(frozen=True)
class ShowCommands:
    """Show or close the command palette."""


@dataclass(frozen=True)
class ShowKeys:
    """Show or close the sheet of keys."""


@dataclass(frozen=True)
class ShowTour:
    """Show the short tour of the window from its start, or close it."""


@dataclass(frozen=True)
class ShowDoctor:
    """Show or close the check of this computer."""


@dataclass(frozen=True)
class CheckMachine:
    """Look again at what this computer has and lacks."""


Intent = (
    OpenPage | RunUntil | CancelJob | PauseJob | ChooseTask | ChooseModelFile | ChooseModelFolder
    | KeepBest
    | OpenModelFile | UseModel | PutModelAway | ChangeMeaning | DismissProblem | ChooseData | ChangeData
    | GoWithoutData | ChooseProject | OpenProject | ChooseBoard | ChooseLink | FindBoards | ChangeRecipe
    | ChangeBudget | EditBudgets | Connect | Disconnect | PlayInputs | RunFreely | RecordLive | SaveText
    | SaveImage | LookAtData | ShowExamples | PlaySound | SaveReport | ForgetReport | OpenFile
    | CopyText | ResetBoard | StartSearch | TakeCandidate | ChooseInput | SendInput
    | ChooseFeaturePlace
    | DoNext | Undo | Redo | SetTheme | SetLanguage | PlayDemo | ShowBooth
    | ShowCommands | ShowKeys | ShowTour | ShowDoctor | CheckMachine
)  # fmt: skip
