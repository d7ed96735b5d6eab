"""A new user's first journey with a mouse, in a window that a real window manager frames."""

from __future__ import annotations

from tests.helpers.desktop import desktop


def test_from_an_empty_window_to_live_answers_by_mouse_alone(tmp_path):
    with desktop(tmp_path, "--theme", "dark", "--language", "en") as user:
        user.click("Skip the tour")
        user.click("Image classification")
        user.click("Continue to Board")
        user.click("STM32F407 Discovery")
        user.click("Continue to Compress")
        user.click("Go to Train")
        user.click("Start training", 90)
        user.click("Continue to Verify", 240)
        user.click("Convert and verify")
        user.click("Continue to Fit", 120)
        user.click("Plan the memory")
        user.click("Build the firmware")
        user.click("Continue to Live", 120)
        user.click("Flash the board")
        user.wait_for("Disconnect", 120)  # the page that it opens plays the test clips by itself
        words = user.words()
        assert "Live" in words
        assert any("simulated" in word for word in words)
        user.type("key", "ctrl+k")
        user.wait_for("Find a command", 10)
        user.type("type", "light colours")
        user.type("key", "Return")
        user.click("Disconnect")
        user.wait_for("Connect", 30)
    assert (tmp_path / "errors.txt").read_text() == ""
