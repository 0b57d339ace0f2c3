import pytest


@pytest.mark.parametrize("browser", ["fr", "fr-CA,fr;q=0.9,en;q=0.5", "de,fr;q=0.7,en;q=0.3"])
def test_page_is_in_the_language_that_the_browser_prefers(client, browser):
    page = client.get("/", headers={"Accept-Language": browser}).text

    assert '<html lang="fr">' in page
    assert "Bonjour, Ada Lovelace" in page
    assert "Le cache dit merci." in page


@pytest.mark.parametrize("browser", ["", "de", "en-GB,en;q=0.9,fr;q=0.5"])
def test_page_is_in_english_otherwise(client, browser):
    assert '<html lang="en">' in client.get("/", headers={"Accept-Language": browser}).text


def test_address_chooses_a_language_whatever_the_browser_prefers(client):
    french = {"Accept-Language": "fr"}

    assert "Hi, Ada Lovelace!" in client.get("/?lang=en", headers=french).text
    assert "Bonjour, Ada Lovelace" in client.get("/?lang=xx", headers=french).text


def test_each_page_leads_to_the_other_language_and_its_links_keep_the_chosen_one(client):
    assert '<a href="?lang=fr" hreflang="fr" lang="fr">Français</a>' in client.get("/").text

    page = client.get("/nowhere?lang=fr").text
    assert "Cette page n'existe pas." in page
    assert '<a href="?lang=en" hreflang="en" lang="en">English</a>' in page
    assert page.count('href="/?lang=fr"') == 2
