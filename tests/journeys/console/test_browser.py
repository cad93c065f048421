"""The console in real Chromium: signed in by keyboard, searched, read, played, left."""

import os
from collections.abc import Callable
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver

from tests.journeys.console.conftest import NAME, PASSWORD, Site

Until = Callable[[Callable[[], object]], None]


def _photograph(browser: WebDriver, name: str) -> None:
    """Keeps a picture of the page where someone asks for pictures."""
    folder = os.environ.get("CONSOLE_PICTURES")
    if folder:
        browser.save_screenshot(str(Path(folder) / f"{name}.png"))


_AXE = resources.files("axe_playwright_python").joinpath("axe.min.js").read_text("utf-8")
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_ASK_AXE = """
const [rules, done] = arguments;
axe.run(document, {runOnly: rules, iframes: false}).then(
  found => done([found.passes.length, found.violations.map(v => [v.id, v.nodes.map(n => n.html)])]),
  error => done([0, String(error)]))
"""


_TELEPHONE = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False}


def _fits(browser: WebDriver) -> bool:
    fits: Any = browser.execute_script(
        "return document.documentElement.scrollWidth <= document.documentElement.clientWidth")
    return bool(fits)


def _fits_a_telephone(browser: WebDriver) -> bool:
    ask: Any = browser.execute_cdp_cmd
    ask("Emulation.setDeviceMetricsOverride", _TELEPHONE)
    try:
        return _fits(browser)
    finally:
        ask("Emulation.clearDeviceMetricsOverride", {})


def _is_sound(browser: WebDriver) -> bool:
    """Nothing is wider than the window or a telephone, and axe finds nothing that hinders anybody."""
    assert _fits_a_telephone(browser), browser.title
    browser.execute_script(_AXE)
    asked: Any = browser.execute_async_script(_ASK_AXE, _RULES)
    held, hindering = asked
    assert held > 10 and hindering == [], f"{browser.title}: {held} {hindering}"
    return _fits(browser)


def _type(browser: WebDriver, field: str, words: str) -> None:
    found = browser.find_element(By.NAME, field)
    found.clear()
    found.send_keys(words)


def test_a_day_at_headquarters(site: Site, browser: WebDriver, until: Until) -> None:
    browser.get(site.address)
    assert browser.current_url.endswith("/login") and _is_sound(browser)
    _type(browser, "name", NAME)
    _type(browser, "password", "wrong")
    browser.find_element(By.NAME, "password").send_keys(Keys.ENTER)
    until(lambda: browser.find_elements(By.CSS_SELECTOR, "[role=alert]"))
    assert "用户名或密码不对" in browser.find_element(By.CSS_SELECTOR, "[role=alert]").text
    _photograph(browser, "login")
    _type(browser, "password", PASSWORD)
    browser.find_element(By.NAME, "password").send_keys(Keys.ENTER)
    until(lambda: browser.find_elements(By.TAG_NAME, "table"))
    assert _is_sound(browser)
    _photograph(browser, "cases")

    _type(browser, "q", "不会有的词")
    browser.find_element(By.NAME, "q").send_keys(Keys.ENTER)
    until(lambda: "没有包含" in browser.page_source)
    _type(browser, "q", "检查")
    browser.find_element(By.NAME, "q").send_keys(Keys.ENTER)
    until(lambda: browser.find_elements(By.TAG_NAME, "table"))
    browser.find_element(By.CSS_SELECTOR, "tbody a").click()
    until(lambda: "总部已签收" in browser.page_source)
    assert _is_sound(browser)
    _photograph(browser, "case")

    _plays(browser, until)
    browser.find_element(By.CSS_SELECTOR, "section a[href*='/papers/']").send_keys(Keys.ENTER)
    until(lambda: browser.find_elements(By.CLASS_NAME, "sheet"))
    drawn = ("const i = document.querySelector('.sheet');"
             "return i.complete && i.naturalWidth === 1000 && i.naturalHeight > 1400")
    until(lambda: browser.execute_script(drawn))
    _photograph(browser, "paper")
    assert _is_sound(browser)

    for words in ("回执", "隔离区", "设备", "查阅记录"):
        browser.find_element(By.LINK_TEXT, words).click()
        until(partial(_headed, browser, words))
        assert _is_sound(browser)
        _photograph(browser, words)
    assert "查看或播放" in browser.page_source and "查看文书" in browser.page_source

    # Nothing in the browser's own log: no script, no blocked address, no error.
    log: Any = browser.get_log("browser")  # type: ignore[attr-defined]
    assert [e for e in log if e["level"] == "SEVERE" and "403" not in e["message"]] == []
    browser.find_element(By.CSS_SELECTOR, "header button").click()
    until(lambda: browser.current_url.endswith("/login"))
    browser.back()
    until(lambda: browser.current_url.endswith("/login") or "登录" in browser.title)


def _headed(browser: WebDriver, words: str) -> bool:
    return browser.find_element(By.TAG_NAME, "h1").text.startswith(words)


def _plays(browser: WebDriver, until: Until) -> None:
    """Every film of the case plays, and a place in its middle is reached."""
    films = browser.find_elements(By.TAG_NAME, "video")
    assert len(films) == 3
    for film in films:
        browser.execute_script("arguments[0].preload = 'auto'; arguments[0].load()", film)
        until(partial(browser.execute_script, "return arguments[0].readyState >= 3", film))
        length: Any = browser.execute_script("return arguments[0].duration", film)
        assert length > 0.5
        browser.execute_script("arguments[0].currentTime = arguments[0].duration / 2", film)
        until(partial(browser.execute_script,
                      "return !arguments[0].seeking && arguments[0].videoWidth > 0", film))
        assert browser.execute_script("return arguments[0].error", film) is None
    browser.execute_script("arguments[0].scrollIntoView()", films[0])
    _photograph(browser, "film")
