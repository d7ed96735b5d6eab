"""The HTML report: complete, self-contained, and safe with names from strangers' files."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from engine.errors import UsageError
from engine.figures import Measured, Predicted, Simulated
from engine.report import ReportContent, write_report
from engine.summaries import BoardRunSummary, FitSummary, Placement, VerifyRow, VerifySummary

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


def written(folder, **parts) -> str:
    path = folder / "new" / "report.html"
    write_report(
        ReportContent(**{"title": "kws", "subtitle": "kws.tflite", "verify": chain(), **parts}), path
    )
    return path.read_text("utf-8")


class Tags(HTMLParser):
    """Fails on tags that are not closed in order; collects text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self.names: set[str] = set()
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.names.add(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not self.open or self.open[-1] != "style":
            self.text.append(data)


def test_everything_is_in_one_file_that_asks_for_nothing(tmp_path):
    page = written(tmp_path, board_run=board_run(), fit=fit(), board_title="STM32F407 Discovery")
    tags = Tags(page)
    assert not tags.names & {"script", "link", "img", "iframe"}
    assert not re.search(r"(?:src|href|url)\s*[=(]", page)
    assert "://" not in page
    assert "svg" in tags.names


def test_forms_pairs_and_figures_are_named_with_their_basis(tmp_path):
    page = written(tmp_path, board_run=board_run(), fit=fit(), board_title="STM32F407 Discovery")
    text = " ".join(" ".join(Tags(page).text).split())
    for form in (*FORMS, "virtual board"):
        assert form in text
    assert "All 13 comparisons in 7 pairs are within limits." in text
    assert "0 bytes differ between the board and TFLite Micro over 100 inputs." in text
    assert "234,567 cycles ± 3 % simulated" in text
    assert "40,000 bytes ± 5 % predicted" in text
    assert "95.0 % measured" in text
    assert "self-test at boot passed" in text
    assert "130 dB" in text


def test_parts_that_are_not_there_are_left_out(tmp_path):
    text = " ".join(Tags(written(tmp_path)).text)
    assert "On the board" not in text
    assert "Memory and time" not in text


def test_a_failure_is_told_first_with_its_likely_cause(tmp_path):
    rows = [VerifyRow("PyTorch", "ONNX Runtime", "conv", 0.5, 0.5, "relative", 1e-5, False)]
    summary = chain(
        rows=rows, passed=False, first_guilty="Layer conv changes.", likely_cause="Padding: too wide."
    )
    page = written(tmp_path, verify=summary)
    text = " ".join(Tags(page).text)
    assert "Layer conv changes." in text
    assert "Padding: too wide." in text
    assert 'class="verdict failed"' in page
    assert "<details open>" in page


def test_bytes_that_differ_on_the_board_fail_the_report(tmp_path):
    page = written(tmp_path, board_run=board_run(mismatched_bytes=3))
    assert 'class="verdict failed"' in page
    assert "3 bytes differ" in page


def test_names_of_strangers_cannot_become_html(tmp_path):
    evil = "<script>alert(1)</script>"
    rows = [VerifyRow(evil, "b", evil, 0.0, 0.0, "quanta", 0.0, True)]
    page = written(tmp_path, title=evil, subtitle=evil, verify=chain(rows=rows, accuracies={evil: 0.5}))
    assert "<script" not in page
    assert "script" not in Tags(page).names


def test_classes_have_a_table_of_their_own(tmp_path):
    summary = chain(
        class_accuracies={"PyTorch": [1.0, None]}, classes=["yes", "never"], accuracy_samples=7
    )
    text = " ".join(" ".join(Tags(written(tmp_path, verify=summary)).text).split())
    assert "On 7 samples" in text
    assert "yes never PyTorch 100 % –" in text


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    content = ReportContent(title="a", subtitle="b", verify=chain())
    with pytest.raises(UsageError, match="cannot be written"):
        write_report(content, tmp_path / "file" / "report.html")
