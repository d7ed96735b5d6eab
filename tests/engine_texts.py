"""What the engine says to people, collected from its source as templates with numbered places.

The f-string `{path.name} is empty.` is the template `{1} is empty.`. Where a place holds one of a few
texts of the same file, each way to say it is a template of its own. The window says them in its
language (`gui/engine_words.py`). Bring the file of translations up to date, and see what has none, with

    python -m tests.engine_texts
"""

from __future__ import annotations

import ast
import functools
import itertools
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from xml.etree import ElementTree

from engine.boards import board_ids, load_board
from gui.engine_words import engine_file
from gui.translation import LANGUAGES, read_words

ENGINE = Path(__file__).parents[1] / "engine"
CONTEXT = "Engine"

# programs of their own, printers of the command line, documents, and what only the command line starts
_NOT_SHOWN = re.compile(
    r"virtual_board/|(cli|terminal|report|report_parts|import_report|mlperf|bench|cost_measurement"
    r"|order_comparison|calibration_check|compress/(calibration|paired)|download_verb"
    r"|listen_verb|listening|firmware/(operator_list|bakenn_model|front_end)|telemetry/frame"
    r"|device/udev)\.py"
)
# what is given a part of a sentence or a name to be shown, beside all kinds of EngineError
_SAY = set(
    "refuse require _refuse _refusal _refused stop _damaged _Broken ParameterError Trouble Finding "
    "LogLine StageFailed StageStarted Refusal note _attempt Protection noting _shape_unknown _lost "
    "ConnectionError append _wrong check_file read_file _expect _confused with_range".split()
)
_SAY_BY_NAME = {"hint", "fix", "cure", "reason", "problem", "why"}
# tables of names and single words that are shown by themselves
_NOT_SAID = {"NetworkInfo"}
# values that are words of the engine; a translation asks for them with `{1:word}`
WORDS = (
    "recording picture table train training validation test scale mean weights biases quanta memory "
    "worker import healthy faulty none active power-on software watchdog brown-out"
).split() + [
    "reset pin", "cause unknown",
    "address space", "processor time", "file size", "open files", "core dumps",
    "virtual board", "real board", "ImageNet's mean and deviation", "exported program",
    "Boards", "boards through OpenOCD", "boards in DFU mode", "only its own files",
    "or", "and", "{1} and {2} more",
    "No space left on device", "Permission denied", "No such file or directory", "Input/output error",
    "File exists", "Read-only file system", "Is a directory", "Not a directory", "Connection refused",
    "[Errno {1}] Connection refused", "[Errno {1}] No such file or directory: {2}",
    "[Errno {1}] Permission denied: {2}", "[Errno {1}] File exists: {2}",
    "{1} with {2}", "a mismatch: {1}", "it would crash on {1}",
    "{1} along axis {2}", "{1} along axis {2} and {3} along axis {4}",
]  # fmt: skip
_TABLES = {
    "pipeline.py": "TITLES",
    "firmware/build.py": "_FLASH_PARTS",
    "doctor.py": "_PACKAGES",
    "board_cost.py": "_LIMIT_WORDS",
    "convert/recurrent.py": "SUPPORTED",
    "device/drive.py": "_FAILURES",
    "telemetry/fault.py": "_CAUSES",
}
# codes, commands, and sentences whose reason is empty
_NO_TEXT = re.compile(r"^(ok|missing|optional|details|The \{1\})$|^(pip install|thimble-cli) |: \.$")
_SENTENCE = re.compile(
    r"""["'(]?([A-Z]|\{|--).*([.?!:]|: (thimble-cli|pip|git|sudo|python) .*)""", re.DOTALL
)
_PLACE = re.compile(r"\{\w*(?::\w+)?\}")
_MOST_WAYS, _DEEPEST = 24, 6

Pieces = tuple[str | None, ...]  # None: a value


@functools.cache
def templates() -> dict[str, str]:
    """Each template with the place in the source that says it first."""
    found: dict[str, str] = {}
    trees = {
        path.relative_to(ENGINE).as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in sorted(ENGINE.rglob("*.py"))
    }
    says = _SAY | _kinds_of_error(trees.values())
    for name, tree in trees.items():
        if not _NOT_SHOWN.match(name):
            for line, text in Module(name, tree, says).said():
                found.setdefault(text, f"{name}:{line}")
    for word in WORDS:
        found.setdefault(word, "values:1")
    for board_id in board_ids():
        found.setdefault(load_board(board_id).uart.wiring, f"boards/{board_id}.toml:1")
    return found


def template(pieces: Pieces) -> str:
    """The pieces as one text; values are `{1}`, `{2}` and so on."""
    numbers = itertools.count(1)
    return "".join(f"{{{next(numbers)}}}" if piece is None else piece for piece in pieces).strip()


def _words(text: str) -> list[str]:
    return re.findall(r"[A-Za-z]{2,}", re.sub(r"\{\d+\}", " ", text))


def _kinds_of_error(trees: Iterable[ast.Module]) -> set[str]:
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for tree in trees
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
    }
    kinds = {"EngineError"}
    while more := {name for name, parents in bases.items() if parents & kinds} - kinds:
        kinds |= more
    return kinds


class Module:
    """One file of the engine."""

    def __init__(self, name: str, tree: ast.Module, says: set[str]) -> None:
        self._name, self._tree, self._says = name, tree, says
        self._placed: set[ast.AST] = set()  # parts of sentences that their callers complete
        self._parent = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}

    def said(self) -> Iterator[tuple[int, str]]:
        """Line and template of all that a person may see."""
        inner: set[ast.AST] = set()
        wholes = []
        for node in ast.walk(self._tree):
            if _is_literal(node) and node not in inner:
                whole = self._whole(node)
                inner.update(child for child in ast.walk(whole) if _is_literal(child))
                ways = self._ways(whole)
                if not any(_words(template(way)) for way in ways):
                    ways = self._ways(whole, with_given=True)
                wholes.append((node, whole, ways))
        for node, whole, ways in wholes:
            if node in self._placed or self._is_for_other(node):
                continue
            table = self._is_in_table(node)
            shown = table or self._is_shown(whole)
            for text in map(template, ways):
                words = _words(text)
                is_sentence = bool(_SENTENCE.fullmatch(text)) and (len(words) > 1 or shown)
                is_part = shown and " " in text and (len(words) > 1 or text[0].isupper())
                if words and not _NO_TEXT.search(text) and (table or is_sentence or is_part):
                    yield node.lineno, text

    def _whole(self, node: ast.AST) -> ast.AST:
        """The sum of texts that a text is part of."""
        parent = self._parent.get(node)
        while isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add):
            node, parent = parent, self._parent.get(parent)
        return node

    def _is_for_other(self, node: ast.AST) -> bool:
        """Whether it is documentation, or given to what tells nobody."""
        parent = self._parent[node]
        parent = self._parent[parent] if isinstance(parent, ast.keyword) else parent
        return (
            isinstance(parent, ast.Expr) or isinstance(parent, ast.Call) and _called(parent) in _NOT_SAID
        )

    def _is_in_table(self, node: ast.AST) -> bool:
        parent = self._parent[node]
        if isinstance(parent, ast.Dict) and node in parent.keys:
            return False
        if isinstance(parent, ast.Tuple) and parent.elts[0] is node:
            return False  # a name
        row = self._parent.get(parent)
        if isinstance(row, ast.Tuple) and isinstance(self._parent.get(row), ast.Tuple):
            return False  # what a tool says, by which a row is found
        while parent in self._parent and not isinstance(parent, ast.stmt):
            parent = self._parent[parent]
        if not isinstance(parent, ast.Assign | ast.AnnAssign):
            return False
        target = parent.targets[0] if isinstance(parent, ast.Assign) else parent.target
        return isinstance(target, ast.Name) and target.id == _TABLES.get(self._name)

    def _is_shown(self, node: ast.AST) -> bool:
        """Whether it is given to something that tells people."""
        child, parent = node, self._parent.get(node)
        while parent is not None and not isinstance(parent, ast.stmt):
            if isinstance(parent, ast.keyword) and parent.arg in _SAY_BY_NAME:
                return True
            if isinstance(parent, ast.Subscript | ast.Compare):
                return False
            if isinstance(parent, ast.Tuple) and isinstance(self._parent.get(parent), ast.Call):
                return False
            if isinstance(parent, ast.Call):
                name = _called(parent)
                if name in self._says:
                    keyword = child.arg if isinstance(child, ast.keyword) else None
                    return keyword in (None, "text", "message", "title") and child is not parent.func
                if name not in ("rstrip", "strip", "str", "format"):
                    return False
            child, parent = parent, self._parent.get(parent)
        if isinstance(parent, ast.Assign) and isinstance(parent.targets[0], ast.Name):
            return parent.targets[0].id in _SAY_BY_NAME
        return False

    def _ways(self, node: ast.AST, *, with_given: bool = False, depth: int = 0) -> list[Pieces]:
        """All texts that an expression may give; `with_given`: what the calls of its function give."""
        ways = functools.partial(self._ways, with_given=with_given, depth=depth + 1)
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            pieces = _PLACE.split(node.value)
            return [tuple(itertools.chain(*((piece, None) for piece in pieces)))[:-1]]
        if isinstance(node, ast.JoinedStr):
            return _joined([ways(part) for part in node.values])
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            if _is_text(node):
                return _joined([ways(node.left), ways(node.right)])
        if isinstance(node, ast.FormattedValue):
            return ways(node.value)
        if isinstance(node, ast.IfExp):
            return ways(node.body) + ways(node.orelse)
        if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.Or):
            return [way for value in node.values for way in ways(value)]
        if isinstance(node, ast.Name) and depth < _DEEPEST:
            return [way for value in self._values(node, with_given) for way in ways(value)] or [(None,)]
        return [(None,)]

    def _values(self, name: ast.Name, with_given: bool) -> list[ast.expr]:
        """The texts that a constant of the file, a variable of the function or its callers put there."""
        function = self._function_of(name)
        values = list(_assigned(name.id, function)) if function is not None else []
        values = values or list(_assigned(name.id, self._tree, deep=False))
        if values and all(map(_is_text, values)) and not any(map(_is_name, values)):
            if self._function_of(values[0]) is not None:
                self._place(values)
            return values
        if function is not None and with_given and not values:
            given = list(self._given(name.id, function))
            if any(map(_is_text, given)):
                self._place(given)
                return given
        return []

    def _place(self, values: Iterable[ast.expr]) -> None:
        """Remember that sentences hold these texts, which are none by themselves."""
        self._placed.update(node for value in values for node in ast.walk(value) if _is_literal(node))

    def _given(self, parameter: str, function: ast.FunctionDef) -> Iterator[ast.expr]:
        """What the calls in this file give for a parameter."""
        names = [argument.arg for argument in function.args.args if argument.arg != "self"]
        if parameter not in names:
            return
        place = names.index(parameter)
        for node in ast.walk(self._tree):
            if isinstance(node, ast.Call) and _called(node) == function.name:
                by_name = [word.value for word in node.keywords if word.arg == parameter]
                yield from by_name or node.args[place : place + 1]

    def _function_of(self, node: ast.AST) -> ast.FunctionDef | None:
        parent = self._parent.get(node)
        while parent is not None and not isinstance(parent, ast.FunctionDef):
            parent = self._parent.get(parent)
        return parent


def _joined(parts: list[list[Pieces]]) -> list[Pieces]:
    ways = itertools.product(*parts)
    return [sum(way, ()) for way in itertools.islice(ways, _MOST_WAYS)]


def _is_literal(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _is_text(node: ast.AST) -> bool:
    if isinstance(node, ast.IfExp):
        return _is_text(node.body) or _is_text(node.orelse)
    if isinstance(node, ast.BinOp):
        return _is_text(node.left) or _is_text(node.right)
    return _is_literal(node)


def _is_name(node: ast.AST) -> bool:
    if isinstance(node, ast.IfExp):
        return _is_name(node.body) or _is_name(node.orelse)
    return isinstance(node, ast.Constant) and node.value.isupper()


def _assigned(name: str, scope: ast.AST, *, deep: bool = True) -> Iterator[ast.expr]:
    for node in ast.walk(scope) if deep else ast.iter_child_nodes(scope):
        if isinstance(node, ast.Assign) and any(
            isinstance(t, ast.Name) and t.id == name for t in node.targets
        ):
            yield node.value


def _called(call: ast.Call) -> str:
    function = call.func
    return function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")


def bring_up_to_date(path: Path) -> list[str]:
    """Write all templates into a file of translations, keep what is translated, and name the rest."""
    known = read_words(path) if path.is_file() else {}
    sheet = ElementTree.Element("TS", version="2.1", language=path.stem[-5:], sourcelanguage="en")
    context = ElementTree.SubElement(sheet, "context")
    ElementTree.SubElement(context, "name").text = CONTEXT
    missing = []
    for text in sorted(templates()):
        message = ElementTree.SubElement(context, "message")
        ElementTree.SubElement(message, "source").text = text
        translation = ElementTree.SubElement(message, "translation")
        translation.text = known.get((CONTEXT, text))
        if translation.text is None:
            translation.set("type", "unfinished")
            missing.append(text)
    ElementTree.indent(sheet, "    ")
    words = ElementTree.tostring(sheet, encoding="unicode")
    head = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n'
    path.write_text(f"{head}{words}\n", encoding="utf-8")
    return missing


if __name__ == "__main__":
    for name in LANGUAGES:
        if name != "en":
            sys.stdout.writelines(f"{text}\n" for text in bring_up_to_date(engine_file(name)))
