from __future__ import annotations

import msgspec
import pytest
from PySide6.QtCore import QModelIndex, Qt

from engine.events import StageFailed, StageFinished, StageProgress, StageStarted
from engine.summaries import ERROR_EDGES, VerifyRow, VerifySummary
from gui.intents import ForgetReport, OpenFile, OpenPage, RunUntil, SaveReport, SaveText
from gui.pages.verify_page import VerifyPage, form_name
from gui.saved_report import SavedReport
from gui.widgets.chain import ConversionChain, Node
from gui.widgets.class_bars import class_shares
from gui.widgets.confusion import ConfusionMatrix, mistakes, worst_pair, written_cells
from gui.widgets.layer_errors import edge_words, place_words
from gui.widgets.layer_table import (
    CELL,
    CostTableModel,
    ErrorCell,
    LayerTable,
    VerifyTableModel,
    used_tolerance,
)
from tests.gui import documents
from tests.gui.documents import LAYERS, STAGES, project_model


@pytest.fixture
def page(qtbot):
    page = VerifyPage()
    qtbot.addWidget(page)
    page.resize(940, 700)
    return page


def _hop(page: VerifyPage, index: int) -> tuple[str, str]:
    hop = page.chain.hops[index]
    return hop.text, hop.tone


def test_empty_the_page_offers_the_check(page, qtbot, tmp_path):
    page.refresh(project_model(tmp_path, done=STAGES[:3]))
    assert page.state == "empty"
    with qtbot.waitSignal(page.intent) as asked:
        page.empty.button.click()
    assert asked.args == [RunUntil("verify")]


def test_done_verdict_chain_and_accuracies(page, tmp_path):
    page.refresh(project_model(tmp_path))
    assert page.state == "done"
    assert page.verdict.title.text() == "The board gives the same answers as the converted model."
    assert "All 12 layers agree. Closest to its limit: pointwise_2 with 40 % of it." in (
        page.verdict.sentence.text()
    )
    names = [node.name for node in page.chain.nodes]
    assert names == ["PyTorch", "ONNX", "TensorFlow", "TFLite", "TFLite", "TFLite Micro", "Board"]
    assert [node.value for node in page.chain.nodes] == ["97.5 %"] * 4 + ["97.0 %"] * 3
    assert _hop(page, 0) == ("4.0e\u22126", "ok")
    assert _hop(page, 3) == ("1 step", "ok")
    assert _hop(page, 4) == ("exact", "ok")
    assert _hop(page, 5) == ("exact", "ok")
    assert page.footer().intent == OpenPage("fit")


def test_before_a_board_ran_the_last_hop_says_so(page, qtbot, tmp_path):
    page.refresh(project_model(tmp_path, done=STAGES[:5]))
    assert page.verdict.title.text() == "Every conversion gives the same answers."
    assert _hop(page, 5) == ("not run", "text3")
    assert page.chain.nodes[-1].todo
    assert page.board_badge.text == "not run yet"
    with qtbot.waitSignal(page.intent) as asked:
        page.board_run.click()
    assert asked.args == [RunUntil("board-run", again=True)]


def test_mismatched_bytes_on_the_board_are_bad_news_with_the_amount(page, tmp_path):
    page.refresh(project_model(tmp_path, board_run=documents.board_run(mismatched=17)))
    assert page.verdict.title.text() == "The board's answers differ in 17 bytes."
    assert page.verdict.property("kind") == "bad"
    assert page.board_badge.text == "17 bytes differ"
    assert _hop(page, 5) == ("17 B", "bad")


def test_a_layer_over_its_limit_is_named(page, tmp_path):
    page.refresh(project_model(tmp_path, done=STAGES[:5], verify=documents.verify(quanta=2.0)))
    assert page.verdict.property("kind") == "bad"
    assert page.verdict.title.text() == "4 of 12 layers differ by more than they may."
    assert page.verdict.sentence.text() == (
        "It begins at depthwise_1, from TFLite 32-bit float to TFLite INT8: 2 INT8 steps, "
        "the limit is 1 INT8 step."
    )
    assert _hop(page, 3) == ("2 steps", "bad")


def test_close_to_the_limit_is_a_warning_not_a_failure(page, tmp_path):
    page.refresh(project_model(tmp_path, verify=documents.verify(worst=9e-6)))
    assert page.verdict.property("kind") == "ok"
    assert _hop(page, 0) == ("9.0e\u22126", "warn")


def test_busy_the_job_shows_where_it_is(page, tmp_path):
    model = project_model(tmp_path, done=STAGES[:3])
    model.job_event.connect(page.on_event)
    model.begin_job({"verb": "run", "until": "verify"})
    model.job.stages = STAGES[:5]
    for stage in STAGES[:3]:
        model.take_event(StageFinished(stage=stage, seconds=1.0))
    page.refresh(model)
    model.take_event(StageStarted(stage="convert", title="Convert to 8-bit whole numbers"))
    model.take_event(StageProgress(stage="convert", done=2, total=5, unit="forms"))
    assert page.state == "busy"
    assert page.job_card.title.text() == "Convert to 8-bit whole numbers"
    assert page.job_card.detail.text() == "2 / 5 forms"
    assert not page.job_log_card.isHidden()
    page.job_log.flush()
    assert "Convert to 8-bit whole numbers" in page.job_log.toPlainText()
    assert page.footer().intent is None


def test_a_failed_conversion_leaves_the_old_result_readable(page, tmp_path):
    model = project_model(tmp_path, stale=("convert", "verify"))
    model.begin_job({"verb": "run", "until": "verify"})
    model.job.stages = STAGES[:5]
    model.take_event(
        StageFailed(
            stage="convert", code="conversion-failed", message="ONNX lost a layer.", hint="Report it."
        )
    )
    model.end_job(6)
    page.refresh(model)
    assert page.state == "error"
    assert page.failure.verdict.title.text() == "ONNX lost a layer."
    assert not page.table_card.isHidden()
    assert page.footer().intent == RunUntil("verify")


def test_stale(page, tmp_path):
    page.refresh(project_model(tmp_path, stale=("verify",)))
    assert page.state == "stale"
    assert page.footer().intent == RunUntil("verify")


def test_a_finished_network_without_labels_has_no_confusion(page, tmp_path):
    model = project_model(tmp_path)
    for key in ("convert", "board-run"):
        del model.stages[key]
    page.refresh(model)
    assert page.side.isHidden()
    assert page.state == "done"


def test_the_saved_table_holds_every_row(page, qtbot, tmp_path):
    page.refresh(project_model(tmp_path))
    with qtbot.waitSignal(page.intent) as asked:
        page.report.click()
    saved = asked.args[0]
    assert isinstance(saved, SaveText)
    lines = saved.text.splitlines()
    assert len(lines) == 1 + len(documents.verify().rows)
    assert lines[1] == 'torch,onnx,"conv_1",2e-07,2e-07,relative,1e-05,true'


@pytest.mark.parametrize(
    ("form", "name"),
    [
        ("torch", ("PyTorch", "trained")),
        ("onnxruntime", ("ONNX", "32-bit float")),
        ("tflite_int8", ("TFLite", "INT8")),
        ("TFLite float", ("TFLite", "32-bit float")),
        ("tflite-micro", ("TFLite Micro", "on this PC")),
        ("TFLite INT8 reference", ("TFLite", "INT8")),
        ("something else", ("something else", "")),
    ],
)
def test_names_of_forms(form, name):
    assert form_name(form) == name


def test_a_finished_network_is_compared_twice_with_its_last_form(page, tmp_path):
    rows = [
        VerifyRow("TFLite INT8 reference", "TFLite Micro", "conv", 0.0, 0.0, "quanta", 1.0, True),
        VerifyRow("quantised arithmetic", "TFLite Micro", "conv", 1.0, 1.0, "quanta", 1.0, True),
    ]
    summary = VerifySummary(rows=rows, accuracies={}, inputs_compared=8, passed=True)
    page.refresh(project_model(tmp_path, verify=summary))
    assert [node.name for node in page.chain.nodes] == ["TFLite", "TFLite Micro", "Board"]
    headers = [page.table_model.headerData(c, Qt.Orientation.Horizontal) for c in (1, 2)]
    assert headers == ["TFLite INT8 \u2192 TFLite Micro", "Reference \u2192 TFLite Micro"]


# ---- the table ----------------------------------------------------------------------------------
def _row(isolated: float, limit: float, unit: str = "relative") -> VerifyRow:
    return VerifyRow("a", "b", "layer", isolated, 2 * isolated, unit, limit, isolated <= limit)


def test_the_table_is_a_valid_model_with_both_errors_in_a_cell(qtmodeltester):
    table = VerifyTableModel()
    table.show_rows(documents.verify().rows, {"onnx": "ONNX"})
    qtmodeltester.check(table)
    assert (table.rowCount(), table.columnCount()) == (12, 7)
    assert table.headerData(1, Qt.Orientation.Horizontal) == "ONNX"
    cell = table.index(4, 1).data(CELL)
    assert cell == ErrorCell("4.0e\u22126", "1.0e\u22125", pytest.approx(0.4), True)
    assert table.index(1, 4).data() == "1"
    assert table.index(0, 6).data(CELL) == "ok"


def test_a_layer_missing_in_a_hop_is_an_en_dash():
    table = VerifyTableModel()
    table.show_rows([_row(0.0, 1e-5), VerifyRow("b", "c", "other", 1.0, 1.0, "quanta", 1.0, True)])
    assert table.index(0, 2).data() == "\u2013"
    assert table.index(0, 2).data(CELL) is None


def test_used_tolerance():
    assert used_tolerance(_row(5e-6, 1e-5)) == pytest.approx(0.5)
    assert used_tolerance(_row(0.0, 0.0, "quanta")) == 0.0
    assert used_tolerance(_row(1.0, 0.0, "quanta")) == float("inf")


def test_the_table_paints_with_failing_and_missing_cells(qtbot):
    model = VerifyTableModel()
    table = LayerTable(model)
    qtbot.addWidget(table)
    model.show_rows([_row(1.0, 0.0, "quanta"), VerifyRow("b", "c", "x", 0.0, 0.0, "quanta", 1.0, True)])
    table.resize(600, 200)
    assert not table.grab().isNull()
    assert model.index(0, 3).data(CELL) == "bad"


def test_costs_show_the_run_only_if_it_has_every_layer(qtmodeltester):
    fit = documents.fit()
    table = CostTableModel()
    table.show_layers(fit.layers, ran=[1, 2, 3])
    assert table.columnCount() == 6
    cycles = documents.board_run().layer_cycles
    table.show_layers(fit.layers, ran=cycles, ran_basis="measured")
    qtmodeltester.check(table)
    titles = [table.headerData(c, Qt.Orientation.Horizontal) for c in range(table.columnCount())]
    assert titles[-2:] == ["Cycles predicted", "Cycles measured"]
    assert table.index(2, 6).data(Qt.ItemDataRole.ToolTipRole) == f"{cycles[2]:,}"
    assert table.index(2, 6).data(CELL).share == 1.0
    assert table.rowCount(table.index(0, 0)) == 0
    assert table.rowCount(QModelIndex()) == 12


# ---- chain and confusion ------------------------------------------------------------------------
def test_a_chain_needs_a_hop_between_every_two_nodes(qtbot):
    chain = ConversionChain()
    qtbot.addWidget(chain)
    with pytest.raises(ValueError, match="2 nodes need 1 hops"):
        chain.show_chain([Node("a", ""), Node("b", "")], [])


def test_confusion_counts():
    counts = documents.confusion()
    assert mistakes(counts) == 10
    assert worst_pair(counts) == (1, 9, 7)
    assert worst_pair([[3, 0], [0, 4]]) is None
    assert written_cells([[98, 2], [3, 97]]) == {(1, 0)}  # 2 % exactly is not written


def test_confusion_cells_tile_their_area(qtbot):
    matrix = ConfusionMatrix()
    qtbot.addWidget(matrix)
    matrix.resize(420, 300)
    matrix.show_counts(documents.confusion(), documents.CLASSES)
    area = matrix.cells_area()
    assert matrix.cell(0, 0).topLeft() == area.topLeft()
    assert matrix.cell(9, 9).right() == pytest.approx(area.right())
    assert matrix.cell(9, 9).bottom() == pytest.approx(area.bottom())
    assert area.bottom() < matrix.height()
    assert "no and go" in matrix.accessibleDescription()


def test_a_verification_without_rows_is_shown_without_a_crash(page, tmp_path):
    nothing = VerifySummary(rows=[], accuracies={"int8": 0.9}, inputs_compared=0, passed=True)
    page.refresh(project_model(tmp_path, verify=nothing))
    assert [node.name for node in page.chain.nodes] == ["TFLite", "Board"]


def test_the_page_fits_its_place_in_the_smallest_window(page, tmp_path):
    page.refresh(project_model(tmp_path))
    assert page.minimumSizeHint().width() <= 1280 - 212 - 76


# ---- behind a cell, each class, the report ------------------------------------------------------
def _counted(counts: list[int], **changes) -> VerifyRow:
    row = VerifyRow(
        "TFLite float",
        "QAT simulation",
        "conv_1",
        0.0,
        3.0,
        "quanta",
        0.5,
        True,
        31.4,
        [0, 4, 1, 7],
        counts,
    )
    return msgspec.structs.replace(row, **changes)


def test_a_click_on_a_cell_shows_its_differences_and_close_goes_back(page, qtbot, tmp_path):
    summary = documents.verify()
    rows = [_counted([90, 8, 2, 0, 0, 0, 0, 0, 0]), *summary.rows]
    page.refresh(project_model(tmp_path, verify=msgspec.structs.replace(summary, rows=rows)))
    page.show()
    index = page.table_model.index(0, 1)
    assert page.side.currentIndex() == 0
    point = page.table.visualRect(index).center()
    qtbot.mouseClick(page.table.viewport(), Qt.MouseButton.LeftButton, pos=point)
    assert page.side.currentIndex() == 1
    assert page.side.cell_title.text() == "conv_1"
    assert page.side.errors.counts[:3] == [90, 8, 2]
    assert "0: 90.0 %, 1: 8.0 %, 2: 2.0 %" in page.side.errors.accessibleDescription()
    facts = page.side.cell_facts.text()
    assert "row 5, column 2, channel 8" in facts
    assert "scales and weights are off by 0" in facts
    assert not page.side.errors.beyond_limit(3)  # the limit there is of the constants
    qtbot.mouseClick(page.side.cell_close, Qt.MouseButton.LeftButton)
    assert page.side.currentIndex() == 0


def test_float_layers_tell_their_place_channels_first():
    row = _counted([], to_form="TensorFlow", unit="relative")
    assert place_words(row) == "row 2, column 8, channel 5"
    assert place_words(_counted([], worst_index=[0, 9])) == "element 10"
    assert place_words(_counted([], worst_index=None)) == ""


@pytest.mark.parametrize("unit", ["relative", "quanta"])
def test_every_bin_of_a_histogram_has_its_name(unit):
    assert len(edge_words(unit)) == len(ERROR_EDGES[unit]) + 1
    assert len(set(edge_words(unit))) == len(edge_words(unit))


def test_the_verdict_names_the_first_layer_and_the_likely_cause(page, tmp_path):
    summary = documents.verify(worst=0.5)
    cause = "Padding: only elements within 1 of the border are wrong."
    page.refresh(project_model(tmp_path, verify=msgspec.structs.replace(summary, likely_cause=cause)))
    assert page.verdict.title.text().startswith("One of 12 layers differs")
    assert LAYERS[4][0] in page.verdict.sentence.text()
    assert cause in page.verdict.sentence.text()


def test_each_class_comes_from_the_board(page, tmp_path):
    page.refresh(project_model(tmp_path))
    page.side.view.choose(1)
    rows = page.side.classes.rows
    assert [name for name, _, _ in rows] == documents.CLASSES
    assert rows[1][1] == pytest.approx(35 / 40)
    assert class_shares([[0, 0], [1, 3]]) == [None, 0.75]


def test_the_self_test_of_the_board_is_told(page, tmp_path):
    ran = msgspec.structs.replace(documents.board_run(), self_test="failed at layer conv_1")
    page.refresh(project_model(tmp_path, board_run=ran))
    assert "failed" in page.self_test_badge.text
    assert "conv_1" in page.self_test_badge.toolTip()


def test_the_report_is_asked_for_and_written_elsewhere(page, qtbot, tmp_path):
    model = project_model(tmp_path)
    page.refresh(model)
    with qtbot.waitSignal(page.intent) as sent:
        page.html.click()
    assert sent.args == [SaveReport(f"{model.project.folder.stem}-report.html")]
    assert page.report_note.isHidden()
    model.saved_report = SavedReport(tmp_path / "a.html")
    page.refresh(model)
    assert not page.html.isEnabled()
    assert page.report_note.isHidden()


def test_a_saved_report_can_be_opened_and_put_away(page, qtbot, tmp_path):
    model = project_model(tmp_path)
    model.saved_report = SavedReport(tmp_path / "a.html", done=True)
    page.refresh(model)
    assert not page.report_note.isHidden()
    assert "a.html" in page.report_note.words.text()
    assert page.html.isEnabled()
    with qtbot.waitSignal(page.intent) as sent:
        page.report_note.open.click()
    assert sent.args == [OpenFile(tmp_path / "a.html")]
    with qtbot.waitSignal(page.intent) as sent:
        page.report_note.close_note.click()
    assert sent.args == [ForgetReport()]


def test_a_report_that_could_not_be_written_says_why(page, tmp_path):
    model = project_model(tmp_path)
    failure = StageFailed(stage="", code="usage", message="No space left.", hint="Choose another place.")
    model.saved_report = SavedReport(tmp_path / "a.html", done=True, failure=failure)
    page.refresh(model)
    assert page.report_note.words.text() == "No space left. Choose another place."
    assert page.report_note.open.isHidden()
    assert page.state == "done"


def test_out_of_date_results_make_no_report(page, tmp_path):
    page.refresh(project_model(tmp_path, stale=("verify",)))
    assert not page.html.isEnabled()
    assert page.html.toolTip()


def test_layers_stand_in_the_order_they_run_whatever_hop_they_come_from():
    def row(before: str, after: str, layer: str) -> VerifyRow:
        return VerifyRow(before, after, layer, 0.0, 0.0, "quanta", 1.0, True)

    model = VerifyTableModel()
    model.show_rows(
        [
            *(row("a", "b", n) for n in ("conv", "dense")),
            *(row("b", "c", n) for n in ("input", "conv", "flat")),
        ]
    )
    assert [model.index(i, 0).data() for i in range(4)] == ["input", "conv", "flat", "dense"]
