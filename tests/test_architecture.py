"""The house keeps its walls, and each wall is shown to stop what it is there to stop."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.helpers import architecture_rules as rules

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.__name__)
def test_this_checkout_keeps_the_rule(rule):
    assert rule(ROOT) == []


# One small broken file per rule: where it lies, what stands in it, and what the rule must name.
PLANTED = [
    (rules.prints, "engine/memory.py", "print('x')", "memory.py:1: print"),
    (rules.prints, "gui/app.py", "def f():\n    print()", "app.py:2: print"),
    (rules.processes, "engine/verify.py", "import subprocess", "imports subprocess"),
    (rules.processes, "engine/verify.py", "from subprocess import run", "imports subprocess.run"),
    (rules.processes, "engine/verify.py", "import os\nos.system('ls')", "verify.py:2: os.system"),
    (rules.processes, "gui/app.py", "from PySide6.QtCore import QProcess", "QProcess"),
    (rules.current_directory, "engine/project.py", "import os\nos.chdir('x')", "os.chdir"),
    (rules.current_directory, "engine/project.py", "from pathlib import Path\nPath.cwd()", "Path.cwd"),
    (rules.c_text, "engine/firmware/generate.py", "A = '#include <stdint.h>'", "C text"),
    (
        rules.c_text,
        "engine/firmware/generate.py",
        "A = f'void {1}_init(void);'\nB = 'int8_t f(int x) {'",
        "C text",
    ),
    (
        rules.pages,
        "gui/pages/fit_page.py",
        "from gui.pages.live_page import LivePage",
        "the page live_page",
    ),
    (rules.pages, "gui/pages/fit_page.py", "from .live_page import LivePage", "the page live_page"),
    (rules.pages, "gui/pages/fit_page.py", "from PySide6.QtCore import QThread", "QThread"),
    (rules.pages, "gui/pages/fit_page.py", "import threading", "imports threading"),
    (rules.pages, "gui/pages/fit_page.py", "open('x')", "touches a file"),
    (
        rules.window_imports,
        "gui/app.py",
        "from engine.compress.prune import prune",
        "engine.compress.prune",
    ),
    (rules.window_imports, "gui/app.py", "def f():\n    import torch", "app.py:2: imports torch"),
    (rules.window_imports, "gui/app.py", "from engine import child", "engine.child"),
    (rules.frameworks, "engine/memory.py", "def f():\n    import torch", "memory.py:2: imports torch"),
    (rules.frameworks, "engine/compress/prune.py", "import tensorflow as tf", "imports tensorflow"),
    (
        rules.frameworks,
        "engine/telemetry/recorder.py",
        "from serial import Serial",
        "imports serial.Serial",
    ),
    (
        rules.frameworks,
        "engine/device/flash.py",
        "from engine.virtual_board import cpu",
        "virtual_board",
    ),
    (rules.frameworks, "engine/device/flash.py", "import unicorn", "imports unicorn"),
    (rules.long_files, "engine/memory.py", "\n" * 501, "501 lines"),
    (rules.long_files, "resources/firmware/kernels/th_add.h", "\n" * 501, "501 lines"),
    (rules.vague_names, "engine/utils.py", "", "engine/utils.py"),
    (rules.vague_names, "gui/base_page.py", "", "gui/base_page.py"),
    (rules.unfinished, "engine/memory.py", "# TO" + "DO later", "memory.py:1"),
    (rules.machine_paths, "docs/notes.md", "See /home/me/x.", "/home/m"),
    (rules.machine_paths, "engine/memory.py", "A = 'C:\\\\Users'", "Users"),
    (rules.emulator_licence, "engine/virtual_board/cpu.py", "import unicorn", "no SPDX line"),
]


@pytest.mark.parametrize(("rule", "name", "text", "expected"), PLANTED)
def test_a_broken_rule_is_seen(tmp_path, rule, name, text, expected):
    for module in ("engine/cli.py", "engine/child.py", "gui/child_process.py", "gui/pages/live_page.py"):
        (tmp_path / module).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / module).write_text("")
    licence = tmp_path / "engine" / "virtual_board" / "LICENSE"
    licence.parent.mkdir()
    licence.write_text("GNU GENERAL PUBLIC LICENSE\n")
    assert rule(tmp_path) == []

    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text)

    violations = rule(tmp_path)
    assert violations
    assert any(expected in violation for violation in violations), violations


def test_what_is_allowed_is_not_refused(tmp_path):
    allowed = {
        "engine/cli.py": "print('x')",
        "engine/child.py": "import subprocess",
        "gui/child_process.py": "from PySide6.QtCore import QProcess\nimport engine.child",
        "gui/pages/fit_page.py": "from gui.pages.page import Page\nimport engine.summaries",
        "gui/pages/page.py": "",
        "engine/convert/chain.py": '"""A docstring may say #include <x.h>."""\nimport tensorflow',
        "engine/zoo/ds_cnn.py": "import torch\nC = 'a static text; void of meaning'",
        "engine/virtual_board/cpu.py": "# SPDX-License-Identifier: GPL-2.0-or-later\nimport unicorn",
        "engine/virtual_board/LICENSE": "GNU GENERAL PUBLIC LICENSE",
        "docs/notes.md": "Open `docs/home/index.md`, then https://example.org/home/x and ~/work/models.",
    }
    for name, text in allowed.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    assert [violation for rule in rules.RULES for violation in rule(tmp_path)] == []


# What may join stages; nothing else may, so nothing else needs to be outside the contracts.
JOINERS = {
    "__main__",
    "bench",
    "board_access",
    "board_cost",
    "board_run",
    "board_search",
    "calibration_check",
    "cli",
    "clip_features",
    "code_places",
    "cost_measurement",
    "distillation",
    "doctor",
    "download_verb",
    "export",
    "export_front_end",
    "front_end_choice",
    "grouping",
    "hearing",
    "host_model",
    "import_verbs",
    "listen_verb",
    "listening",
    "live",
    "mixed_precision",
    "mlperf",
    "order_comparison",
    "pipeline",
    "planning",
    "project",
    "project_data",
    "recipe_costs",
    "recipe_steps",
    "recipe_verbs",
    "report_source",
    "result_values",
    "stages",
    "target_layers",
    "terminal",
    "trainable_network",
    "untrained",
    "verbs",
    "verification",
    "worker",
}


def test_every_room_is_behind_a_wall():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    stages = next(c for c in contracts if c["type"] == "independence")["modules"]
    nouns = next(c for c in contracts if c["name"] == "The nouns and shared tools stand alone")[
        "source_modules"
    ]
    walled = {name.removeprefix("engine.") for name in [*stages, *nouns]} | {"virtual_board"}
    rooms = {
        path.stem
        for path in (ROOT / "engine").iterdir()
        if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    assert rooms - walled - JOINERS - {"__init__"} == set()
    assert walled & JOINERS == set()


# One forbidden import per contract: into which module, what, and the contract that must break.
BROKEN_WALLS = [
    ("engine/memory.py", "import gui.theme", "The engine knows no window"),
    ("engine/memory.py", "import PySide6.QtCore", "The engine knows no window"),
    ("engine/compress/prune.py", "import engine.memory", "A stage never imports another stage"),
    ("engine/errors.py", "import engine.data", "The nouns and shared tools stand alone"),
    ("engine/memory.py", "import torch", "torch stays in the rooms"),
    ("engine/compress/prune.py", "import tensorflow", "tensorflow stays in conversion"),
    ("engine/telemetry/recorder.py", "import serial", "Serial ports are opened in two places"),
    ("engine/device/flash.py", "import unicorn", "The emulator's libraries stay"),
    ("engine/worker.py", "import engine.virtual_board.cpu", "Nobody imports the virtual board"),
    ("gui/app.py", "import engine.firmware.build", "The window imports nouns"),
]


def lint_imports(checkout: Path) -> subprocess.CompletedProcess[str]:
    """Run import-linter on a checkout with that checkout's own contracts."""
    command = "import sys; from importlinter.cli import lint_imports_command; lint_imports_command()"
    return subprocess.run(
        [sys.executable, "-c", command, "--no-cache"],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def copied_checkout(tmp_path):
    """The Python sources and contracts of this checkout, to be broken at will."""
    for package in ("engine", "gui"):
        shutil.copytree(
            ROOT / package,
            tmp_path / package,
            ignore=shutil.ignore_patterns("__pycache__", "_resources"),
        )
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_import_walls_hold(copied_checkout):
    result = lint_imports(copied_checkout)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize(("name", "text", "contract"), BROKEN_WALLS)
def test_a_broken_import_wall_is_seen(copied_checkout, name, text, contract):
    with (copied_checkout / name).open("a") as module:
        module.write(f"\n{text}\n")
    result = lint_imports(copied_checkout)
    assert result.returncode == 1, result.stdout + result.stderr
    broken = [line for line in result.stdout.splitlines() if " BROKEN" in line]
    assert any(line.startswith(contract) for line in broken), result.stdout


@pytest.mark.parametrize("module", ["engine.pipeline", "engine.cli", "engine.worker", "gui.app"])
def test_opening_loads_no_framework(module):
    heavy = "{'torch', 'tensorflow', 'onnx', 'onnxruntime', 'ai_edge_litert', 'sklearn', 'unicorn'}"
    program = f"import sys, {module}; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.strip() == "[]"
