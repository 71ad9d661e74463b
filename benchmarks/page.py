"""How large the record of a long play is, how long its page takes until it can be used, and how large that is.

    python benchmarks/page.py [--beats 500] [--repeat 5] [--keep FOLDER]

Four people carry a key to and fro, one of them outside each time, and somebody speaks of it; after every beat ten questions are asked of
three of them, to the second order. A control stage performs it, `stage score` reads it, `stage report` makes the page, and headless Chromium opens it from
the disk, anew each time. Needs chromium and chromedriver, and what the tests need (`pip install '.[test]'`).
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from browsing import browser
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from stage.commands.reporting import html, read
from stage.performing.audiences import Unwatched
from stage.performing.settings import Settings
from stage.records.manifest import MANIFEST, RECORD
from stage.records.session import Planned, perform_file

PEOPLE = ("anna", "ben", "clara", "david")
ASKED = 10
"""Questions after every beat: reality, three minds, and six of these minds within another."""


def scene(beats: int) -> str:
    drawers = ("left drawer", "right drawer")
    played = []
    for beat in range(beats):
        goes, stays = PEOPLE[beat // 4 % 4], PEOPLE[(beat // 4 + 1) % 4]
        played.append((
            f"leave: {goes}, to: garden",
            f"put: key, in: {drawers[beat // 4 % 2].replace(' ', '_')}, by: {stays}",
            f"enter: {goes}, to: hall",
            f"speak: {stays}, to: {goes}",
        )[beat % 4])  # fmt: skip
    return "\n".join([
        "title: A long afternoon", "premise: Four people keep moving a key between two drawers.",
        "cast:", *(f"  {name}: {{at: hall}}" for name in PEOPLE),
        "places: [hall, garden]", "things:", "  key: {at: hall}",
        *(f"  {d.replace(' ', '_')}: {{at: hall, container: true}}" for d in drawers),
        "facts:", "  key at: [left_drawer, right_drawer]",
        "beats:", *(f"  - {{{what}}}" for what in played),
        "probes:", f"  - {{about: [key at], orders: 2, minds: [{', '.join(PEOPLE[:3])}], after: {list(range(1, beats + 1))}}}",
    ]) + "\n"  # fmt: skip


def made(beats: int, folder: Path) -> Path:
    """The page of a play of so many beats; nothing is performed again that is in the folder already."""
    run, page = folder / "run", folder / "report.html"
    if not (run / MANIFEST).exists():
        file = folder / "scene.yaml"
        file.write_text(scene(beats), encoding="utf-8")
        with told("performed"):
            planned = [Planned(Settings(), run)]
            list(perform_file(file, "control:reality", planned, Unwatched(), folder, lambda _: None))
    with told("read and scored"):
        done, scorecard = read(run)
    assert len(done.transcript.answers) == ASKED * beats
    with told("made into a page"):
        page.write_text(html([(done, scorecard)]), encoding="utf-8")
    characters = sum(map(len, done.prompts.values()))
    print(
        f"{beats} beats, {len(done.transcript.answers)} probes, {len(done.prompts)} prompts of {characters / 1e6:.0f} million characters"
    )
    print(f"the record has {(run / RECORD).stat().st_size / 1e6:.1f} MB, the page {page.stat().st_size / 1e6:.1f} MB")
    return page


@contextmanager
def told(what: str) -> Iterator[None]:
    """Tell how long something takes, and the most memory that this process has had by then."""
    began, worked = time.perf_counter(), time.process_time()
    yield
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    took, busy = time.perf_counter() - began, time.process_time() - worked
    print(f"{what} in {took:.1f} s, {busy:.1f} s of processor time; memory at most {most:.0f} MB so far")


def looks(page: Path) -> dict[str, float]:
    """Seconds that a browser takes which has opened nothing before: until the page can be used, and until each part shows."""
    with browser() as b:

        def until(done: str, begin: Callable[[], object]) -> float:
            began = time.perf_counter()
            begin()
            WebDriverWait(b, 120, 0.01).until(lambda b: b.execute_script(f"return {done}"))
            return time.perf_counter() - began

        b.get("about:blank")
        found = {"open": until("document.body?.dataset.ready === 'yes'", lambda: b.get(page.as_uri()))}
        for part in ("play", "minds", "graphs", "probes"):
            button = b.find_element(By.CSS_SELECTOR, f"nav button[data-part={part}]")
            shown = f"document.querySelector('nav button[data-part={part}]').getAttribute('aria-current') === 'page'"
            found[part] = until(shown, button.click)
        last = b.find_elements(By.CSS_SELECTOR, "tr.open")[-1]
        found["a prompt"] = until("document.querySelector('#details pre') !== null", last.click)
        return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--beats", type=int, default=500)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--keep", type=Path, help="a folder for the run and the page; a run that is there is not performed again")  # fmt: skip
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        page = made(options.beats, folder)
        every = [looks(page) for _ in range(options.repeat)]
    for what in every[0]:
        seconds = [found[what] for found in every]
        print(
            f"{what:9} {statistics.median(seconds):6.2f} s  (of {options.repeat}: {min(seconds):.2f} to {max(seconds):.2f})"
        )


if __name__ == "__main__":
    main()
