"""The settings of a project that shall learn from other examples."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from engine.data.folder_scan import file_kind, labels_in
from engine.data.spec import DataSpec


def with_folder(spec: DataSpec, folder: Path) -> DataSpec:
    """The same settings for another folder of examples.

    Healthy classes that it does not have are forgotten: naming them would only be refused.
    """
    known = labels_in(folder, file_kind(spec.task)) if spec.normal_classes else set()
    kept = ",".join(name for name in spec.named_normal if name in known)
    return replace(spec, source=str(folder), normal_classes=kept)
