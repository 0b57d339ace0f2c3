"""The page as a person uses it, in a real browser."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

ADDRESS = os.environ.get("IDENTIDOCK_URL", "http://127.0.0.1:19090/")
SCREENSHOTS = Path(__file__).parents[2] / ".lab" / "reports"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
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
        "--window-size=900,700",
        f"--user-data-dir={tmp_path_factory.mktemp('chromium')}",
    ):
        options.add_argument(argument)
    driver = webdriver.Chrome(options, webdriver.ChromeService("/usr/bin/chromedriver"))
    yield driver
    driver.quit()


def monster(browser):
    """Address of the monster, once its picture is really there."""
    picture = browser.find_element(By.CSS_SELECTOR, "img[src*='/monster/']")
    WebDriverWait(browser, 10).until(
        lambda _: browser.execute_script("return arguments[0].naturalWidth", picture) > 0
    )
    return picture.get_attribute("src")


def test_another_name_shows_another_monster(browser):
    browser.get(ADDRESS)
    before = monster(browser)
    field = browser.find_element(By.NAME, "name")
    field.clear()
    field.send_keys("Ada Lovelace")
    browser.find_element(By.CSS_SELECTOR, "form button, form input[type=submit]").click()
    WebDriverWait(browser, 10).until(
        lambda _: (
            browser.find_element(By.NAME, "name").get_attribute("value") == "Ada Lovelace"
            and monster(browser) != before
        )
    )
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)

    assert browser.save_screenshot(str(SCREENSHOTS / "identidock.png"))


def test_browser_has_nothing_to_complain_of(browser):
    browser.get(ADDRESS)
    monster(browser)

    assert browser.get_log("browser") == []
