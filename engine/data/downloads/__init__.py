"""Data sets and weights from their publishers: fetched, checked, unpacked, ready for `--data`."""

from engine.data.downloads.get import Download, download
from engine.data.downloads.items import Item, catalogue, find_item

__all__ = ["Download", "Item", "catalogue", "download", "find_item"]
