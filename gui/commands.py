"""Everything the window can do now, by name: one list for the command palette and the shortcuts.

A command holds the intent that a button would emit; `MainWindow.act` alone carries it out.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PySide6.QtCore import QCoreApplication

from engine.boards import board_ids, load_board
from gui import intents
from gui.engine_words import engine_words
from gui.live_input import takes_sound
from gui.pages.page import PAGE_KEYS, Footer
from gui.project_model import ProjectModel
from gui.recent_projects import project_name
from gui.saved_report import suggested_name
from gui.statuses import why_not_keep_best
from gui.theme import theme
from gui.translation import LANGUAGES, language
from gui.widgets.search_panel import trials_offered
from gui.widgets.task_card import TASKS, task_words

KEYS: dict[intents.Intent, tuple[str, ...]] = {
    **{
        intents.OpenPage(key, by_keyboard=True): (f"Ctrl+{number}",)
        for number, key in enumerate(PAGE_KEYS, start=1)
    },
    intents.DoNext(): ("Ctrl+Enter", "Ctrl+Return"),
    intents.ShowCommands(): ("Ctrl+K",),
    intents.ChooseModelFile(): ("Ctrl+O",),
    intents.ChooseProject(): ("Ctrl+Shift+O",),
    intents.Undo(): ("Ctrl+Z",),
    intents.Redo(): ("Ctrl+Shift+Z",),
    intents.ShowKeys(): ("F1", "?"),
    intents.PlayDemo(): ("F11",),
}


@dataclass(frozen=True)
class Command:
    """One thing to do.

    Attributes:
        words: verb and object, translated.
        intent: what is asked of the window.
        icon: its name.
        reason: why it cannot be done now, one sentence; '' if it can.
        english: the words in English, which find it in every language.
        keys: its shortcut, '' for none.
    """

    words: str
    intent: intents.Intent
    icon: str
    reason: str = ""
    english: str = ""
    keys: str = ""


def commands(
    model: ProjectModel, *, busy: bool, footer: Footer, recent: Sequence[Path] = ()
) -> list[Command]:
    """All commands, in the language in force.

    Args:
        model: the state of the project.
        busy: a job runs or waits for its board.
        footer: of the page in view; its action comes first.
        recent: folders of projects opened before, the latest first.
    """

    def tr(text: str) -> str:
        return QCoreApplication.translate("Commands", text)

    translated = _list(model, busy, footer, recent, tr)
    english = _list(model, busy, footer, recent, str)
    return [
        replace(command, english=same.words, keys=KEYS.get(command.intent, ("",))[0])
        for command, same in zip(translated, english, strict=True)
    ]


def matching(found: Iterable[Command], query: str) -> list[Command]:
    """The commands that hold every word of `query`, in any order; what can be done comes first.

    Chinese is written without spaces: a word in it is also found if all of its characters are there.
    """
    words = _plain(query).split()
    kept = [(command, _plain(f"{command.words} {command.english}")) for command in found]
    kept = [(command, text) for command, text in kept if all(_holds(text, word) for word in words)]

    def rank(entry: tuple[Command, str]) -> tuple[bool, bool]:
        command, text = entry
        return bool(command.reason), bool(words) and not text.startswith(" ".join(words))

    return [command for command, _ in sorted(kept, key=rank)]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _holds(text: str, word: str) -> bool:
    chinese = any("\u3400" <= character <= "\u9fff" for character in word)
    return word in text or (chinese and all(character in text for character in word))


def _list(
    model: ProjectModel,
    busy: bool,
    footer: Footer,
    recent: Sequence[Path],
    tr: Callable[[str], str],
) -> list[Command]:
    no_project = "" if model.project is not None else tr("Open a model or a project first.")
    at_work = tr("Wait for the running job, or stop it.") if busy else ""
    found: list[Command] = []
    if footer.action:
        words = tr("Next: {action}").format(action=footer.action)
        reason = "" if footer.intent is not None else footer.hint or at_work or no_project
        found.append(Command(words, intents.DoNext(), footer.icon, reason))
    if model.job is not None and model.job.running:
        words = tr("Stop the running job; what is finished is kept")
        reason = tr("It is stopping.") if model.job.cancelling else ""
        found.append(Command(words, intents.CancelJob(), "stop", reason))
        if model.job.paused:
            words = tr("Continue the paused job")
            found.append(Command(words, intents.PauseJob(on=False), "play", reason))
        elif model.job.trains:
            words = tr("Pause the training")
            found.append(Command(words, intents.PauseJob(on=True), "pause", reason))
        if model.job.trains:
            words = tr("Stop this training here and keep the best")
            found.append(Command(words, intents.KeepBest(), "flag", why_not_keep_best(model)))
    found += _pages(tr)
    found += _files(model, at_work, no_project, tr)
    for folder in recent:
        opened = model.project is not None and model.project.folder == folder
        words = tr("Open again: {name}").format(name=project_name(folder))
        reason = tr("It is open.") if opened else at_work
        found.append(Command(words, intents.OpenProject(folder), "restart", reason))
    found += _runs(model, at_work, no_project, tr)
    found += _boards(model, no_project, tr)
    found += _live(model, no_project, tr)
    return found + _window(tr)


def _pages(tr: Callable[[str], str]) -> list[Command]:
    words = {
        "model": tr("Go to the model"),
        "board": tr("Go to the boards"),
        "compress": tr("Go to the recipe: compress"),
        "train": tr("Go to training"),
        "verify": tr("Go to verification"),
        "fit": tr("Go to memory: does it fit"),
        "live": tr("Go to flash and live"),
    }
    pages = [(words[key], intents.OpenPage(key, by_keyboard=True)) for key in PAGE_KEYS]
    return [Command(text, intent, "arrow-right") for text, intent in pages]


def _files(
    model: ProjectModel, at_work: str, no_project: str, tr: Callable[[str], str]
) -> list[Command]:
    found = [
        Command(tr("Open a model file"), intents.ChooseModelFile(), "file-up", at_work),
        Command(tr("Open a SavedModel folder"), intents.ChooseModelFolder(), "folder", at_work),
        Command(tr("Open a project"), intents.ChooseProject(), "folder", at_work),
    ]
    for task in TASKS:
        title = task_words(task)[0]
        words = tr("Start from a ready-made task: {task}").format(task=title)
        found.append(Command(words, intents.ChooseTask(task), "magic", at_work))
    no_model = "" if model.candidate is not None else no_project
    found += [
        Command(
            tr("Choose the folder of examples"), intents.ChooseData(), "folder", no_model or at_work
        ),
        Command(
            tr("Undo the last change of the recipe"),
            intents.Undo(),
            "restart",
            no_project or ("" if model.undoable else tr("Nothing was changed.")),
        ),
        Command(
            tr("Redo the change of the recipe"),
            intents.Redo(),
            "refresh",
            no_project or ("" if model.redoable else tr("Nothing was undone.")),
        ),
        Command(tr("Edit the budgets"), intents.EditBudgets(), "budget", no_project),
    ]
    verified = model.stage("verify")
    current = verified is not None and verified.state == "done" and not model.saved_report.running
    folder = model.project.folder if model.project is not None else None
    found.append(
        Command(
            tr("Save the report of the verification"),
            intents.SaveReport(suggested_name(folder) if folder is not None else ""),
            "download",
            no_project or ("" if current else tr("Verify first.")),
        )
    )
    return found


def _runs(model: ProjectModel, at_work: str, no_project: str, tr: Callable[[str], str]) -> list[Command]:
    words = {
        "model": (tr("Run until the model is read"), "box"),
        "convert": (tr("Run until it is converted"), "arrow-right"),
        "verify": (tr("Run until it is verified"), "shield"),
        "fit": (tr("Run until the memory is planned"), "fit"),
        "build": (tr("Run until the firmware is built"), "box"),
        "flash": (tr("Run until the board is flashed"), "lightning"),
        "board-run": (tr("Run everything, to the answers of the board"), "play"),
    }
    steps = [key for key in model.stages if key.startswith("step-")]
    if steps:
        words = {steps[-1]: (tr("Run until it is trained and compressed"), "practise"), **words}
    found = []
    for key, (text, icon) in words.items():
        stage = model.stage(key)
        if model.project is not None and stage is None:
            continue
        blocked = engine_words(stage.reason) if stage is not None and stage.state == "blocked" else ""
        found.append(Command(text, intents.RunUntil(key), icon, no_project or blocked or at_work))
    project = model.project
    if project is None or not project.is_without_data:
        no_board = "" if project is None or project.board_id else tr("Choose a board first.")
        trained = sum(r["accuracy"] is not None and bool(r["fits"]) for r in model.search_rows)
        found.append(
            Command(
                tr("Start the search for the best network"),
                intents.StartSearch(trials_offered(trained)),
                "magic",
                no_project or no_board or at_work,
            )
        )
    return found


def _boards(model: ProjectModel, no_project: str, tr: Callable[[str], str]) -> list[Command]:
    found = []
    chosen = model.project.board_id if model.project is not None else ""
    for board_id in board_ids():
        words = tr("Choose the board {board}").format(board=load_board(board_id).name)
        reason = tr("It is chosen.") if board_id == chosen else no_project
        found.append(Command(words, intents.ChooseBoard(board_id), "board", reason))
    links = [("virtual", tr("Reach the board: virtual"))]
    for board in model.found_boards:
        if board.kind != "virtual":
            links.append((board.link, tr("Reach the board: {link}").format(link=board.title)))
    for link, words in links:
        reason = tr("It is chosen.") if link == model.link else ""
        found.append(Command(words, intents.ChooseLink(link), "plug", reason))
    found.append(Command(tr("Look for connected boards"), intents.FindBoards(), "refresh"))
    return found


def _live(model: ProjectModel, no_project: str, tr: Callable[[str], str]) -> list[Command]:
    live = model.live
    closed = "" if live.state == "open" else tr("Connect the board first.")
    found = [
        Command(tr("Disconnect the board"), intents.Disconnect(), "plug")
        if live.state != "closed"
        else Command(tr("Connect the board"), intents.Connect(), "plug", no_project),
        Command(tr("Play the test set on the board"), intents.PlayInputs(), "play", closed),
        Command(
            tr("Listen to the microphone"),
            intents.ChooseInput("microphone"),
            "microphone",
            no_project or ("" if takes_sound(model) else tr("This model is not fed with sound.")),
        ),
        Command(tr("Restart the board"), intents.ResetBoard(), "restart", "" if live.fault else closed),
    ]
    if live.recording:
        found.append(Command(tr("Stop recording"), intents.RecordLive(on=False), "stop"))
    else:
        words = tr("Record what the board sends")
        found.append(Command(words, intents.RecordLive(on=True), "record", closed))
    return found


def _window(tr: Callable[[str], str]) -> list[Command]:
    chosen = tr("It is in use.")
    themes = {
        "dark": (tr("Theme: dark colours"), "moon"),
        "light": (tr("Theme: light colours"), "sun"),
        "system": (tr("Theme: as the system"), "system-theme"),
    }
    found = [
        Command(words, intents.SetTheme(mode), icon, chosen if theme().mode == mode else "")
        for mode, (words, icon) in themes.items()
    ]
    for name in ("system", *LANGUAGES):
        shown = LANGUAGES.get(name) or tr("as the system")
        words = tr("Language: {name}").format(name=shown)
        reason = chosen if language().choice == name else ""
        found.append(Command(words, intents.SetLanguage(name), "language", reason))
    return [
        *found,
        Command(tr("Play the demo"), intents.PlayDemo(), "demo"),
        Command(tr("Booth mode: full screen, for visitors"), intents.ShowBooth(), "booth"),
        Command(tr("Show the short tour of this window"), intents.ShowTour(), "learn"),
        Command(tr("Check this computer: doctor"), intents.ShowDoctor(), "doctor"),
        Command(tr("Show the keys and shortcuts: help"), intents.ShowKeys(), "help"),
    ]
