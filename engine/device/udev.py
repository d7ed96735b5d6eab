"""The file that lets a Linux user open boards: no program needs root for them then."""

from __future__ import annotations

from pathlib import Path

from engine.device.ports import adapter_ids
from engine.device.usb import known_devices
from engine.errors import BadInputFile

INSTALLED_AS = "/etc/udev/rules.d/60-thimble.rules"


def rules_text() -> str:
    """One rule a line: probes by their maker, serial adapters by maker and product."""
    open_it = 'MODE="0660", TAG+="uaccess"'
    lines = [
        "# Boards, debug probes and serial adapters that Thimble uses: whoever sits at this computer",
        "# may open them. The number in this file's name must be below 73: there, uaccess is applied.",
    ]
    for (vendor, product), words in known_devices().items():
        match = f'ATTRS{{idVendor}}=="{vendor:04x}"'
        match += "" if product is None else f', ATTRS{{idProduct}}=="{product:04x}"'
        lines += [f"# {words}", f'SUBSYSTEM=="usb", {match}, {open_it}']
    for subsystem in ("usb", "hidraw"):
        lines += [
            "# any CMSIS-DAP probe, by its name",
            f'SUBSYSTEM=="{subsystem}", ATTRS{{product}}=="*CMSIS-DAP*", {open_it}',
        ]
    for (vendor, product), words in sorted(adapter_ids().items()):
        lines += [
            f"# {words}",
            f'SUBSYSTEM=="tty", ATTRS{{idVendor}}=="{vendor:04x}", ATTRS{{idProduct}}=="{product:04x}", '
            f"{open_it}",
        ]
    return "\n".join(lines) + "\n"


def write_rules(path: Path) -> str:
    """Write the rules to a file; returns the command that installs them.

    Raises:
        BadInputFile: the file cannot be written.
    """
    try:
        path.write_text(rules_text(), "utf-8")
    except OSError as error:
        raise BadInputFile(
            f"{path} cannot be written: {error.strerror or error}.", hint="Name another file."
        ) from error
    return (
        f"sudo cp '{path.absolute()}' {INSTALLED_AS} && sudo udevadm control --reload && "
        "sudo udevadm trigger"
    )
