"""The complete blog as two people use it, in a real browser."""

import os
import secrets

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

ADDRESS = os.environ.get("MICROBLOG_URL", "http://127.0.0.1:15002/").rstrip("/")
PASSWORD = "a good long password"


class Person:
    """Somebody new, with the browser in front of them."""

    def __init__(self, browser, name):
        """Be called that, and a little more, so that nobody was before."""
        self._browser = browser
        self.name = f"{name}-{secrets.token_hex(3)}"

    def open(self, path):
        self._browser.get(ADDRESS + path)

    def fill(self, **fields):
        """Fill in a form and send it."""
        for name, words in fields.items():
            self._browser.find_element(By.NAME, name).send_keys(words)
        self.press("form:has([name=csrf_token]) [type=submit]")

    def press(self, selector):
        """Press a button, and wait for the page that comes."""
        button = self._browser.find_element(By.CSS_SELECTOR, f"main {selector}, header {selector}")
        self.leave(button.click)

    def follow_link(self, words):
        self.leave(self._browser.find_element(By.LINK_TEXT, words).click)

    def search(self, words):
        field = self._browser.find_element(By.NAME, "q")
        self.leave(lambda: field.send_keys(words, Keys.ENTER))

    def sees(self, words):
        return words in self._browser.find_element(By.TAG_NAME, "body").text

    def register(self):
        self.open("/register")
        address = f"{self.name}@example.org"
        words = {"password": PASSWORD, "password_again": PASSWORD}
        self.fill(username=self.name, email=address, **words)

    def log_in(self):
        self.open("/login")
        self.fill(username=self.name, password=PASSWORD)

    def log_out(self):
        self.press("form[action$=logout] button")

    def say(self, words):
        self.open("/")
        self.fill(body=words)

    def leave(self, action):
        """Do what leads to another page."""
        self._browser.execute_script("window.stays = true")
        action()
        WebDriverWait(self._browser, 10).until(
            lambda browser: browser.execute_script(
                "return !window.stays && document.readyState === 'complete'"
            )
        )


@pytest.fixture
def grace(browser):
    """Somebody who has written two posts and left."""
    grace = Person(browser, "Grace")
    grace.register()
    grace.say("A ship in port is safe, but that's not what ships are built for.")
    grace.say(f"Nanoseconds for everybody! Yours, {grace.name}")
    grace.log_out()
    return grace


@pytest.fixture
def ada(browser):
    """Somebody who is logged in."""
    ada = Person(browser, "Ada")
    ada.register()
    return ada


def test_post_of_somebody_followed_comes_home(grace, ada, photograph):
    ada.say("The engine weaves algebraic patterns.")
    ada.open(f"/user/{grace.name}")
    photograph("microblog-profile")
    ada.press("form[action$=follow] button")
    ada.open("/")
    photograph("microblog-home")

    assert ada.sees("algebraic patterns")
    assert ada.sees("A ship in port")


def test_search_finds_what_was_said(grace, ada, photograph):
    ada.open("/explore")
    photograph("microblog-explore")
    ada.search(grace.name)

    assert ada.sees("Nanoseconds for everybody!")
    photograph("microblog-search")


def test_language_that_is_chosen_stays(ada, photograph):
    ada.open("/explore")
    ada.follow_link("Français")
    ada.open("/")
    greeting = ada.sees("Qu'avez-vous en tête")
    photograph("microblog-french")
    ada.follow_link("English")

    assert greeting
    assert ada.sees(f"Hi, {ada.name}!")


def test_who_logs_out_comes_in_again(ada, photograph):
    ada.say("Back in a minute.")
    ada.log_out()
    ada.open("/")
    outside = ada.sees("Good to see you")
    photograph("microblog-login")
    ada.log_in()

    assert outside
    assert ada.sees("Back in a minute.")


def test_form_that_is_wrong_says_where(browser, photograph):
    ada = Person(browser, "Ada")
    ada.open("/register")
    # The server's own answer, not the browser's bubbles.
    browser.execute_script("document.querySelector('main form').noValidate = true")
    ada.fill(username="?", email="nowhere", password="short", password_again="other")
    wrong = browser.find_elements(By.CSS_SELECTOR, "[aria-invalid=true]")
    photograph("microblog-wrong")

    assert [field.get_attribute("name") for field in wrong] == [
        "username",
        "email",
        "password",
        "password_again",
    ]
    assert all(field.get_attribute("aria-describedby") for field in wrong)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_screen_reader_has_a_name_for_everything(ada, speak, unnamed, language):
    speak(language)
    for path in ["/", "/explore", "/search?q=ship", f"/user/{ada.name}", "/profile", "/password"]:
        ada.open(path)

        assert unnamed() == [], path


def test_keyboard_is_enough(browser, ada):
    ada.open("/explore")
    browser.switch_to.active_element.send_keys(Keys.TAB)
    skip = browser.switch_to.active_element
    offered, shown = skip.text, skip.is_displayed()
    skip.send_keys(Keys.ENTER)
    landed = browser.switch_to.active_element.get_attribute("id")
    ada.open("/")
    while browser.switch_to.active_element.get_attribute("name") != "body":
        browser.switch_to.active_element.send_keys(Keys.TAB)
    browser.switch_to.active_element.send_keys("Written without a mouse.", Keys.TAB)
    ada.leave(lambda: browser.switch_to.active_element.send_keys(Keys.ENTER))

    assert (offered, shown) == ("Skip to the content", True)
    assert landed == "content"
    assert ada.sees("Written without a mouse.")
