"""Programs of others that write flash, when they are installed: what OpenOCD and dfu-util share here."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from engine.boards import BoardSpec
from engine.child import ChildError, run_to_its_end
from engine.device.flash import LEFT_AFTER, STAGE, Image
from engine.device.probe import ProbeNotFound
from engine.errors import BoardError, DoesNotFit, UsageError
from engine.events import CancelToken, LogLine, Report, StageProgress


@dataclass(frozen=True)
class Trouble:
    """What a tool says, and what it means. `{link}` in `message` is replaced."""

    words: tuple[str, ...]
    message: str
    hint: str
    kind: type[BoardError] = BoardError
    picture: str = ""


@dataclass
class Tool:
    """One program, run step by step; it may be cancelled between steps, never inside one.

    Attributes:
        program: name on PATH.
        title: for people.
        link: how the user named the board.
        troubles: what its output may mean, the first that fits counts.
        report, cancel: as in `flash_image`.
        step: `erase`, `write` or `verify` once that has begun: the old program is gone.
    """

    program: str
    title: str
    link: str
    troubles: Sequence[Trouble]
    report: Report
    cancel: CancelToken
    step: str = ""
    _heard: list[str] = field(default_factory=list)

    def run(
        self, arguments: Sequence[str], hear: Callable[[str], None] = lambda line: None
    ) -> list[str]:
        """One step to its end; returns its lines.

        Raises:
            BoardError: it failed, in our words.
            Cancelled: `cancel` was set before it began.
        """
        self.cancelled_here()
        self._heard = []

        def listen(line: str) -> None:
            self._heard.append(line)
            hear(line)

        try:
            status = run_to_its_end([self._path(), *arguments], listen)
        except ChildError as error:
            raise self._with_state(BoardError(error.message, hint=error.hint, link=self.link)) from error
        if status != 0:
            raise self._with_state(self._in_words(status))
        return self._heard

    def progress(self, done: int, total: int, unit: str) -> None:
        """Tell how far it is."""
        self.report(StageProgress(stage=STAGE, done=min(done, total), total=total, unit=unit))

    def _path(self) -> str:
        path = shutil.which(self.program)
        if path is None:
            raise UsageError(
                f"{self.title} is not installed: there is no {self.program} on PATH.",
                hint=f"Install {self.program}, or use another link: thimble-cli ports lists them.",
            )
        return path

    def cancelled_here(self) -> None:
        """A place where stopping is safe.

        Raises:
            Cancelled: `cancel` is set; the state of the board is told first.
        """
        if self.cancel.cancelled and self.step:
            self.report(LogLine(stage=STAGE, text=LEFT_AFTER[self.step], level="warning"))
        self.cancel.check()

    def _in_words(self, status: int) -> BoardError:
        text = "\n".join(self._heard)
        low = text.lower()
        for trouble in self.troubles:
            if any(word.lower() in low for word in trouble.words):
                facts = {"picture": trouble.picture} if trouble.picture else {}
                return trouble.kind(
                    trouble.message.format(link=self.link),
                    hint=trouble.hint,
                    link=self.link,
                    details=text[-2000:],
                    **facts,
                )
        last = next((line for line in reversed(self._heard) if line.strip()), f"status {status}")
        return BoardError(
            f"{self.title} failed at {self.link}: {last.strip()[:200]}",
            hint="Check cable and supply.",
            link=self.link,
            details=text[-2000:],
        )

    def _with_state(self, error: BoardError) -> BoardError:
        if self.step:
            error.hint = f"{error.hint} {LEFT_AFTER[self.step]}".lstrip()
        return error


def check_fits(image: Image, board: BoardSpec) -> None:
    """Refuse an image that is not for this board's flash.

    Raises:
        DoesNotFit: with both sizes.
    """
    flash = board.region("code")
    if image.address != flash.origin or len(image.data) > flash.size_bytes:
        raise DoesNotFit(
            f"Flash: the image needs {len(image.data)} bytes from 0x{image.address:08X}, the board has "
            f"{flash.size_bytes} from 0x{flash.origin:08X}.",
            hint="Build the firmware for this board.",
        )


def not_found(words: tuple[str, ...], message: str, hint: str, picture: str = "") -> Trouble:
    """A trouble of the kind: it is not there."""
    return Trouble(words, message, hint, ProbeNotFound, picture)
