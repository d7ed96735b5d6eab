"""docs/protocol.md, the Python module and the C header must say the same."""

from __future__ import annotations

import re
from pathlib import Path

from engine.resources import resource
from engine.telemetry.frame import FRAME_TYPES, Capability, Status

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs" / "protocol.md").read_text("utf-8")
HEADER = resource("firmware", "platform", "common", "telemetry.h").read_text("utf-8")
TAILS = ("bytes", "text", "u32s")


def section(title: str) -> str:
    return DOCUMENT.split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def rows(text: str) -> list[list[str]]:
    cells = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if re.match(r"\| \d", line)
    ]
    assert cells
    return cells


def documented_frames() -> dict[str, tuple[int, str, tuple[tuple[str, str], ...]]]:
    found = {}
    for number, name, sender, payload in rows(section("Frames").split("\n### ")[0]):
        fields = tuple(
            (field.split()[0], field.split()[1]) for field in payload.split(",") if " " in field.strip()
        )
        found[name] = (int(number), sender, fields)
    return found


def enum_of_header(name: str) -> dict[str, int]:
    body = re.search(rf"enum {name} {{(.*?)}};", HEADER, re.DOTALL)
    assert body is not None
    found = {}
    for constant, value in re.findall(r"(\w+) = ([^,]+),", body[1]):
        one, _, shift = value.partition("<<")
        found[constant] = int(one) << int(shift or 0)
    return found


def test_python_module_agrees() -> None:
    ours = {t.name: (t.number, t.sender, t.fields) for t in FRAME_TYPES}
    assert ours == documented_frames()


def test_c_header_has_the_same_types() -> None:
    documented = {
        f"FRAME_{name.upper()}": number for name, (number, _, _) in documented_frames().items()
    }
    assert enum_of_header("telemetry_type") == documented


def test_c_header_has_the_same_fields() -> None:
    lists = {
        name.lower(): tuple((field, kind) for kind, field in re.findall(r"X\((\w+), (\w+)\)", body))
        for name, body in re.findall(r"#define FIELDS_(\w+)\(X\)((?:.*\\\n)*.*)", HEADER)
    }
    documented = {}
    for name, (_, _, fields) in documented_frames().items():
        fixed = tuple(field for field in fields if field[1] not in TAILS)
        if fixed:
            documented[name] = fixed
    assert lists == documented


def test_status_and_capabilities_agree() -> None:
    capabilities = {
        name.upper(): 1 << int(bit)
        for bit, name, _ in rows(section("Frames").split("### Hello")[1].split("### ")[0])
    }
    statuses = {
        name.upper(): int(value)
        for value, name, _ in rows(section("Frames").split("### Requests")[1].split("\n### ")[0])
    }
    assert capabilities == {c.name: c.value for c in Capability}
    assert statuses == {s.name: s.value for s in Status}
    assert enum_of_header("telemetry_capability") == {
        f"CAPABILITY_{k}": v for k, v in capabilities.items()
    }
    assert enum_of_header("telemetry_status") == {f"STATUS_{k}": v for k, v in statuses.items()}
