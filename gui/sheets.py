"""What lies over the window: keys, command palette, check of this computer, tour; one at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtWidgets import QWidget

from gui import intents
from gui.commands import Command
from gui.machine_check import MachineCheck
from gui.theme import dress
from gui.widgets.command_palette import CommandPalette
from gui.widgets.doctor_sheet import DoctorSheet
from gui.widgets.help_sheet import HelpSheet
from gui.widgets.overlay import Overlay
from gui.widgets.tour import Tour


class Sheets:
    """All sheets of a window; `act` carries out what they ask for, `parts` are what the tour shows."""

    def __init__(
        self,
        window: QWidget,
        machine: MachineCheck,
        act: Callable[[intents.Intent], None],
        parts: Sequence[QWidget],
    ) -> None:
        self.keys = HelpSheet(window)
        self.palette = CommandPalette(window)
        self.doctor = DoctorSheet(machine, window)
        self.tour = Tour(window, parts)
        self.all: tuple[Overlay, ...] = (self.keys, self.palette, self.doctor, self.tour)
        self.keys.commands_asked.connect(lambda: act(intents.ShowCommands()))
        self.keys.doctor_asked.connect(lambda: act(intents.ShowDoctor()))
        self.palette.chosen.connect(act)
        self.doctor.intent.connect(act)

    def toggle(self, sheet: Overlay) -> None:
        """Show or close one; the others close."""
        self.dismiss(but=sheet)
        dress(sheet)
        sheet.toggle()

    def toggle_palette(self, commands: list[Command]) -> None:
        """Show or close the palette with these commands."""
        self.palette.show_commands(commands)
        self.toggle(self.palette)

    def dismiss(self, *, but: Overlay | None = None) -> None:
        """Close what is shown."""
        for sheet in self.all:
            if sheet is not but:
                sheet.dismiss()

    def delete(self) -> None:
        """Take all of them off the window, for good."""
        for sheet in self.all:
            sheet.hide()
            sheet.deleteLater()
