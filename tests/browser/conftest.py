"""A real browser, and how its screen may look."""

from __future__ import annotations

from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

SCREENSHOTS = Path(__file__).parents[2] / ".lab" / "reports"
# Colours, width and height of a screen.
LOOKS = {"light": ("light", 900, 760), "dark": ("dark", 900, 760), "phone": ("light", 360, 740)}
# What people use, or are told about.
TELLING = "a[href], button, input:not([type=hidden]), textarea, select, img:not([alt=''])"
STANDS_STILL = "return document.getAnimations().every(each => each.playState === 'finished')"


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """Chromium, started once."""
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    for argument in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--hide-scrollbars",
        f"--user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(argument)
    driver = webdriver.Chrome(options, webdriver.ChromeService("/usr/bin/chromedriver"))
    yield driver
    driver.quit()


@pytest.fixture
def browser(chromium, look):
    """The browser as somebody opens it for the first time, speaking English.

    Whatever it complains of fails the test.
    """
    chromium.get("about:blank")
    chromium.get_log("browser")
    chromium.execute_cdp_cmd("Network.enable", {})
    chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
    chromium.execute_cdp_cmd("Network.clearBrowserCache", {})
    look("light")
    prefer(chromium, "en")
    yield chromium
    assert chromium.get_log("browser") == []


def prefer(browser, languages):
    """Have the browser ask for pages in these languages."""
    headers = {"headers": {"Accept-Language": languages}}
    browser.execute_cdp_cmd("Network.setExtraHTTPHeaders", headers)


@pytest.fixture
def speak(chromium):
    """A function that has the browser ask for pages in a language."""
    return lambda languages: prefer(chromium, languages)


@pytest.fixture
def look(chromium):
    """A function that gives the browser another screen."""

    def look(name):
        scheme, width, height = LOOKS[name]
        feature = {"name": "prefers-color-scheme", "value": scheme}
        chromium.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
        screen = {"width": width, "height": height, "deviceScaleFactor": 1}
        screen["mobile"] = name == "phone"
        chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", screen)

    return look


@pytest.fixture
def photograph(chromium, look):
    """A function that takes a picture of the page on every screen; it must fit each."""

    def photograph(title):
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        for name, (_scheme, width, _height) in LOOKS.items():
            look(name)
            WebDriverWait(chromium, 10).until(lambda _: chromium.execute_script(STANDS_STILL))
            assert chromium.save_screenshot(str(SCREENSHOTS / f"{title}-{name}.png"))
            content = chromium.execute_script("return document.documentElement.scrollWidth")
            assert content <= width, f"{title} is wider than a {name} screen"
        look("light")

    return photograph


@pytest.fixture
def unnamed(chromium):
    """A function that lists what a screen reader would have no name for."""

    def unnamed():
        return [
            element.get_attribute("outerHTML")
            for element in chromium.find_elements(By.CSS_SELECTOR, TELLING)
            if not element.accessible_name
        ]

    return unnamed
