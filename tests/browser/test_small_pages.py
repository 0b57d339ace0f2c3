"""The small blog and the page about health checks as people see them, in both languages."""

import os

import pytest
from selenium.webdriver.common.by import By

BLOG = os.environ.get("SMALL_BLOG_URL", "http://127.0.0.1:15000").rstrip("/")
HEALTHCHECK = os.environ.get("HEALTHCHECK_URL", "http://127.0.0.1:15003").rstrip("/")
MISSING = {"en": "There is no such page.", "fr": "Cette page n'existe pas."}
# Where each page is, and how its heading begins.
PAGES = {
    "small-blog": (f"{BLOG}/", {"en": "Hi, ", "fr": "Bonjour, "}),
    "small-blog-missing": (f"{BLOG}/nowhere", MISSING),
    "healthcheck": (
        f"{HEALTHCHECK}/",
        {"en": "This app is well.", "fr": "Cette application va bien."},
    ),
    "healthcheck-missing": (f"{HEALTHCHECK}/nowhere", MISSING),
}


@pytest.fixture(params=PAGES)
def page(request, browser):
    """A page: its title, a function that opens it, and its heading in each language."""
    address, headings = PAGES[request.param]
    yield request.param, lambda: browser.get(address), headings
    if headings is MISSING:
        # The browser complains of what is missing, and of nothing else.
        assert all("404" in entry["message"] for entry in browser.get_log("browser"))


def heading(browser):
    return browser.find_element(By.TAG_NAME, "h1").text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_page_speaks_the_browsers_language_on_every_screen(
    browser, page, speak, photograph, unnamed, language
):
    title, open_page, headings = page
    speak(language)
    open_page()

    assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == language
    assert heading(browser).startswith(headings[language])
    assert unnamed() == []
    photograph(f"{title}-{language}")


def test_link_leads_to_the_other_language_and_back(browser, page):
    _, open_page, headings = page
    open_page()
    for name, language in (("Français", "fr"), ("English", "en")):
        browser.find_element(By.LINK_TEXT, name).click()

        assert heading(browser).startswith(headings[language])
