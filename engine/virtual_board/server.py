# SPDX-License-Identifier: GPL-2.0-or-later
"""Sockets of the virtual board: its serial line, and a control port that takes JSON lines.

Commands are objects with `command`; every answer has `ok`, and `message` where it is false:

    identify                          board, name, core, uart, flash, state
    halt, run
    reset       cause                 pin (as unasked), power-on, software, watchdog or brown-out
    pins        boot0                 level of BOOT0; it counts at the next reset
    line        baud                  rate of the host's port: at another than the board's, bytes arrive
                                      garbled; 0, as at first, for a line without rates
    protect     on                    read-out protection
    erase       address, size         whole pages
    write       address, data         data in base64
    read        address, size
    symbols     symbols               {name: address}, to know where invoke is
    load        path                  erase, program an ELF file, take its symbols
    statistics
"""

from __future__ import annotations

import base64
import contextlib
import json
import selectors
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from engine.errors import BoardError, EngineError
from engine.virtual_board.board import VirtualBoard
from engine.virtual_board.clocks import PIN, RESET_CAUSES
from engine.virtual_board.serial_line import SerialLine

_LONGEST_LINE_BYTES = 16 << 20
_RECEIVE_BYTES = 1 << 16
_IDLE_SECONDS = 1.0


class Server:
    """Runs one board and serves its two sockets, all in one thread."""

    def __init__(self, board: VirtualBoard, *, uart_port: int = 0, pace: bool = False) -> None:
        self.board = board
        self._pace = pace
        self._selector = selectors.DefaultSelector()
        self._uart_listener = _listen(uart_port)
        self._control_listener = _listen(0)
        self.uart_port: int = self._uart_listener.getsockname()[1]
        self.control_port: int = self._control_listener.getsockname()[1]
        self._uart: socket.socket | None = None
        self._line = SerialLine(board.bus)
        board.bus.before_serial_rate_changes = self._take_sent
        self._to_firmware = bytearray()
        self._to_host = bytearray()
        self._control_input: dict[socket.socket, bytearray] = {}
        self._wake_receiver, self._wake_sender = socket.socketpair()
        self._ended = False
        self._selector.register(self._uart_listener, selectors.EVENT_READ, self._accept_uart)
        self._selector.register(self._control_listener, selectors.EVENT_READ, self._accept_control)
        self._selector.register(self._wake_receiver, selectors.EVENT_READ, self._on_wake)

    def end_with_standard_input(self) -> None:
        """End when standard input does."""

        def wait() -> None:
            with contextlib.suppress(OSError, ValueError):
                while sys.stdin.buffer.read(4096):
                    pass
            self.end()

        threading.Thread(target=wait, daemon=True).start()

    def end(self) -> None:
        """From any thread: leave `serve`."""
        self._ended = True
        with contextlib.suppress(OSError):
            self._wake_sender.send(b"x")

    def serve(self) -> None:
        """Run until `end` is called."""
        clock = _RealTime(self.board)
        while not self._ended:
            if not self.board.may_run:
                self._poll(_IDLE_SECONDS)
                clock.restart()
                continue
            self._feed()
            self.board.run_slice()
            self._take_sent()
            if self.board.state.value == "asleep":
                began = time.perf_counter()
                self._poll(self.board.sleep_seconds())
                self.board.pass_time(time.perf_counter() - began)
            else:
                self._poll(clock.ahead_seconds() if self._pace else 0.0)
        for key in list(self._selector.get_map().values()):
            self._drop(key.fileobj)
        self._wake_sender.close()
        self._selector.close()

    # --- serial line ------------------------------------------------------------------------------

    def _feed(self) -> None:
        """Bytes from the host go on the firmware's side of the line as far as there is room."""
        if self._to_firmware:
            taken = self.board.cpu.counter.receive(bytes(self._to_firmware[:_RECEIVE_BYTES]))
            del self._to_firmware[:taken]

    def _take_sent(self) -> None:
        data = self.board.cpu.counter.take_sent()
        if self._uart is None or not data:
            return  # nobody listens, as with a cable that is not plugged in
        self._to_host += self._line.to_host(data)
        self._flush()

    def _flush(self) -> None:
        if self._uart is None:
            return
        try:
            sent = self._uart.send(self._to_host) if self._to_host else 0
        except BlockingIOError:
            sent = 0
        except OSError:
            self._close_uart()
            return
        del self._to_host[:sent]
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if self._to_host else 0)
        if self._selector.get_key(self._uart).events != events:
            self._selector.modify(self._uart, events, self._on_uart)

    def _accept_uart(self, listener: socket.socket, events: int) -> None:
        connection, _ = listener.accept()
        if self._uart is not None:
            self._on_uart(self._uart, selectors.EVENT_READ)  # it may have just left
        if self._uart is not None:  # like a port that another program has opened
            connection.close()
            return
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._uart = connection
        self._selector.register(connection, selectors.EVENT_READ, self._on_uart)

    def _on_uart(self, connection: socket.socket, events: int) -> None:
        if events & selectors.EVENT_WRITE:
            self._flush()
        if not events & selectors.EVENT_READ or self._uart is None:
            return
        try:
            data = connection.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data and self.board.boot_rom is not None:
            self._to_host += self.board.boot_rom.receive(data)
            self._flush()
        elif data:
            self._to_firmware += self._line.to_board(data)
        else:
            self._close_uart()

    def _close_uart(self) -> None:
        if self._uart is not None:
            self._drop(self._uart)
            self._uart = None
        self._to_host.clear()
        self._to_firmware.clear()

    # --- control port -----------------------------------------------------------------------------

    def _accept_control(self, listener: socket.socket, events: int) -> None:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._control_input[connection] = bytearray()
        self._selector.register(connection, selectors.EVENT_READ, self._on_control)

    def _on_control(self, connection: socket.socket, events: int) -> None:
        received = self._control_input[connection]
        try:
            data = connection.recv(_RECEIVE_BYTES)
            received += data
            while b"\n" in received:
                line, _, rest = bytes(received).partition(b"\n")
                received[:] = rest
                connection.sendall(json.dumps(self.answer(line)).encode() + b"\n")
        except OSError:
            data = b""
        if not data or len(received) > _LONGEST_LINE_BYTES:
            del self._control_input[connection]
            self._drop(connection)

    def answer(self, line: bytes) -> dict[str, object]:
        """The answer to one line of the control port."""
        try:
            request = json.loads(line)
            command = request["command"]
        except (ValueError, TypeError, KeyError):
            return _refusal("That line is not a JSON object with a command.")
        handler = getattr(self, f"_command_{command}", None) if isinstance(command, str) else None
        if handler is None:
            return _refusal(f"There is no command {command!r}.")
        try:
            return {"ok": True, **handler(request)}
        except EngineError as error:
            return _refusal(error.message, error.hint)
        except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
            return _refusal(f"The command {command} lacks or mistakes an argument: {error}.")

    def _command_identify(self, request: dict[str, Any]) -> dict[str, object]:
        spec = self.board.spec
        flash = spec.region("code")
        return {
            "board": spec.id,
            "name": spec.name,
            "core": spec.core,
            "uart": f"socket://127.0.0.1:{self.uart_port}",
            "flash": {"origin": flash.origin, "size": flash.size_bytes, "page": flash.page_bytes},
            "state": self.board.state.value,
        }

    def _command_halt(self, request: dict[str, Any]) -> dict[str, object]:
        self.board.halt()
        return {"state": self.board.state.value}

    def _command_run(self, request: dict[str, Any]) -> dict[str, object]:
        self.board.resume()
        return {"state": self.board.state.value}

    def _command_reset(self, request: dict[str, Any]) -> dict[str, object]:
        cause = request.get("cause", PIN)
        if cause not in RESET_CAUSES:
            raise ValueError(f"no reset has the cause {cause}")
        self.board.cpu.counter.drop_received()
        self.board.reset(cause)
        return {"state": self.board.state.value}

    def _command_pins(self, request: dict[str, Any]) -> dict[str, object]:
        self.board.boot0 = bool(request["boot0"])
        return {"boot0": self.board.boot0}

    def _command_line(self, request: dict[str, Any]) -> dict[str, object]:
        self._line.host_baud = max(0, int(request["baud"]))
        return {"board_baud": round(self.board.bus.serial_baud())}

    def _command_protect(self, request: dict[str, Any]) -> dict[str, object]:
        self.board.protected = bool(request["on"])
        return {"protected": self.board.protected}

    def _command_erase(self, request: dict[str, Any]) -> dict[str, object]:
        self._need_halt()
        self.board.erase(int(request["address"]), int(request["size"]))
        return {}

    def _command_write(self, request: dict[str, Any]) -> dict[str, object]:
        self._need_halt()
        data = base64.b64decode(request["data"], validate=True)
        self.board.write(int(request["address"]), data)
        return {"written": len(data)}

    def _command_read(self, request: dict[str, Any]) -> dict[str, object]:
        data = self.board.read(int(request["address"]), int(request["size"]))
        return {"data": base64.b64encode(data).decode()}

    def _command_symbols(self, request: dict[str, Any]) -> dict[str, object]:
        self.board.set_symbols({str(k): int(v) for k, v in request["symbols"].items()})
        return {"invoke": self.board.cpu.counter.invoke_entry}

    def _command_load(self, request: dict[str, Any]) -> dict[str, object]:
        self.board.load_elf(Path(request["path"]))
        self.board.reset()
        return {"state": self.board.state.value}

    def _command_statistics(self, request: dict[str, Any]) -> dict[str, object]:
        return self.board.statistics()

    def _need_halt(self) -> None:
        if self.board.may_run:
            raise BoardError("The core runs while its memory would change.", hint="Halt it first.")

    # --- sockets ----------------------------------------------------------------------------------

    def _poll(self, seconds: float) -> None:
        for key, events in self._selector.select(seconds):
            if key.fileobj in self._selector.get_map():  # an earlier handler may have dropped it
                key.data(key.fileobj, events)

    def _on_wake(self, receiver: socket.socket, events: int) -> None:
        receiver.recv(64)

    def _drop(self, connection: Any) -> None:
        with contextlib.suppress(KeyError):
            self._selector.unregister(connection)
        connection.close()


class _RealTime:
    """Compares the board's clock with ours."""

    def __init__(self, board: VirtualBoard) -> None:
        self._board = board
        self.restart()

    def restart(self) -> None:
        self._began = time.perf_counter()
        self._cycles = self._board.cpu.counter.cycles

    def ahead_seconds(self) -> float:
        """How far the board is ahead; one that fell behind by a second does not catch up."""
        board_seconds = (self._board.cpu.counter.cycles - self._cycles) / self._board.bus.rcc.core_hz
        ahead = board_seconds - (time.perf_counter() - self._began)
        if ahead < -1.0:
            self.restart()
        return max(0.0, ahead)


def _listen(port: int) -> socket.socket:
    listener = socket.create_server(("127.0.0.1", port), backlog=4)
    listener.setblocking(False)
    return listener


def _refusal(message: str, hint: str = "") -> dict[str, object]:
    return {"ok": False, "message": message, "hint": hint}
