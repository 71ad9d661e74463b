"""The page in a real browser: clicked through, scrubbed, searched, without a word of complaint from the browser."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import perf_counter

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait
from test_page import hostile, made, performed

from stage.commands.reporting import html
from stage.performing.transcript import Line
from stage.records.record import Run
from stage.scoring.scorecard import score

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (shutil.which("chromium") and shutil.which("chromedriver")), reason="needs chromium and chromedriver"
    ),
]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    for flag in ("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--window-size=1200,900",
                 "--disable-background-networking", "--disable-component-update", "--disable-sync",
                 f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):  # fmt: skip
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = Chrome(options, Service(shutil.which("chromedriver")))
    yield driver
    driver.quit()


def opened(browser: Chrome, run: Run, folder: Path, title: str = "Sally and Anne") -> float:
    """Open the page of a run from a file; returns how many seconds it took until it could be used."""
    file = folder / "report.html"
    file.write_text(made(run, title), encoding="utf-8", errors="replace")
    begin = perf_counter()
    browser.get("about:blank")
    browser.get(file.as_uri())
    WebDriverWait(browser, 30, 0.02).until(lambda b: b.execute_script("return document.body.dataset.ready === 'yes'"))
    return perf_counter() - begin


def part(browser: Chrome, name: str) -> WebElement:
    browser.find_element(By.CSS_SELECTOR, f"nav button[data-part={name}]").click()
    return browser.find_element(By.ID, "main")


def complaints(browser: Chrome) -> list[str]:
    return [json.dumps(entry) for entry in browser.get_log("browser")]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return performed(tmp_path_factory.mktemp("runs") / "run", model="control:reality")


def test_a_look_around(browser: Chrome, run: Run, tmp_path: Path) -> None:
    opened(browser, run, tmp_path)
    assert "Accuracy by order" in browser.find_element(By.ID, "main").text
    assert browser.find_elements(By.CSS_SELECTOR, "svg polyline")

    lines = part(browser, "play").find_elements(By.CSS_SELECTOR, ".line")
    assert len(lines) == len(run.transcript.lines)
    assert sum("Sally (to Anne) " in line.text for line in lines) == 1
    next(line for line in lines if "Anne puts the marble in the box" in line.text).click()
    dialog = browser.find_element(By.ID, "details")
    assert "Not noticed by\nSally" in dialog.text
    assert "Chosen to state" not in dialog.text
    dialog.find_element(By.CSS_SELECTOR, ".close").click()

    minds = part(browser, "minds")
    false = minds.find_elements(By.CSS_SELECTOR, ".timeline button.false")
    assert false[0].text == "✗ basket"
    false[0].click()
    assert "sally did not notice" in dialog.text
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ESCAPE)
    assert not dialog.is_displayed()
    assert complaints(browser) == []


def test_scrubbing_through_time(browser: Chrome, run: Run, tmp_path: Path) -> None:
    opened(browser, run, tmp_path)
    graphs = part(browser, "graphs")
    Select(graphs.find_element(By.CSS_SELECTOR, "select")).select_by_value("anne>sally")
    seen = {}
    for beat in (0, 4):
        browser.execute_script(
            "const s = document.getElementById('scrub'); s.value = arguments[0]; s.dispatchEvent(new Event('input'))",
            beat,
        )
        pictures = browser.find_elements(By.CSS_SELECTOR, "#main svg")
        seen[beat] = [picture.text for picture in pictures]
    assert "kitchen" in seen[0][0]
    assert "basket" in seen[4][0]
    assert "box" in seen[4][1]
    browser.find_element(By.TAG_NAME, "body").click()
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.ARROW_LEFT)
    assert browser.find_element(By.CSS_SELECTOR, "output").text == "3"
    assert complaints(browser) == []


def test_filter_search_and_the_exact_prompt(browser: Chrome, run: Run, tmp_path: Path) -> None:
    opened(browser, run, tmp_path)
    browser.find_element(By.TAG_NAME, "body").send_keys("/")
    box = browser.switch_to.active_element
    assert box.get_attribute("id") == "search"
    box.send_keys("anne>sally")
    count = browser.find_element(By.ID, "count").text
    assert count.startswith(f"{sum('anne>sally' in a.id for a in run.transcript.answers)} of")
    selects = browser.find_elements(By.CSS_SELECTOR, "#main select")
    Select(selects[0]).select_by_value("other")
    (row,) = browser.find_elements(By.CSS_SELECTOR, "tr.open")
    row.click()
    dialog = browser.find_element(By.ID, "details")
    WebDriverWait(browser, 10).until(lambda b: "What happened so far" in dialog.text)
    assert "right for anne > sally is" in dialog.text
    assert "did not notice" in dialog.text
    assert complaints(browser) == []


def test_every_prompt_is_shown_to_the_letter(browser: Chrome, run: Run, tmp_path: Path) -> None:
    odd = {digest: f"😀 {text[:40]}é😀{text[40:]} {n}" for n, (digest, text) in enumerate(run.prompts.items())}
    opened(browser, replace(run, prompts=odd), tmp_path)
    numbers = list(range(-1, len(odd) + 1))
    shown = browser.execute_async_script(
        "const [numbers, done] = arguments; texts(data.runs[0]).then((text) => done(numbers.map((n) => text(n) ?? null)))", numbers
    )  # fmt: skip
    assert shown == [None, *odd.values(), None]
    assert complaints(browser) == []


def test_hostile_texts_are_texts(browser: Chrome, run: Run, tmp_path: Path) -> None:
    opened(browser, hostile(run), tmp_path, '"><img src=x onerror=alert(1)>')
    for name in ("card", "play", "minds", "graphs", "probes", "run"):
        part(browser, name)
        assert not browser.find_elements(By.CSS_SELECTOR, "#main img, header img, #main script")
    assert "onerror" in part(browser, "play").text
    assert complaints(browser) == []


def test_a_large_run_opens_quickly_and_is_not_large(browser: Chrome, run: Run, tmp_path: Path) -> None:
    answers = tuple(
        replace(a, id=f"{a.id} #{i}")
        for i in range(5000)
        for a in [run.transcript.answers[i % len(run.transcript.answers)]]
    )
    lines = tuple(Line(i % 6, "event", None, f"Something happens for the {i}th time.", ("anne",)) for i in range(500))
    prompts = {d: text + f" {n}" * 50 for n, (d, text) in enumerate(run.prompts.items())}
    large = replace(
        run, transcript=replace(run.transcript, lines=run.transcript.lines + lines, answers=answers), prompts=prompts
    )
    seconds = opened(browser, large, tmp_path)
    assert (tmp_path / "report.html").stat().st_size < 10_000_000
    assert seconds < 20  # it is far less; a busy machine is no defect
    assert "5000 of 5000" in part(browser, "probes").text
    assert len(browser.find_elements(By.CSS_SELECTOR, "tr.open")) == 200
    assert complaints(browser) == []


def test_by_night_and_on_a_telephone(browser: Chrome, run: Run, tmp_path: Path) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": "dark"}]}
    )
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    )
    try:
        opened(browser, run, tmp_path)
        for name in ("card", "play", "minds", "graphs", "probes"):
            part(browser, name)
            wide = browser.execute_script(
                "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
            )
            assert wide <= 1, name
        colour = browser.execute_script("return getComputedStyle(document.documentElement).backgroundColor")
        assert colour == "rgb(27, 26, 24)"
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})


def test_several_runs_fit_a_telephone_are_linked_to_and_printed(browser: Chrome, run: Run, tmp_path: Path) -> None:
    long_named = performed(tmp_path / f"run{'-of-a-long-name' * 4}", model="control:oracle")
    file = tmp_path / "both.html"
    file.write_text(html([(r, score(r.transcript)) for r in (long_named, run)]), encoding="utf-8")
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 390, "height": 800, "deviceScaleFactor": 1, "mobile": True}
    )
    try:
        browser.get(f"{file.as_uri()}#compare")
        WebDriverWait(browser, 30).until(lambda b: b.execute_script("return document.body.dataset.ready === 'yes'"))
        assert "Broke 5" in browser.find_element(By.ID, "main").text
        for name in ("card", "play", "minds", "graphs", "probes", "run", "compare"):
            part(browser, name)
            script = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
            assert browser.execute_script(script) <= 1, name
        part(browser, "card")
        browser.execute_script("window.dispatchEvent(new Event('beforeprint'))")
        assert "Broke 5" in browser.find_element(By.ID, "main").text
        assert complaints(browser) == []
    finally:
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
