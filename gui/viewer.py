"""The worker that looks at data sets: a look that is no longer wanted gives way to the next."""

from __future__ import annotations

from gui.jobs import Predictor


class Viewer(Predictor):
    """Answers like `Predictor`, but can drop what it does for another question."""

    def ask_instead(self, question: dict[str, object]) -> None:
        """Ask, and stop everything that was asked before."""
        self._waiting.clear()
        if self._asked is not None and self._asked != question and self._worker is not None:
            self._worker.send("cancel")
        self.ask(question)
