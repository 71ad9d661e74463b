"""Makes the pictures of docs/tour.md: what the commands show in a real terminal, and the page in a real browser.

    python benchmarks/stills.py [-m MODEL] [--keep FOLDER]

Needs tmux, chromium and chromedriver, and what the tests need (`pip install '.[test]'`). A scene is begun from a template,
spoilt, mended and performed in a folder that is thrown away; every picture is what the command that it names printed, 80
columns wide, or the page that `stage report` wrote of that run.
"""

from __future__ import annotations

import argparse
import os
import re
import secrets
import shlex
import subprocess
import sys
import tempfile
import time
from io import StringIO
from pathlib import Path

from browsing import browser
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.text import Text
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select, WebDriverWait

ROOT = Path(__file__).resolve().parent.parent
STILLS = ROOT / "docs" / "tour"
COLUMNS, ROWS = 80, 400
SLIP = ("in: piano", "in: pianno")
WRONG = ("'vera>hugo: necklace at', expect: case", "'vera>hugo: necklace at', expect: piano")


def in_terminal(command: str, folder: Path) -> str:
    """What a terminal of 80 columns shows once a command has ended, with its colours, as ANSI text."""
    name = f"stills-{secrets.token_hex(4)}"
    tmux = ["tmux", "-L", name, "-f", os.devnull]
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    shell = (
        f"cd {shlex.quote(str(folder))}; PATH={shlex.quote(path)}; {command}; tmux -L {name} wait-for -S done; sleep 60"
    )
    subprocess.run([*tmux, "new-session", "-d", "-x", str(COLUMNS), "-y", str(ROWS), f"bash -c {shlex.quote(shell)}"], check=True)  # fmt: skip
    try:
        subprocess.run([*tmux, "wait-for", "done"], check=True, timeout=1800)
        time.sleep(0.3)  # what was printed last is drawn
        shown = subprocess.run([*tmux, "capture-pane", "-e", "-p"], check=True, capture_output=True, text=True).stdout
    finally:
        subprocess.run([*tmux, "kill-server"], check=False)
    return shown.rstrip("\n")


def drawn(command: str, shown: str) -> str:
    """The terminal as an SVG that needs nothing else, under the command that was typed."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), highlight=False)
    console.print(Text.assemble(("$ ", "bold green"), (command, "bold")), soft_wrap=True)
    console.print(Text.from_ansi(shown, no_wrap=True), soft_wrap=True)
    form = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    form = form.replace("font-family: Fira Code", "font-family: ui-monospace, DejaVu Sans Mono, Menlo, Consolas")
    return console.export_svg(title="", code_format=form, unique_id="still")


def write_terminal(name: str, command: str, shown: str) -> None:
    (STILLS / f"{name}.svg").write_text(drawn(command, shown) + "\n", encoding="utf-8")
    print(f"{name}.svg", file=sys.stderr)


def terminal(folder: Path, model: str) -> None:
    """From an empty folder to a run and its rerolls; leaves the runs ``folder/one`` and ``folder/two``."""
    scene = folder / "heist.yaml"

    def still(name: str, command: str) -> str:
        shown = in_terminal(command, folder)
        write_terminal(name, command, shown)
        return shown

    in_terminal("stage new heist.yaml --template heist", folder)
    sound = scene.read_text(encoding="utf-8")
    assert all(right in sound for right, _ in (SLIP, WRONG)), "the template is another one: choose other slips"
    scene.write_text(sound.replace(*SLIP), encoding="utf-8")
    still("lint", "stage lint heist.yaml")
    scene.write_text(sound.replace(*WRONG), encoding="utf-8")
    still("lint-expect", "stage lint heist.yaml")
    scene.write_text(sound, encoding="utf-8")
    still("minds", "stage minds heist.yaml --about 'necklace at'")
    command = f"stage run heist.yaml{model}"
    lines = in_terminal(f"{command} --out one", folder).split("\n")
    at = next(n for n, line in enumerate(lines) if "Separation " in line)
    write_terminal("run", command, "\n".join(lines[:at]).rstrip())
    write_terminal("card", f"{command}    (continued)", "\x1b[1m" + "\n".join(lines[at:]))
    in_terminal(f"{command} --context shared --out two", folder)
    still("compare", "stage compare one two --common")
    still("reroll", f"stage reroll one --at back -n 16 --turn 'countess: necklace at piano'{model}")
    in_terminal("stage report one two -o report.html", folder)


def page(folder: Path) -> None:
    with browser() as b:

        def part(name: str) -> None:
            b.execute_script("document.getElementById('details').close(); scrollTo(0, 0)")
            b.find_element(By.CSS_SELECTOR, f"nav button[data-part={name}]").click()

        def still(name: str, height: int) -> None:
            size = {"width": 1000, "height": height, "deviceScaleFactor": 1, "mobile": False}
            b.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            b.execute_script("document.activeElement.blur()")
            b.save_screenshot(str(STILLS / f"{name}.png"))
            print(f"{name}.png", file=sys.stderr)

        def scheme(name: str) -> None:
            b.execute_cdp_cmd(
                "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": name}]}
            )

        scheme("light")
        b.get((folder / "report.html").as_uri())
        WebDriverWait(b, 30).until(lambda b: b.execute_script("return document.body.dataset.ready === 'yes'"))
        still("page-card", 940)
        part("play")
        still("page-play", 720)
        part("minds")
        still("page-minds", 580)
        scheme("dark")
        part("graphs")
        Select(b.find_element(By.CSS_SELECTOR, "#main select")).select_by_value("vera>hugo")
        still("page-graphs", 480)
        part("compare")
        still("page-compare", 640)
        scheme("light")
        part("probes")
        Select(b.find_elements(By.CSS_SELECTOR, "#main select")[0]).select_by_value("other")
        rows = b.find_elements(By.CSS_SELECTOR, "tr.open")
        next((r for r in rows if "Vera › Hugo:" in r.text), rows[0]).click()
        WebDriverWait(b, 30).until(lambda b: b.find_elements(By.CSS_SELECTOR, "#details pre"))
        still("page-probe", 1100)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("-m", "--model", help="else the built-in model")
    parser.add_argument("--keep", type=Path, help="a folder to work in and to keep; if it holds a report, only the page is drawn")  # fmt: skip
    options = parser.parse_args()
    STILLS.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        (folder / "bin").mkdir(parents=True, exist_ok=True)
        shim = folder / "bin" / "stage"
        shim.write_text(
            f'#!/bin/sh\nPYTHONPATH={shlex.quote(str(ROOT))} exec {shlex.quote(sys.executable)} -m stage "$@"\n'
        )
        shim.chmod(0o755)
        if not (folder / "report.html").exists():
            terminal(folder, f" -m {shlex.quote(options.model)}" if options.model else "")
        page(folder)


if __name__ == "__main__":
    main()
