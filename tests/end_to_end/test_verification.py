"""Verification, the report and export on the command line, down to the virtual board."""

from tests.helpers.command_line import thimble
from tests.helpers.shared_data import shared_data

PROMISED = {
    "from", "to", "layer", "isolated_error", "cumulated_error", "unit", "limit", "passed",
    "signal_to_noise_db", "worst_index",
}  # fmt: skip
CHAIN = [
    "PyTorch", "ONNX Runtime", "TensorFlow", "TFLite float", "QAT simulation",
    "TFLite INT8 reference", "TFLite Micro",
    "generated C on the host",
]  # fmt: skip


def pairs(rows):
    return list(dict.fromkeys((row["from"], row["to"]) for row in rows))


def test_a_project_is_verified_down_to_the_board(digits_project, tmp_path):
    folder, _ = digits_project
    report = tmp_path / "digits.html"
    outcome = thimble("verify", folder, "--on", "virtual", "--html", report)
    assert outcome.exit_code == 0, outcome.stderr
    assert all(set(row) - {"event"} == PROMISED for row in outcome.results)
    expected = [*zip(CHAIN, CHAIN[1:], strict=False), ("TFLite Micro", "virtual board")]
    assert pairs(outcome.results) == expected
    on_targets = [r for r in outcome.results if r["to"] in ("virtual board", CHAIN[-1])]
    assert {row["isolated_error"] for row in on_targets} == {0.0}
    page = report.read_text("utf-8")
    assert 'Bytes that differ</th><td class="good">✓ 0<' in page
    assert all(form in page for form in CHAIN)
    assert "200 of the test set" in page
    assert "The two are equal in every cell." in page
    assert "By class" in page
    assert all(name in page for name in ("network_int8.tflite", "firmware.bin"))
    again = thimble("report", folder, "--html", tmp_path / "again.html")
    assert again.exit_code == 0, again.stderr
    assert again.results[0]["passed"]
    assert (tmp_path / "again.html").read_text("utf-8") == page


def test_a_file_is_verified_on_a_board_of_its_own(tmp_path):
    path = shared_data("models", "tflite", "tflm_hello_world_int8.tflite")
    outcome = thimble("verify", path, "--board", "stm32g0b1", "--html", tmp_path / "report.html")
    assert outcome.exit_code == 0, outcome.stderr
    assert pairs(outcome.results)[-1] == ("TFLite Micro", "virtual board")
    assert "TFLite INT8 reference" in (tmp_path / "report.html").read_text("utf-8")


def test_monitor_tells_the_self_test(digits_project):
    folder, _ = digits_project
    outcome = thimble("monitor", folder, "--count", "1")
    assert outcome.exit_code == 0, outcome.stderr
    said = [e["text"] for e in outcome.events if e["event"] == "log_line"]
    assert any(text.startswith("Self-test at boot: passed") for text in said)


def test_the_model_of_a_project_is_exported(digits_project, tmp_path):
    folder, _ = digits_project
    outcome = thimble("export", folder, "--format", "arduino", "-o", tmp_path)
    assert outcome.exit_code == 0, outcome.stderr
    (row,) = outcome.results
    assert [(tmp_path / name).suffix for name in row["files"]] == [".zip"]
