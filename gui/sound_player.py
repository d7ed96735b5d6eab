"""Plays a short sound with a program of the system: no sound library comes with the window."""

from __future__ import annotations

import base64
import tempfile
from pathlib import Path

from PySide6.QtCore import QObject, QStandardPaths, Signal

from gui.child_process import ToolProcess

# in the order of preference: PipeWire, PulseAudio, ALSA, macOS, Windows
PLAYERS: dict[str, tuple[str, ...]] = {
    "pw-play": ("{file}",),
    "paplay": ("{file}",),
    "aplay": ("-q", "{file}"),
    "afplay": ("{file}",),
    "powershell": ("-NoProfile", "-Command", "(New-Object Media.SoundPlayer '{file}').PlaySync()"),
}


class SoundPlayer(QObject):
    """One sound at a time. `playing` is the key of the sound that is heard, '' for none.

    `problem` is a sentence about why nothing can be heard, '' if nothing is known to be wrong.
    """

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.playing = ""
        self.problem = ""
        self._process: ToolProcess | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def play(self, key: str, wav: str) -> None:
        """Play a WAV file given as base64; what was heard before stops."""
        self.stop()
        program = next((p for p in map(QStandardPaths.findExecutable, PLAYERS) if p), "")
        if not program:
            names = ", ".join(list(PLAYERS)[:3])
            self.problem = self.tr(
                "Sound cannot be played here: none of {names} is installed. The picture shows the sound."
            ).format(names=names)
            self.changed.emit()
            return
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="thimble-sound-")
        path = Path(self._folder.name) / "sound.wav"
        path.write_bytes(base64.b64decode(wav))
        words = PLAYERS[Path(program).stem.lower()]
        self.playing, self.problem = key, ""
        self._process = ToolProcess(program, tuple(w.format(file=path) for w in words), self)
        self._process.ended.connect(self._on_ended)
        self.changed.emit()

    def stop(self) -> None:
        """Stop what is heard."""
        process, self._process = self._process, None
        if process is not None:
            process.ended.disconnect(self._on_ended)
            process.end()
            process.deleteLater()
        if self.playing:
            self.playing = ""
            self.changed.emit()

    def close(self) -> None:
        """Stop, and leave no file behind."""
        self.stop()
        if self._folder is not None:
            self._folder.cleanup()
            self._folder = None

    def _on_ended(self, good: bool, complaints: str) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
        self.playing = ""
        if not good:
            last = complaints.strip().splitlines()[-1:] or [self.tr("it did not say why")]
            self.problem = self.tr("The sound could not be played: {reason}.").format(
                reason=last[0].rstrip(".")
            )
        self.changed.emit()
