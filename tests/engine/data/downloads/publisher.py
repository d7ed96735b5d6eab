"""A publisher on this machine: serves bytes, honours ranges, and breaks where a test says so."""

from __future__ import annotations

import io
import re
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Publisher:
    """What it serves, and how badly.

    Attributes:
        content: of the one file, at any address.
        breaks_after: bytes that each answer in turn sends before the line breaks; then it is sound.
        silent_after: bytes after which it says nothing more, but keeps the line.
        status: another answer than the file.
        ranges: whether it goes on at a wanted place.
        tag: what identifies the content.
        moved_to: sends everybody to that address.
        asked: what each request wanted, its `Range` or "".
    """

    content: bytes
    breaks_after: list[int] = field(default_factory=list)
    silent_after: int | None = None
    status: int = 200
    ranges: bool = True
    tag: str = '"one"'
    moved_to: str = ""
    asked: list[str] = field(default_factory=list)
    sent: list[int] = field(default_factory=list)
    closing: threading.Event = field(default_factory=threading.Event)
    address: str = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        wanted = handler.headers.get("Range", "")
        self.asked.append(wanted)
        if self.moved_to:
            handler.send_response(302)
            handler.send_header("Location", self.moved_to)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        if self.status != 200:
            handler.send_error(self.status)
            return
        start, found = 0, re.fullmatch(r"bytes=(\d+)-", wanted)
        same = handler.headers.get("If-Range", self.tag) == self.tag
        if found and self.ranges and same:
            start = int(found[1])
            if start >= len(self.content):
                handler.send_response(416)
                handler.send_header("Content-Range", f"bytes */{len(self.content)}")
                handler.send_header("Content-Length", "0")
                handler.end_headers()
                return
            handler.send_response(206)
            last = len(self.content) - 1
            handler.send_header("Content-Range", f"bytes {start}-{last}/{len(self.content)}")
        else:
            handler.send_response(200)
        body = self.content[start:]
        handler.send_header("Content-Length", str(len(body)))
        handler.send_header("ETag", self.tag)
        handler.end_headers()
        stop = self.breaks_after.pop(0) if self.breaks_after else self.silent_after
        handler.wfile.write(body[:stop])
        handler.wfile.flush()
        self.sent.append(len(body[:stop]))
        if self.silent_after is not None:
            self.closing.wait(30)


@contextmanager
def publishing(content: bytes, **how: object) -> Iterator[Publisher]:
    """Serve on a free port of this machine until the block ends."""
    publisher = Publisher(content, **how)  # type: ignore[arg-type]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # noqa: N802 - the server looks for this name
            publisher.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    publisher.address = f"http://127.0.0.1:{server.server_port}/files/set.tar.gz"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield publisher
    finally:
        publisher.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()


def tar_of(files: dict[str, bytes], *, change: Callable[[tarfile.TarInfo], None] | None = None) -> bytes:
    """A .tar.gz with these files; `change` spoils each entry."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as tape:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            if change is not None:
                change(entry)
            tape.addfile(entry, io.BytesIO(content[: entry.size]))
    return packed.getvalue()
