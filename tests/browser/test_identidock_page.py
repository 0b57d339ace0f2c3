"""The page as a person uses it, in a real browser."""

import os
from urllib.parse import urlsplit

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

ADDRESS = os.environ.get("IDENTIDOCK_URL", "http://127.0.0.1:19090/")


def field(browser):
    return browser.find_element(By.NAME, "name")


def monster(browser):
    """Address of the monster, once its picture is really there."""
    picture = browser.find_element(By.CSS_SELECTOR, "img[src*='/monster/']")
    WebDriverWait(browser, 10).until(
        lambda _: browser.execute_script("return arguments[0].naturalWidth", picture) > 0
    )
    return picture.get_attribute("src")


def wait_for_name(browser, name):
    WebDriverWait(browser, 10).until(
        lambda _: browser.title.startswith(name) and field(browser).get_attribute("value") == name
    )


@pytest.fixture
def page(browser):
    """The browser, with the page open and its monster there."""
    browser.get(ADDRESS)
    monster(browser)
    return browser


def test_another_name_shows_another_monster(page, photograph):
    before = monster(page)
    field(page).clear()
    field(page).send_keys("Ada Lovelace")
    page.find_element(By.CSS_SELECTOR, "form button").click()
    wait_for_name(page, "Ada Lovelace")

    assert monster(page) != before
    photograph("identidock")


def test_address_of_a_monster_can_be_shared(page):
    field(page).clear()
    field(page).send_keys("Ada & Grace + 1", Keys.ENTER)
    wait_for_name(page, "Ada & Grace + 1")
    shown, shared = monster(page), page.current_url
    page.get(ADDRESS)
    page.get(shared)

    assert urlsplit(shared).query.startswith("name=Ada")
    assert field(page).get_attribute("value") == "Ada & Grace + 1"
    assert monster(page) == shown


def test_keyboard_is_enough(page):
    before = monster(page)
    visited: list[tuple[str, str]] = []
    while True:
        page.switch_to.active_element.send_keys(Keys.TAB)
        now = page.switch_to.active_element
        if now.tag_name == "body" or len(visited) > 20:
            break
        style = page.execute_script("return getComputedStyle(arguments[0]).outlineStyle", now)
        visited.append((now.tag_name, style))
    page.get(ADDRESS)
    page.switch_to.active_element.send_keys(Keys.TAB)
    page.switch_to.active_element.send_keys("Grace", Keys.ENTER)
    wait_for_name(page, "Grace")

    assert [tag for tag, _ in visited] == ["input", "button", "a", "a"]
    assert all(style == "solid" for _, style in visited)
    assert monster(page) != before


def test_screen_reader_has_a_name_for_everything(page, unnamed):
    picture = page.find_element(By.CSS_SELECTOR, "img[src*='/monster/']")

    assert unnamed() == []
    assert "Joe Bloggs" in picture.accessible_name
    assert page.find_element(By.CSS_SELECTOR, "main").aria_role == "main"
    assert page.find_element(By.TAG_NAME, "html").get_attribute("lang") == "en"


def test_french_browser_gets_a_french_page_and_may_choose_english(page, speak, unnamed):
    speak("fr-CH, fr;q=0.9, en;q=0.5")
    page.get(ADDRESS)
    french = page.find_element(By.TAG_NAME, "main").text
    language = page.find_element(By.TAG_NAME, "html").get_attribute("lang")
    nameless = unnamed()
    page.find_element(By.LINK_TEXT, "English").click()
    WebDriverWait(page, 10).until(
        lambda _: "You look like a" in page.find_element(By.TAG_NAME, "main").text
    )

    assert "Bonjour" in french
    assert language == "fr"
    assert nameless == []


def test_name_with_markup_is_shown_as_it_is(page):
    name = '"><img src=x onerror="document.title=1">'
    field(page).clear()
    field(page).send_keys(name, Keys.ENTER)
    wait_for_name(page, name)

    assert len(page.find_elements(By.TAG_NAME, "img")) == 1
    assert name in page.find_element(By.CSS_SELECTOR, "main img").accessible_name


def test_monster_that_sleeps_is_told_and_comes_when_it_wakes(browser, photograph):
    browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": ["*/monster/*"]})
    try:
        browser.get(f"{ADDRESS}?name=Sleepy")
        notice = browser.find_element(By.CSS_SELECTOR, "[role=status]")
        WebDriverWait(browser, 10).until(lambda _: "asleep" in notice.text)
        photograph("identidock-asleep")
    finally:
        browser.execute_cdp_cmd("Network.setBlockedURLs", {"urls": []})
    WebDriverWait(browser, 20).until(lambda _: notice.text == "")

    assert "/monster/" in monster(browser)
    # It did complain, of each picture that did not come and of nothing else.
    assert all("/monster/" in entry["message"] for entry in browser.get_log("browser"))
