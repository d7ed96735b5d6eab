"""The rules of the house that no linter knows, each as a function from a checkout to its violations.

A rule returns lines `path:line: what is wrong`, none if the tree keeps it. tests/test_architecture.py
runs every rule on this checkout, and on a small tree in which it is broken on purpose.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

# Longer than 500 lines, and why.
LONG_FILES: dict[str, str] = {
    "tests/helpers/hostile_files.py": "one short maker per hostile file, read as a list",
    "gui/widgets/primitives.py": "the small parts of the design, each a few lines, read together",
}
LONGEST_FILE = 500

PRINTING_FILES = {"engine/cli.py"}
PROCESS_FILE = "engine/child.py"
QT_PROCESS_FILE = "gui/child_process.py"
PAGES = {f"{n}_page" for n in ("model", "board", "compress", "train", "verify", "fit", "live")}
QT_WORKERS = {"QThread", "QThreadPool", "QRunnable", "QProcess", "QSerialPort"}
VAGUE_NAMES = {"utils", "util", "common", "manager", "base", "helpers", "helper", "misc"}

# The window may import these of the engine; `child` only names command lines, for the QProcess.
WINDOW_IMPORTS = {
    "boards",
    "candidates",
    "data.spec",
    "errors",
    "events",
    "examples",
    "figures",
    "file_code",
    "meaning",
    "operator_fixes",
    "past_runs",
    "pipeline",
    "project",
    "recipe",
    "report",
    "resources",
    "summaries",
    "telemetry.ring",
}

C_TEXT = re.compile(
    r"#\s*include\s*[<\"][\w./]|#\s*(?:define|ifdef|ifndef|endif|pragma)\b|\bstatic (?:inline|const)\b"
    r"|\b(?:void|u?int(?:8|16|32|64)_t|float|double)\s*\*?\s*\w+\s*\([^)]*\)\s*[{;]"
)
MACHINE_PATH = re.compile(r"(?<![\w.~}>*])/(?:work|root|home|Users|tmp)/\w|\b[A-Z]:\\\\?Users\b")
TEXT_ENDINGS = {".py", ".toml", ".md", ".txt", ".c", ".h", ".jinja", ".yaml", ".yml", ".s", ".S", ".ld"}


def python_files(root: Path, *folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Path relative to the root (with `/`) and syntax tree of every Python file in these folders."""
    for folder in folders or ("engine", "gui"):
        for path in sorted((root / folder).rglob("*.py")):
            yield path.relative_to(root).as_posix(), ast.parse(path.read_text("utf-8"), str(path))


def imports(name: str, tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of every import, wherever it stands; `from a import b` gives `a.b`."""
    package = name.removesuffix(".py").split("/")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            origin = package[: len(package) - node.level + 1] if node.level else []
            prefix = ".".join([*origin, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{prefix}.{alias.name}") for alias in node.names)


def is_within(module: str, *packages: str) -> bool:
    """Whether a dotted name is one of these modules, or inside one."""
    return any(module == package or module.startswith(package + ".") for package in packages)


def dotted(node: ast.expr) -> str:
    """`os.path.join` for that expression, '' for anything that is not a plain dotted name."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def calls(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every call."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node.lineno, dotted(node.func)


def prints(root: Path) -> list[str]:
    """Only the command line prints."""
    return [
        f"{name}:{line}: print"
        for name, tree in python_files(root)
        if name not in PRINTING_FILES
        for line, call in calls(tree)
        if call == "print"
    ]


def processes(root: Path) -> list[str]:
    """Processes start in engine/child.py, and QProcess in gui/child_process.py."""
    found = []
    for name, tree in python_files(root):
        for line, module in imports(name, tree):
            if name != PROCESS_FILE and is_within(
                module, "subprocess", "pty", "multiprocessing.Process"
            ):
                found.append(f"{name}:{line}: imports {module}")
            if name != QT_PROCESS_FILE and module.endswith(".QProcess"):
                found.append(f"{name}:{line}: imports {module}")
        if name != PROCESS_FILE:
            starters = re.compile(r"os\.(system|popen|fork|forkpty|exec\w+|spawn\w+|posix_spawnp?)$")
            found += [f"{name}:{line}: {call}" for line, call in calls(tree) if starters.match(call)]
    return found


def current_directory(root: Path) -> list[str]:
    """The engine neither asks for the current directory nor changes it."""
    asking = {"os.getcwd", "os.getcwdb", "os.chdir", "os.fchdir", "Path.cwd", "pathlib.Path.cwd"}
    return [
        f"{name}:{line}: {call}"
        for name, tree in python_files(root, "engine")
        for line, call in calls(tree)
        # pyOCD moves to its project folder when it opens; that file moves back
        if call in asking and name != "engine/device/pyocd_probe.py"
    ]


def c_text(root: Path) -> list[str]:
    """C lives in .c, .h and .jinja files; a string in Python that reads like C is refused."""
    found = []
    for name, tree in python_files(root):
        docstrings = {
            id(node.body[0].value)
            for node in ast.walk(tree)
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Constant)
                and isinstance(node.value, str)
                and id(node) not in docstrings
            ):
                match = C_TEXT.search(node.value)
                if match:
                    found.append(f"{name}:{node.lineno}: C text {match[0]!r}")
    return found


def pages(root: Path) -> list[str]:
    """Pages never import each other, start threads, or touch a file or port."""
    found = []
    for name, tree in python_files(root, "gui/pages"):
        for line, module in imports(name, tree):
            other = module.removeprefix("gui.pages.").split(".")[0]
            own = name.rsplit("/", 1)[1].removesuffix(".py")
            if module.startswith("gui.pages.") and other in PAGES and other != own and own != "__init__":
                found.append(f"{name}:{line}: imports the page {other}")
            if is_within(
                module, "threading", "concurrent", "asyncio", "multiprocessing", "socket", "serial"
            ):
                found.append(f"{name}:{line}: imports {module}")
            if module.rsplit(".", 1)[-1] in {
                "QThread",
                "QThreadPool",
                "QRunnable",
                "QProcess",
                "QSerialPort",
            }:
                found.append(f"{name}:{line}: imports {module}")
        reading = {"open", "read_text", "read_bytes", "write_text", "write_bytes", "unlink", "mkdir"}
        found += [
            f"{name}:{line}: touches a file: {call}"
            for line, call in calls(tree)
            if call.rsplit(".", 1)[-1] in reading
        ]
    return found


def window_imports(root: Path) -> list[str]:
    """The window knows the engine's nouns, its events and readiness; child_process.py also child."""
    found = []
    for name, tree in python_files(root, "gui"):
        allowed = WINDOW_IMPORTS | ({"child"} if name == QT_PROCESS_FILE else set())
        for line, module in imports(name, tree):
            if is_within(module, "engine") and not is_within(module, *(f"engine.{a}" for a in allowed)):
                found.append(f"{name}:{line}: imports {module}")
            if is_within(module, "torch", "tensorflow", "serial", "subprocess"):
                found.append(f"{name}:{line}: imports {module}")
    return found


def frameworks(root: Path) -> list[str]:
    """Heavy or special packages stay in their rooms; nobody imports the emulator."""
    rooms = {
        ("torch", "torch_pruning", "torchmetrics"): (
            "engine/zoo/",
            "engine/model_import/",
            "engine/compress/",
            "engine/convert/",
            "engine/verify",
            "engine/data/",
            # these name the module's type, they load nothing
            "engine/trainable_network.py",
            "engine/recipe_steps.py",
            "engine/distillation.py",
            "engine/calibration_check.py",
            "engine/untrained.py",
        ),
        ("tensorflow", "keras"): (
            "engine/convert/",
            "engine/verify",
            "engine/model_import/keras_file.py",
        ),
        ("serial",): ("engine/device/", "engine/telemetry/link.py"),
        ("unicorn", "capstone", "engine.virtual_board"): ("engine/virtual_board/",),
    }
    return [
        f"{name}:{line}: imports {module}"
        for name, tree in python_files(root)
        for line, module in imports(name, tree)
        for packages, allowed in rooms.items()
        if is_within(module, *packages) and not name.startswith(allowed)
    ]


def long_files(root: Path) -> list[str]:
    """No file is longer than 500 lines, unless LONG_FILES says why; what it lists must be long."""
    found = []
    for folder in ("engine", "gui", "tests", "installers", "resources/firmware"):
        for path in sorted((root / folder).rglob("*")):
            if path.suffix not in {".py", ".c", ".h", ".jinja"}:
                continue
            name = path.relative_to(root).as_posix()
            lines = len(path.read_text("utf-8").splitlines())
            if lines > LONGEST_FILE and name not in LONG_FILES:
                found.append(f"{name}:1: {lines} lines")
            elif lines <= LONGEST_FILE and name in LONG_FILES:
                found.append(f"{name}:1: has only {lines} lines; take it off LONG_FILES")
    return found


def vague_names(root: Path) -> list[str]:
    """A file or folder of the product says what it holds."""
    return [
        f"{path.relative_to(root).as_posix()}:1: vague name"
        for folder in ("engine", "gui")
        for path in sorted((root / folder).rglob("*"))
        if set(re.split(r"[_.]", path.stem.lower())) & VAGUE_NAMES and "__pycache__" not in path.parts
    ]


def text_files(root: Path) -> Iterator[tuple[str, str]]:
    """Every text file that people edit: the product, its tests, its documents."""
    for folder in ("engine", "gui", "resources", "installers", "docs", "tests", ".ci"):
        for path in sorted((root / folder).rglob("*")):
            if path.is_file() and (path.suffix in TEXT_ENDINGS or folder == ".ci"):
                yield path.relative_to(root).as_posix(), path.read_text("utf-8")
    for path in sorted(root.glob("*")):
        if path.is_file() and path.suffix in TEXT_ENDINGS:
            yield path.name, path.read_text("utf-8")


def unfinished(root: Path) -> list[str]:
    """Notes to oneself belong in the issue tracker."""
    note = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")
    return [
        f"{name}:{number}: {match[0]}"
        for name, text in text_files(root)
        for number, line in enumerate(text.splitlines(), start=1)
        if (match := note.search(line))
    ]


def machine_paths(root: Path) -> list[str]:
    """No file names a place of one machine."""
    return [
        f"{name}:{number}: {match[0]}"
        for name, text in text_files(root)
        if name not in {"tests/helpers/architecture_rules.py", "tests/test_architecture.py"}
        for number, line in enumerate(text.splitlines(), start=1)
        if (match := MACHINE_PATH.search(line))
    ]


def emulator_licence(root: Path) -> list[str]:
    """Every source of the virtual board says its licence, and the text lies beside it."""
    folder = root / "engine" / "virtual_board"
    found = [
        f"{path.relative_to(root).as_posix()}:1: no SPDX line"
        for path in sorted(folder.rglob("*"))
        if path.suffix in {".py", ".c", ".h"}
        and "SPDX-License-Identifier: GPL-2.0-or-later" not in path.read_text("utf-8")[:400]
    ]
    licence = folder / "LICENSE"
    words = licence.read_text("utf-8").lower().split() if licence.exists() else []
    if "gnu general public license" not in " ".join(words):
        found.append("engine/virtual_board/LICENSE:1: no licence text")
    return found


RULES = (
    prints,
    processes,
    current_directory,
    c_text,
    pages,
    window_imports,
    frameworks,
    long_files,
    vague_names,
    unfinished,
    machine_paths,
    emulator_licence,
)
