"""The engine's own words about this computer, in the language in force; unknown ones stay."""

from __future__ import annotations

import re

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

_CONTEXT = "Doctor"

# what the engine's doctor says: listed so that the translation tool finds them
ENGINE_WORDS = (
    QT_TRANSLATE_NOOP("Doctor", "training"),
    QT_TRANSLATE_NOOP("Doctor", "conversion"),
    QT_TRANSLATE_NOOP("Doctor", "verification"),
    QT_TRANSLATE_NOOP("Doctor", "conversion to 8 bits"),
    QT_TRANSLATE_NOOP("Doctor", "the reference on the host"),
    QT_TRANSLATE_NOOP("Doctor", "(Linux only)"),
    QT_TRANSLATE_NOOP("Doctor", "the window"),
    QT_TRANSLATE_NOOP("Doctor", "real boards"),
    QT_TRANSLATE_NOOP("Doctor", "boards through probes on USB"),
    QT_TRANSLATE_NOOP("Doctor", "virtual boards"),
    QT_TRANSLATE_NOOP("Doctor", "reading recordings"),
    QT_TRANSLATE_NOOP("Doctor", "zig compiler"),
    QT_TRANSLATE_NOOP("Doctor", "boards through OpenOCD"),
    QT_TRANSLATE_NOOP("Doctor", "boards in DFU mode"),
    QT_TRANSLATE_NOOP("Doctor", "(second compiler)"),
    QT_TRANSLATE_NOOP("Doctor", "Thimble's own data files"),
    QT_TRANSLATE_NOOP("Doctor", "Boards"),
    QT_TRANSLATE_NOOP("Doctor", "Rules to open boards"),
    QT_TRANSLATE_NOOP("Doctor", "Free disk space for caches"),
    QT_TRANSLATE_NOOP("Doctor", "Reading of model files"),
    QT_TRANSLATE_NOOP("Doctor", "Model files"),
    QT_TRANSLATE_NOOP("Doctor", "limit of memory"),
    QT_TRANSLATE_NOOP("Doctor", "limit of address space"),
    QT_TRANSLATE_NOOP("Doctor", "limit of processor time"),
    QT_TRANSLATE_NOOP("Doctor", "limit of file size"),
    QT_TRANSLATE_NOOP("Doctor", "limit of open files"),
    QT_TRANSLATE_NOOP("Doctor", "limit of core dumps"),
    QT_TRANSLATE_NOOP("Doctor", "limit of processes"),
    QT_TRANSLATE_NOOP("Doctor", "no network (namespaces)"),
    QT_TRANSLATE_NOOP("Doctor", "only its own files"),
    QT_TRANSLATE_NOOP("Doctor", "no programs, no sockets (seccomp)"),
    QT_TRANSLATE_NOOP("Doctor", "active"),
    QT_TRANSLATE_NOOP("Doctor", "none"),
    QT_TRANSLATE_NOOP("Doctor", "not here"),
    QT_TRANSLATE_NOOP("Doctor", "Install Python 3.11."),
    QT_TRANSLATE_NOOP("Doctor", "Nothing to do, unless you want it: install openocd."),
    QT_TRANSLATE_NOOP("Doctor", "Nothing to do, unless you want it: install dfu-util."),
    QT_TRANSLATE_NOOP("Doctor", "Nothing to do: zig is enough."),
    QT_TRANSLATE_NOOP("Doctor", "Trust files with code only from authors you know."),
    QT_TRANSLATE_NOOP(
        "Doctor",
        "Nothing that leads to a board is plugged in. If a board's light is on, its cable may have no "
        "data lines: try another cable. Or use --on virtual.",
    ),
)


def said(text: str) -> str:
    """The text in the language in force: as a whole, else the parts around a colon or bracket."""
    whole = _translated(text)
    if whole != text:
        return whole
    head, colon, tail = text.partition(": ")
    if colon:
        return f"{said(head)}: {said(tail)}"
    bracket = re.fullmatch(r"(.+) (\(.+\))", text)
    if bracket is not None:
        return " ".join(_translated(part) for part in bracket.groups())
    return text


def _translated(text: str) -> str:
    return QCoreApplication.translate(_CONTEXT, text) or text
