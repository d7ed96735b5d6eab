"""One file over HTTP: in pieces, going on where an earlier attempt stopped, stopped at once when asked.

A thread of its own reads from the network, so that neither a name server nor a silent line can delay
the answer to a wish to stop.
"""

from __future__ import annotations

import contextlib
import json
import queue
import re
import shutil
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from email.message import Message
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from engine.errors import BadInputFile
from engine.events import CancelToken

_CHUNK_BYTES = 1 << 16
_SILENT_SECONDS = 30.0  # without a byte the line counts as broken
_POLL_SECONDS = 0.1
_TRIES = 5  # in a row that bring nothing
_PAUSE_SECONDS = 0.5  # before the next try, longer each time
_FOR_GOOD = {400, 401, 403, 404, 405, 410, 451}
_NOT_SATISFIABLE = 416
_PARTIAL = 206

Progress = Callable[[int, int], None]  # bytes here, bytes in all (0: unknown)


class DownloadFailed(BadInputFile):
    """A file could not be fetched, or is not the one that its publisher announced."""

    code = "download-failed"


class _Broken(Exception):
    """This try ended early; another may go on."""


def transfer(
    address: str, part: Path, *, most_bytes: int, progress: Progress, cancel: CancelToken
) -> None:
    """Fetch a file; what is in `part` already is not fetched again if the server agrees.

    Args:
        address: http or https.
        part: where it goes. Beside it, in `<part>.json`, lies what tells whether the server still has
            the same file.
        most_bytes: more is refused.
        progress: told about every piece.
        cancel: ends it within a second; what has arrived stays.

    Raises:
        DownloadFailed: no connection, refused by the server, too large, or no room on the disk. What
            has arrived stays, where going on makes sense.
        Cancelled: the user stopped it.
    """
    failures = 0
    while True:
        before = _size(part)
        try:
            _one_try(address, part, most_bytes, progress, cancel)
        except _Broken as broken:
            failures = 0 if _size(part) > before else failures + 1
            if failures >= _TRIES:
                host, whole = urlsplit(address).hostname, part.with_suffix("")
                raise DownloadFailed(
                    f"The download from {host} does not go on: {broken}.",
                    hint="Check the connection and give the command again: it goes on where it stopped. "
                    f"Or fetch {address} elsewhere and put it there as {whole}.",
                    address=address,
                    bytes_here=_size(part),
                ) from broken
            _wait(_PAUSE_SECONDS * max(1, failures), cancel)
        else:
            _notes(part).unlink(missing_ok=True)
            return


def _one_try(address: str, part: Path, most_bytes: int, progress: Progress, cancel: CancelToken) -> None:
    """Raises `_Broken` when another try may bring more."""
    here = _size(part)
    request = urllib.request.Request(address, headers={"User-Agent": "thimble-studio"})
    if here:
        request.add_header("Range", f"bytes={here}-")
        if same := _read_note(part, address):
            request.add_header("If-Range", same)
    with _Line(request) as line:
        try:
            status, headers = line.head(cancel)
        except urllib.error.HTTPError as error:
            _refused(error, address, part, here)
            return
        start = _start(headers) if status == _PARTIAL else 0
        if start not in (0, here):
            part.unlink()
            raise _Broken("the server goes on at another place")
        length = headers.get("Content-Length", "")
        total = start + int(length) if length.isdigit() else 0
        _check_size(total, most_bytes, address)
        _check_room(part, total - start)
        _write_note(part, address, headers)
        _receive(line, part, start, total, most_bytes, progress, cancel)


def _receive(
    line: _Line,
    part: Path,
    start: int,
    total: int,
    most_bytes: int,
    progress: Progress,
    cancel: CancelToken,
) -> None:
    done = start
    try:
        with part.open("ab" if start else "wb") as stream:
            progress(done, total)
            while piece := line.piece(cancel):
                done += len(piece)
                _check_size(done, most_bytes, line.address)
                stream.write(piece)
                progress(done, total)
    except OSError as error:  # reading raises `_Broken`, so this is the disk
        raise DownloadFailed(
            f"{part.name} cannot be written: {error.strerror or error}.",
            hint="Make room, or choose another --folder; then give the command again.",
            path=str(part),
        ) from error
    if total and done < total:
        raise _Broken(f"the connection broke after {done / 1e6:.1f} of {total / 1e6:.1f} MB")


def _refused(error: urllib.error.HTTPError, address: str, part: Path, here: int) -> None:
    """What the server's refusal means.

    Raises:
        DownloadFailed: asking again is useless.
        _Broken: it is not.
    """
    error.close()
    if error.code == _NOT_SATISFIABLE and here:
        # nothing is left to fetch, or the file here is not the server's
        whole = re.fullmatch(r"bytes \*/(\d+)", error.headers.get("Content-Range", ""))
        if whole and int(whole[1]) == here:
            return
        part.unlink()
        raise _Broken("the server has another file")
    if error.code in _FOR_GOOD:
        raise DownloadFailed(
            f"{urlsplit(address).hostname} does not give {Path(urlsplit(address).path).name}: "
            f"{error.code} {error.reason}.",
            hint="It may have moved: look for a newer version of Thimble.",
            address=address,
            status=error.code,
        )
    raise _Broken(f"the server answers {error.code} {error.reason}")


def _start(headers: Message) -> int:
    """Where the piece that the server sends begins."""
    found = re.match(r"bytes (\d+)-", headers.get("Content-Range", ""))
    return int(found[1]) if found else -1


def _check_size(total: int, most_bytes: int, address: str) -> None:
    if total > most_bytes:
        raise DownloadFailed(
            f"{urlsplit(address).hostname} sends more than the {most_bytes / 1e6:,.1f} MB that belong "
            "to this file.",
            hint="It is not the file that its publisher announced: nothing was used.",
            address=address,
        )


def _check_room(part: Path, needed: int) -> None:
    free = shutil.disk_usage(part.parent).free
    if needed > free:
        raise DownloadFailed(
            f"The disk of {part.parent} has {free / 1e6:,.0f} MB left, the rest of the file has "
            f"{needed / 1e6:,.0f} MB.",
            hint="Make room, or choose another --folder.",
            path=str(part.parent),
        )


def _notes(part: Path) -> Path:
    return part.with_name(f"{part.name}.json")


def _read_note(part: Path, address: str) -> str:
    """What identifies the server's file, as it said when `part` was begun; empty if it said nothing."""
    try:
        note = json.loads(_notes(part).read_text("utf-8"))
        return str(note["same"]) if note["address"] == address else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _write_note(part: Path, address: str, headers: Message) -> None:
    tag = str(headers.get("ETag", ""))
    same = tag if tag.startswith('"') else str(headers.get("Last-Modified", ""))
    with contextlib.suppress(OSError):  # without it the server is asked less precisely
        _notes(part).write_text(json.dumps({"address": address, "same": same}), "utf-8")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _wait(seconds: float, cancel: CancelToken) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        cancel.check()
        time.sleep(_POLL_SECONDS)


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    """Follows a server elsewhere, but never from https to http."""

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if urlsplit(req.full_url).scheme == "https" != urlsplit(newurl).scheme:
            raise urllib.error.HTTPError(newurl, 403, "it leads to an unprotected address", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _Line:
    """A request that a thread carries out; the head of the answer, then pieces, arrive in a queue."""

    def __init__(self, request: urllib.request.Request) -> None:
        self.address = request.full_url
        self._request = request
        self._arrived: queue.Queue[tuple[int, Message] | bytes | Exception] = queue.Queue(maxsize=16)
        self._closed = threading.Event()

    def __enter__(self) -> _Line:
        threading.Thread(target=self._read, daemon=True, name="download").start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()

    def head(self, cancel: CancelToken) -> tuple[int, Message]:
        """Status and headers; raises `HTTPError` for a refusal and `_Broken` where nobody answers."""
        try:
            found = self._next(cancel)
        except _Broken as broken:
            raise _Broken(f"it cannot be reached ({broken})") from broken
        assert isinstance(found, tuple)
        return found

    def piece(self, cancel: CancelToken) -> bytes:
        """The next bytes; none at the end."""
        found = self._next(cancel)
        assert isinstance(found, bytes)
        return found

    def _next(self, cancel: CancelToken) -> tuple[int, Message] | bytes:
        while True:
            cancel.check()
            try:
                found = self._arrived.get(timeout=_POLL_SECONDS)
            except queue.Empty:
                continue
            if isinstance(found, urllib.error.HTTPError):
                raise found
            if isinstance(found, Exception):
                reason = getattr(found, "reason", None) or found
                raise _Broken(str(reason) or type(reason).__name__) from found
            return found

    def _read(self) -> None:
        opener = urllib.request.build_opener(_SafeRedirects)
        try:
            answer: HTTPResponse
            with opener.open(self._request, timeout=_SILENT_SECONDS) as answer:
                self._hand_over((answer.status, answer.headers))
                while piece := answer.read1(_CHUNK_BYTES):
                    if not self._hand_over(piece):
                        return
            self._hand_over(b"")
        except (OSError, HTTPException, ValueError) as error:  # URLError and time-outs are OSErrors
            self._hand_over(error)

    def _hand_over(self, thing: tuple[int, Message] | bytes | Exception) -> bool:
        """Whether anybody still waits for it."""
        while not self._closed.is_set():
            try:
                self._arrived.put(thing, timeout=_POLL_SECONDS)
                return True
            except queue.Full:
                continue
        return False
