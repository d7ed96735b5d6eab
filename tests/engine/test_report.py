"""The HTML report: complete, self-contained, readable, and safe with names from strangers' files."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from engine.figures import Measured, Predicted, Simulated
from engine.report import ReportContent, report_text
from engine.report_parts import LEVELS, level
from engine.resources import resource
from engine.summaries import (
    BoardRunSummary,
    BuildSummary,
    FitSummary,
    Placement,
    VerifyRow,
    VerifySummary,
)

FORMS = [
    "PyTorch", "ONNX Runtime", "TensorFlow", "TFLite float", "TFLite INT8 reference", "TFLite Micro",
    "generated C on the host",
]  # fmt: skip
VOID = {"meta"}


def chain(**changes) -> VerifySummary:
    rows = [
        VerifyRow(a, b, layer, 1e-7, 2e-6, "relative", 1e-5, True, 130.0, [0, 1, 2])
        for a, b in zip(FORMS, FORMS[1:], strict=False)
        for layer in ("conv", "dense")
    ]
    values = {"rows": rows, "accuracies": {"PyTorch": 0.97, "TFLite Micro": 0.96}}
    values |= {"inputs_compared": 17, "passed": True, **changes}
    return VerifySummary(**values)


def board_run(**changes) -> BoardRunSummary:
    layer = VerifyRow("TFLite Micro", "virtual board", "conv", 0.0, 0.0, "quanta", 0.0, True)
    values = {
        "board": "stm32f407", "link": "virtual", "inputs_compared": 100, "mismatched_bytes": 0,
        "accuracy": Measured(0.95, "fraction"), "host_accuracy": Measured(0.95, "fraction"),
        "instructions": 123456, "cycles": Simulated(234567, "cycles", 3), "layer_cycles": [1, 2],
        "latency_ms": Simulated(1.4, "ms", 3), "arena_bytes": 4096, "stack_bytes": 512, "confusion": [],
        "layer_rows": [layer], "self_test": "passed",
    }  # fmt: skip
    return BoardRunSummary(**{**values, **changes})


def fit() -> FitSummary:
    placement = Placement(
        tensor=0, name="conv", layer_kind="CONV_2D", offset=0, size_bytes=4096, first=0, last=1
    )
    return FitSummary(
        model="kws", board="stm32f407", flash_bytes=Predicted(40000, "bytes", 5),
        ram_bytes=Predicted(9000, "bytes", 5), arena_bytes=4096, arena_lower_bound_bytes=4096,
        scratch_bytes=0, cycles=None, latency_ms=Predicted(1.5, "ms", 20), flash_budget_bytes=1 << 19,
        ram_budget_bytes=1 << 17, flash_parts={}, ram_parts={}, placements=[placement], layers=[],
        fits=True, reasons=[], suggestions=[],
    )  # fmt: skip


def build() -> BuildSummary:
    return BuildSummary(
        model="kws", board="stm32f407", elf="a.elf", bin="a.bin", flash_bytes=41000, ram_bytes=9100,
        flash_parts={}, ram_parts={}, toolchain="zig", kernels="dsp", seconds=1.0, model_hash="ab",
    )  # fmt: skip


def page_of(**parts) -> str:
    return report_text(ReportContent(**{"title": "kws", "verify": chain(), **parts}))


class Tags(HTMLParser):
    """Fails on tags that are not closed in order; collects texts, and those of the cells of each row."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.names: set[str] = set()
        self.rows: list[list[str]] = []
        self.feed(page)
        assert self.open == []

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def row(self, first: str) -> list[str]:
        return next(row for row in self.lines if row[0] == first)[1:]

    @property
    def lines(self) -> list[list[str]]:
        return [[" ".join(cell.split()) for cell in row] for row in self.rows if row]

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")
        if tag not in VOID and tag != "br":
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.names.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" in self.open:
            return
        self.texts.append(data)
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] = f"{self.rows[-1][-1]} {data}".strip()


def test_everything_is_in_one_file_that_asks_for_nothing():
    page = page_of(board_run=board_run(), fit=fit(), build=build(), board_title="STM32F407 Discovery")
    tags = Tags(page)
    assert not tags.names & {"script", "link", "img", "iframe", "form", "object"}
    assert not re.search(r"(?:src|href|url|@import)\s*[=(]", page)
    assert "://" not in page
    assert "svg" in tags.names


def test_the_verdict_is_one_sentence_of_forms_and_board():
    tags = Tags(page_of(board_run=board_run(), board_title="STM32F407 Discovery"))
    assert (
        "Passed: all 13 comparisons of layers in 7 steps are within their limits, and on the virtual "
        "board no byte differs over 100 inputs."
    ) in tags.text
    for form in (*FORMS, "virtual board"):
        assert form in tags.text
    assert tags.row("Self-test at boot") == ["✓ passed"]
    assert "no board took part" in Tags(page_of()).text


def test_each_figure_stands_in_the_column_that_says_where_it_comes_from():
    tags = Tags(page_of(board_run=board_run(), fit=fit(), build=build()))
    assert tags.row("Flash") == ["40,000 bytes ± 5 %", "–", "41,000 bytes", "524,288 bytes, 8 % used"]
    assert tags.row("Cycles") == ["–", "234,567 cycles ± 3 %", "–", ""]
    assert tags.row("Time of one inference") == ["1.5 ms ± 20 %", "1.4 ms ± 3 %", "–", ""]
    real = board_run(link="COM5", cycles=Measured(234000, "cycles"), latency_ms=Measured(1.4, "ms"))
    tags = Tags(page_of(board_run=real, fit=fit(), build=build()))
    assert tags.row("Cycles") == ["–", "–", "234,000 cycles", ""]
    assert tags.row("Deepest stack") == ["–", "–", "512 bytes", ""]


def test_parts_that_are_not_there_are_left_out():
    text = Tags(page_of(verify=chain(accuracies={}))).text
    for heading in (
        "On the board",
        "Memory and time",
        "What is above its limit",
        "Do it again",
        "By class",
    ):
        assert heading not in text
    assert "No labelled samples" in text


def test_a_failure_is_told_first_with_its_likely_cause_and_worst_element():
    rows = [
        VerifyRow("PyTorch", "ONNX Runtime", "conv", 0.5, 0.7, "relative", 1e-5, False, 3.0, [4, 11]),
        VerifyRow("PyTorch", "ONNX Runtime", "dense", 0.0, 0.7, "relative", 1e-5, True),
    ]
    summary = chain(
        rows=rows, passed=False, first_guilty="Layer conv changes.", likely_cause="Padding: too wide."
    )
    page = page_of(verify=summary, board_run=board_run())
    tags = Tags(page)
    assert 'class="verdict bad"' in page
    assert "conv is the first layer that changes, from PyTorch to ONNX Runtime, by 0.5" in tags.text
    assert (
        tags.text.index("Failed:") < tags.text.index("Padding: too wide.") < tags.text.index("checked")
    )
    assert tags.row("conv") == ["PyTorch", "ONNX Runtime", "0.5", "1.0e-05", "relative", "[4, 11]"]
    assert "<details open>" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mismatched_bytes": 3}, "the board answers other bytes than TFLite Micro, 3 of them"),
        ({"self_test": "failed at layer conv"}, "the board's self-test at boot failed at layer conv"),
    ],
)
def test_what_is_wrong_on_the_board_fails_the_report(changes, words):
    page = page_of(board_run=board_run(**changes))
    assert 'class="verdict bad"' in page
    assert words in Tags(page).text.replace("&#39;", "'")


def test_names_of_strangers_cannot_become_html():
    evil = '"><script>alert(1)</script>'
    rows = [
        VerifyRow(evil, "b", evil, 0.0, 0.0, "quanta", 0.0, True),
        VerifyRow("b", evil, evil, 9.0, 0.0, "quanta", 0.0, False, 1.0, [1]),
    ]
    verify = chain(
        rows=rows, accuracies={evil: 0.5}, class_accuracies={evil: [0.5]}, classes=[evil],
        likely_cause=evil, first_guilty=evil,
    )  # fmt: skip
    run = board_run(self_test=evil, confusion=[[3]], link=evil)
    page = page_of(
        title=evil, verify=verify, facts=[(evil, evil)], hashes={evil: evil}, versions={evil: evil},
        fit=fit(), build=build(), board_run=run, board_title=evil, host_confusion=[[3]],
        commands=[evil], recipe=evil, notes=[evil], compared_on=evil,
    )  # fmt: skip
    assert "<script" not in page
    assert "script" not in Tags(page).names
    assert not re.search(r"<[^>]*\balert", page.replace("&gt;", "").replace("&lt;", ""))


def test_names_can_neither_turn_the_text_round_nor_break_the_file():
    rows = [VerifyRow("a", "b", "safe\u202egnp.exe\x07\udc80", 0.0, 0.0, "quanta", 0.0, True)]
    page = page_of(verify=chain(rows=rows))
    page.encode("utf-8")
    assert "safe\ufffdgnp.exe\ufffd\ufffd" in page


def test_a_very_long_name_is_cut_and_whole_on_demand():
    name = "layer/" * 200
    page = page_of(verify=chain(rows=[VerifyRow("a", "b", name, 0.0, 0.0, "quanta", 0.0, True)]))
    assert f'title="{name}"' in page
    assert max(map(len, Tags(page).lines[-1])) < 60


def test_classes_have_a_table_of_their_own():
    summary = chain(
        class_accuracies={"PyTorch": [1.0, None], "TFLite Micro": [0.75, None]},
        classes=["yes", "never"],
        accuracy_samples=8,
    )
    tags = Tags(page_of(verify=summary, board_run=board_run(confusion=[[9, 1], [0, 0]])))
    assert tags.row("Class") == ["PyTorch of 8", "TFLite Micro of 8", "stm32f407 of 100"]
    assert tags.row("yes") == ["100.0 %", "▼ 75.0 %", "90.0 %"]
    assert tags.row("never") == ["–", "–", "–"]


def test_host_and_board_are_confused_side_by_side():
    summary = chain(classes=["yes", "no"])
    run = board_run(confusion=[[7, 1], [0, 8]])
    text = Tags(page_of(verify=summary, board_run=run, host_confusion=[[7, 1], [0, 8]])).text
    assert "Host, whole numbers, 16 samples" in text
    assert "The two are equal in every cell." in text
    text = Tags(page_of(verify=summary, board_run=run, host_confusion=[[8, 0], [0, 8]])).text
    assert "The two are not equal." in text


def test_the_matrix_says_each_level_without_colour():
    rows = [
        VerifyRow("a", "b", "zero", 0.0, 0.0, "relative", 1e-5, True),
        VerifyRow("a", "b", "little", 5e-7, 0.0, "relative", 1e-5, True),
        VerifyRow("a", "b", "half", 5e-6, 0.0, "relative", 1e-5, True),
        VerifyRow("a", "b", "nearly", 9.5e-6, 0.0, "relative", 1e-5, True),
        VerifyRow("a", "b", "beyond", 2e-5, 0.0, "relative", 1e-5, False),
        VerifyRow("b", "c", "quantum", 1.0, 1.0, "quanta", 1.0, True),
    ]
    assert [level(row).key for row in rows] == ["exact", "low", "middle", "tight", "over", "middle"]
    assert len({found.sign for found in LEVELS}) == len(LEVELS)
    tags = Tags(page_of(verify=chain(rows=rows, passed=False)))
    lines = {row[0]: row[1:] for row in tags.lines if len(row) == 3}
    assert lines["nearly"] == ["● 9.5e-06", ""]
    assert lines["quantum"] == ["", "◐ 1"]
    for found in LEVELS:
        assert found.words in tags.text


def _luminance(colour: tuple[float, ...]) -> float:
    parts = [c / 255 for c in colour]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    lower, higher = sorted((_luminance(one), _luminance(other)))
    return (higher + 0.05) / (lower + 0.05)


@pytest.mark.parametrize("theme", [0, 1])
def test_text_can_be_read_on_every_ground_in_both_themes(theme):
    block = re.findall(r":root \{(.*?)\}", resource("report", "report.css").read_text("utf-8"), re.S)[
        theme
    ]
    found = {
        name: tuple(int(value[n : n + 2], 16) for n in (0, 2, 4))
        for name, value in re.findall(r"--([a-z-]+): #([0-9a-f]{6})", block)
    }
    on = {
        "ink": ["paper", "panel", "good-back", "bad-back", "warn-back", "blue-back"],
        "soft": ["paper", "panel"],
        "good": ["paper", "panel", "good-back"],
        "bad": ["paper", "bad-back"],
        "warn": ["paper"],
    }
    for text, grounds in on.items():
        for ground in grounds:
            assert _contrast(found[text], found[ground]) >= 4.5, (text, ground)
    strongest = tuple(0.4 * b + 0.6 * p for b, p in zip(found["blue"], found["paper"], strict=True))
    assert _contrast(found["ink"], strongest) >= 4.5
