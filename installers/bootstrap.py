#!/usr/bin/env python3
"""The two commands of a checkout: `demo` shows Thimble at work, `test` runs its tests.

Both make `.venv` in the checkout, install the pinned packages, look for the system libraries that Qt
needs, and run; a second call skips all that is already in place. Standard library only.
"""

import sys

# Before anything that an older Python would stumble over.
if not (3, 11) <= sys.version_info[:2] <= (3, 13):
    sys.exit(
        "Thimble needs Python 3.11, 3.12 or 3.13; this is {}.{} ({}). "
        "Run this file again with one of those.".format(*sys.version_info[:2], sys.executable)
    )

import argparse
import ctypes
import hashlib
import importlib.util
import os
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
VENV = CHECKOUT / ".venv"
VENV_PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMP = VENV / "thimble-installed.txt"
PIP_LOG = VENV / "thimble-pip.log"
MOST_TESTS_AT_ONCE = 4
CONSTRAINTS = CHECKOUT / "installers" / "constraints.txt"
EXTRAS = ".[dev,virtual-board,microphone]"
NEEDED_BYTES = 4_000_000_000  # 3.1 GB of packages, and pip unpacks beside them

# What Qt's xcb, wayland and offscreen platforms load at start: soname -> Debian/Ubuntu package.
QT_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libglib-2.0.so.0": "libglib2.0-0",
}
# Only a window on an X11 desktop needs these.
QT_DESKTOP_LIBRARIES = {
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
}
# The microphone is heard with it; without it Thimble says so, and everything else works.
SOUND_LIBRARIES = {"libportaudio.so.2": "libportaudio2"}
# Text looks as designed with these; without them Qt takes what the system has.
FONTS = {
    "inter": "fonts-inter",
    "jetbrainsmono": "fonts-jetbrains-mono",
    "notosanscjk": "fonts-noto-cjk",
}

NETWORK_FAULT = re.compile(
    r"ConnectionError|NewConnectionError|ConnectTimeout|ReadTimeout|[Rr]ead timed out|IncompleteRead"
    r"|ProtocolError|Temporary failure in name resolution|Connection (?:reset|aborted|refused|broken)"
    r"|Network is unreachable|SSLError|50[0234] Server Error"
)


class SetUpError(Exception):
    """Set-up cannot go on; the text is one line for people."""


def say(text: str) -> None:
    """One plain progress line, at once even into a pipe."""
    print(text, flush=True)


def fingerprint() -> str:
    """What an installation depends on: the pins, the packaging, this Python and this place."""
    digest = hashlib.sha256()
    for path in (CHECKOUT / "pyproject.toml", CHECKOUT / "setup.py", CONSTRAINTS):
        digest.update(path.read_bytes())
    digest.update(f"{sys.version}|{CHECKOUT}|{EXTRAS}".encode())
    return digest.hexdigest()


def is_installed() -> bool:
    """Whether an earlier call finished installing exactly this."""
    try:
        return VENV_PYTHON.exists() and STAMP.read_text("utf-8") == fingerprint()
    except OSError:
        return False


def install() -> None:
    """Make `.venv` and install the pinned packages into it.

    Raises:
        SetUpError: no venv module, no space, or pip failed.
    """
    free_bytes = shutil.disk_usage(CHECKOUT).free
    if free_bytes < NEEDED_BYTES and not VENV.exists():
        raise SetUpError(
            f"The disk has {free_bytes / 1e9:.1f} GB free, the packages need about "
            f"{NEEDED_BYTES / 1e9:.0f} GB. Free some space, or move the checkout to a larger disk."
        )
    make_venv()
    STAMP.unlink(missing_ok=True)
    say("Installing packages: about 1 GB to download the first time, 1 to 5 minutes.")
    started = time.monotonic()
    if not run_pip():
        if not NETWORK_FAULT.search(read_log()):
            raise SetUpError(pip_failure())
        say("The network failed; trying once more.")
        if not run_pip():
            raise SetUpError(pip_failure())
    STAMP.write_text(fingerprint(), "utf-8")
    say(f"Installed in {time.monotonic() - started:.0f} s.")


def make_venv() -> None:
    """Make `.venv`, unless one with this very Python is there.

    Raises:
        SetUpError: this Python cannot make one.
    """
    if venv_fits():
        return
    if not can_make_venv() and not apt_install([f"python3.{sys.version_info[1]}-venv"]):
        raise SetUpError(
            f"This Python ({sys.executable}) has no venv module. Use another Python, or install it "
            f"(Debian, Ubuntu: sudo apt-get install python3.{sys.version_info[1]}-venv)."
        )
    say(f"Making {VENV} with Python {sys.version.split()[0]}.")
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)], capture_output=True, text=True, check=False
    )
    if made.returncode != 0:
        raise SetUpError(f"The folder .venv could not be made: {last_line(made.stdout + made.stderr)}")


def can_make_venv() -> bool:
    """Debian ships venv without ensurepip, which venv then misses half-way."""
    return all(importlib.util.find_spec(name) is not None for name in ("venv", "ensurepip"))


def venv_fits() -> bool:
    """Whether `.venv` runs, holds pip, has this Python's version, and was made in this place."""
    if not VENV_PYTHON.exists():
        return False
    question = "import sys, pip; print(sys.version); print(sys.prefix)"
    answer = subprocess.run(
        [str(VENV_PYTHON), "-c", question], capture_output=True, text=True, check=False
    )
    expected = [*sys.version.splitlines(), str(VENV)]
    starter = VENV_PYTHON.with_name("pip")  # its first line names the place where it was made
    moved = starter.exists() and str(VENV).encode() not in starter.read_bytes()
    return answer.returncode == 0 and answer.stdout.splitlines() == expected and not moved


def run_pip() -> bool:
    """Install everything; large downloads are told as they begin, the full text goes to a log."""
    command = [str(VENV_PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--progress-bar", "off", "-c", str(CONSTRAINTS), "-e", EXTRAS]
    with (
        PIP_LOG.open("w", encoding="utf-8") as log,
        subprocess.Popen(
            command,
            cwd=CHECKOUT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as pip,
    ):
        assert pip.stdout is not None
        for line in pip.stdout:
            log.write(line)
            size = re.search(r"Downloading (?:\S*/)?([^\s/]+?)-\d\S* \((\d+(?:\.\d+)?) (MB|GB)", line)
            if size and (size[3] == "GB" or float(size[2]) >= 20):
                say(f"  downloading {size[1]} ({size[2]} {size[3]})")
            elif line.startswith("Installing collected packages"):
                say("  unpacking")
        return pip.wait() == 0


def read_log() -> str:
    """What pip said in the last try."""
    return PIP_LOG.read_text("utf-8")


def pip_failure() -> str:
    """Why pip failed, in one line."""
    log = read_log()
    if "No space left on device" in log:
        return f"The disk became full; the packages need {NEEDED_BYTES / 1e9:.0f} GB. Free some space."
    reasons = re.findall(r"^ERROR: (.*)", log, re.MULTILINE)
    reason = reasons[-1] if reasons else last_line(log)
    if NETWORK_FAULT.search(log):
        reason = "the package index cannot be reached; check the network or the proxy"
    return f"pip could not install the packages: {reason} (all of it: {PIP_LOG})"


def last_line(text: str) -> str:
    """The last line that says something."""
    return next(
        (line.strip() for line in reversed(text.splitlines()) if line.strip()), "no reason given"
    )


def missing_libraries(wanted: dict[str, str]) -> dict[str, str]:
    """Which shared libraries the loader does not find (Linux only; elsewhere Qt brings its own)."""
    missing = {}
    if sys.platform == "linux":
        for soname, package in wanted.items():
            try:
                ctypes.CDLL(soname)
            except OSError:
                missing[soname] = package
    return missing


def missing_fonts() -> list[str]:
    """Packages of the fonts that no font folder holds (Linux only)."""
    if sys.platform != "linux":
        return []
    home = Path.home()
    folders = [
        "/usr/share/fonts",
        "/usr/local/share/fonts",
        home / ".fonts",
        home / ".local/share/fonts",
    ]
    names = {
        re.sub(r"[^a-z]", "", p.stem.lower()) for f in folders for p in Path(f).rglob("*.[ot]t[fc]")
    }
    return [package for start, package in FONTS.items() if not any(n.startswith(start) for n in names)]


def check_system(*, desktop: bool, first_time: bool) -> None:
    """See that Qt can start; install what is missing where this user may.

    Raises:
        SetUpError: libraries are missing and cannot be installed from here.
    """
    wanted = QT_LIBRARIES | (QT_DESKTOP_LIBRARIES if desktop else {})
    missing = missing_libraries(wanted)
    fonts = missing_fonts() if first_time else []
    sound = [*missing_libraries(SOUND_LIBRARIES).values()] if first_time else []
    if missing and apt_install([*missing.values(), *fonts]):
        missing, fonts = missing_libraries(wanted), []
    elif fonts and apt_install(fonts):
        fonts = []
    if missing:
        names = " ".join(sorted(set(missing.values())))
        raise SetUpError(f"Qt needs system libraries that are not here: sudo apt-get install {names}")
    if fonts:
        say(f"For text as it was designed (optional): sudo apt-get install {' '.join(fonts)}")
    if sound and not apt_install(sound):  # by itself: if it fails, nothing else does
        say(f"For the microphone (optional): sudo apt-get install {' '.join(sound)}")


def apt_install(packages: list[str]) -> bool:
    """Install Debian packages if this user may. False if not, or if it failed."""
    apt = shutil.which("apt-get")
    if apt is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return False
    say(f"Installing system packages: {' '.join(packages)}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install_command = [apt, "install", "-y", "-q", "--no-install-recommends", *packages]
    for command in (install_command, [apt, "update", "-q"], install_command):
        try:
            done = subprocess.run(
                command, env=environment, capture_output=True, check=False, timeout=600
            )
        except subprocess.TimeoutExpired:
            return False
        if command is install_command and done.returncode == 0:
            return True
    return False


def run(command: list[str], environment: dict[str, str]) -> int:
    """Run in the checkout with this terminal; Ctrl-C reaches the program itself, and we wait for it."""
    program = subprocess.Popen(command, cwd=CHECKOUT, env=environment)
    signal.signal(signal.SIGTERM, lambda *_: program.terminate())
    while True:
        try:
            code = program.wait()
            return code if code >= 0 else 128 - code
        except KeyboardInterrupt:
            continue


def environment_of(*, offscreen: bool) -> dict[str, str]:
    """This environment with `.venv` first, and Qt without a display where that is wanted."""
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH")}
    environment["VIRTUAL_ENV"] = str(VENV)
    environment["PATH"] = os.pathsep.join([str(VENV_PYTHON.parent), environment.get("PATH", os.defpath)])
    if offscreen:
        environment["QT_QPA_PLATFORM"] = "offscreen"
    return environment


def has_display() -> bool:
    """Whether a window could be seen."""
    if sys.platform != "linux":
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def prepare(*, desktop: bool) -> None:
    """Everything before the run.

    Raises:
        SetUpError: something is missing that this program cannot put right.
    """
    first_time = not is_installed()
    if first_time:
        install()
    check_system(desktop=desktop, first_time=first_time)


def demo(options: argparse.Namespace) -> int:
    """Make a fresh project, and let the window play its whole path on the virtual board."""
    headless = options.headless or not has_display()
    prepare(desktop=not headless)
    environment = environment_of(offscreen=headless)
    project = Path(tempfile.mkdtemp(prefix="thimble-demo-")) / "keywords.thimble"
    thimble = [str(VENV_PYTHON), "-m"]
    made = run(
        [*thimble, "engine", "new", str(project), "--task", "keywords", "--board", "stm32f407"],
        environment,
    )
    if made != 0:
        raise SetUpError(f"The demo's project could not be made (exit code {made}).")
    command = [*thimble, "gui.app", "--demo", str(project)]
    if headless:
        screenshots = options.screenshots or project.parent / "screenshots"
        command += ["--headless", "--quit-when-done", "--screenshots", str(screenshots)]
    elif options.screenshots:
        command += ["--screenshots", str(options.screenshots)]
    say(f"Starting the demo; its project is {project}")
    return run(command, environment)


def pytest_words(soak: bool, others: list[str]) -> list[str]:
    """What pytest gets: the user's words as they are; unasked, all tests, a file at a time on each core.

    More than four at once would need more memory than a laptop has: some tests train.
    """
    spread = (
        [] if others else ["-n", str(min(os.cpu_count() or 1, MOST_TESTS_AT_ONCE)), "--dist", "loadfile"]
    )
    return [*(["--soak"] if soak else []), *spread, *others]


def test(pytest_arguments: list[str]) -> int:
    """Run the tests; arguments go to pytest as they are."""
    prepare(desktop=False)
    say(f"Running: pytest {shlex.join(pytest_arguments)}".rstrip())
    return run([str(VENV_PYTHON), "-m", "pytest", *pytest_arguments], environment_of(offscreen=True))


def main(arguments: list[str]) -> int:
    """Read the command line and run. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="bootstrap.py", description="Sets Thimble up in .venv and runs it."
    )
    verbs = parser.add_subparsers(dest="verb", required=True)
    demo_verb = verbs.add_parser("demo", help="the whole path, hands-free, on a virtual board")
    demo_verb.add_argument(
        "--headless", action="store_true", help="no window; screenshots and a table instead"
    )
    demo_verb.add_argument(
        "--screenshots", type=Path, metavar="DIR", help="where to save a picture of each page"
    )
    test_verb = verbs.add_parser("test", help="the tests", epilog="Everything else goes to pytest.")
    test_verb.add_argument("--soak", action="store_true", help="the long tests in full length")
    options, others = parser.parse_known_args(arguments)
    try:
        if options.verb == "test":
            return test(pytest_words(options.soak, others))
        if others:
            parser.error(f"unknown arguments: {' '.join(others)}")
        if options.screenshots:
            options.screenshots = options.screenshots.absolute()  # programs run in the checkout
        return demo(options)
    except SetUpError as error:
        print(f"bootstrap: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"bootstrap: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bootstrap: stopped", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
