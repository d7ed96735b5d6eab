"""How pyOCD learns to program a chip: built in, from a downloaded pack, or from one brought by hand."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

from engine.boards import BoardSpec
from engine.errors import BoardError, UsageError

PYOCD_COMMAND = 'pip install "thimble-studio[probe]"'


class TargetPackMissing(BoardError):
    """pyOCD does not know how to program this chip yet."""

    code = "target-pack-missing"


def pack_files_folder() -> Path:
    """Where packs lie that were brought here by hand."""
    from platformdirs import user_data_path

    return user_data_path("thimble") / "packs"


def pack_name(board: BoardSpec) -> str:
    """The file that holds the chip, as its vendor calls it: `Keil.STM32F4xx_DFP`."""
    return f"Keil.{board.family.upper()}xx_DFP"


def pack_files() -> list[str]:
    """Paths of the packs that were brought here by hand."""
    return [str(path) for path in sorted(pack_files_folder().glob("*.pack"))]


def need_target(board: BoardSpec) -> str:
    """The name that pyOCD has for the board's chip, when it can program it.

    Raises:
        UsageError: pyOCD is not here, or the board names no chip.
        TargetPackMissing: with the command that gets the pack.
    """
    require_pyocd()
    if not board.probe_target:
        raise UsageError(
            f"{board.name} names no chip that a probe could program.",
            hint="Add probe_target to its board file, or flash it over its serial line.",
        )
    if board.probe_target not in _known_targets():
        raise TargetPackMissing(
            f"pyOCD does not know the {board.probe_target} yet: its target pack is missing.",
            hint=f"Run: thimble-cli doctor --pack {board.id}",
        )
    return board.probe_target


def install_pack(board: BoardSpec) -> str:
    """Download the pack of a board's chip, if it is not here; returns what happened, one sentence.

    Raises:
        UsageError: as `need_target`.
        TargetPackMissing: it cannot be downloaded; the hint says how to bring it by hand.
    """
    with contextlib.suppress(TargetPackMissing):
        return f"pyOCD knows the {need_target(board)} already."
    import cmsis_pack_manager

    cache: Any = cmsis_pack_manager.Cache(True, False)
    try:
        if not _devices(cache, board.probe_target):
            cache.cache_descriptors()
        devices = _devices(cache, board.probe_target)
        if devices:
            cache.download_pack_list(cache.packs_for_devices(devices))
        need_target(board)
    except (TargetPackMissing, OSError, RuntimeError, ValueError) as error:
        # the pack manager says nothing of a network that is not there: what counts is what it left
        folder = pack_files_folder()
        folder.mkdir(parents=True, exist_ok=True)
        raise TargetPackMissing(
            f"The target pack of the {board.probe_target} could not be downloaded: "
            "no connection, or no such pack.",
            hint=f"Without a connection: on another computer, download {pack_name(board)} from "
            f"keil.arm.com/packs, and put the .pack file into {folder}.",
        ) from error
    return f"The target pack of the {board.probe_target} is here now."


def require_pyocd() -> None:
    """Check that pyOCD is installed.

    Raises:
        UsageError: it is not; with the command that gets it.
    """
    try:
        import pyocd  # noqa: F401
    except ImportError as error:
        raise UsageError(
            "Probes need pyOCD, which is not installed.", hint=f"Run: {PYOCD_COMMAND}"
        ) from error


def _known_targets() -> set[str]:
    """Names of chips: built in, in downloaded packs, in packs brought by hand."""
    from pyocd.target import TARGET
    from pyocd.target.pack import pack_target

    names = set(TARGET)
    with contextlib.suppress(OSError, RuntimeError, ValueError, AttributeError):
        names |= {device.part_number for device in pack_target.ManagedPacks.get_installed_targets()}
    for path in pack_files():
        with contextlib.suppress(OSError, RuntimeError, ValueError):  # a file that is no pack
            pack_target.PackTargets.process_targets_from_pack(
                path, lambda device: names.add(device.part_number)
            )
    return {name.lower() for name in names}


def _devices(cache: Any, target: str) -> list[Any]:
    return [device for name, device in cache.index.items() if name.lower() == target]
