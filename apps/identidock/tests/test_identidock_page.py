import gzip
import re
from hashlib import sha256
from pathlib import Path

import pytest
from babel.support import Translations
from jinja2 import DictLoader

import identidock
from identidock import create_app


def address_of(name, salt="UNIQUE_SALT"):
    return f'src="/monster/{sha256((salt + name).encode()).hexdigest()}"'


def test_the_page_greets_joe_bloggs_by_default(client):
    page = client.get("/").text

    assert "Hello" in page
    assert 'value="Joe Bloggs"' in page
    assert "You look like a" in page
    assert address_of("Joe Bloggs") in page
    assert 'type="submit"' in page


def test_a_typed_name_is_greeted_with_its_monster(client):
    reply = client.post("/", data={"name": "Moby Dick"})

    assert reply.status_code == 200
    assert "Hello" in reply.text
    assert 'value="Moby Dick"' in reply.text
    assert address_of("Moby Dick") in reply.text


def test_a_name_in_the_address_is_greeted_too(client):
    assert address_of("Ada") in client.get("/?name=Ada").text


def test_the_page_works_as_the_module_attribute_app_alone():
    client = identidock.app.test_client()

    assert "Moby Dick" in client.post("/", data={"name": "Moby Dick"}).text
    assert identidock.app is identidock.app


def test_the_module_has_no_other_surprises():
    with pytest.raises(AttributeError, match="nonsense"):
        _ = identidock.nonsense


def test_the_page_asks_nobody(client, cache, renderer):
    client.get("/?name=Ada")
    client.post("/", data={"name": "Ada"})

    assert not cache.calls
    assert not renderer.asked


def test_markup_in_a_name_stays_text(client):
    page = client.post("/", data={"name": '"><b>TEST</b><!--'}).text

    assert "<b>" not in page
    assert "&lt;b&gt;TEST" in page


def test_the_link_to_a_monster_leads_back_to_it(client):
    page = client.post("/", data={"name": "R&D #1 ?"}).text

    assert 'href="/?name=R%26D%20%231%20%3F"' in page
    assert address_of("R&D #1 ?") in client.get("/?name=R%26D%20%231%20%3F").text


def test_another_salt_means_other_monsters(cache, renderer):
    client = create_app(cache, renderer, SALT="pepper").test_client()

    assert address_of("Ada", salt="pepper") in client.get("/?name=Ada").text


@pytest.mark.parametrize("typed", ["", "   ", "\x00\n"])
def test_no_name_means_joe_bloggs(client, typed):
    assert address_of("Joe Bloggs") in client.post("/", data={"name": typed}).text


def test_spaces_around_a_name_and_control_characters_are_dropped(client):
    assert address_of("Ada") in client.post("/", data={"name": " A\x00d\na "}).text


def test_emoji_of_several_parts_stay_whole(client):
    family = "👨‍👩‍👧"

    assert address_of(family) in client.post("/", data={"name": family}).text


def test_a_form_without_a_name_or_none_at_all_is_like_an_empty_one(client):
    assert address_of("Joe Bloggs") in client.post("/").text
    assert address_of("Joe Bloggs") in client.post("/", json={"name": "Ada"}).text


def test_of_several_names_the_first_counts(client):
    assert address_of("Ada") in client.post("/", data={"name": ["Ada", "Bob"]}).text


def test_a_multipart_form_works_as_well(client):
    reply = client.post("/", data={"name": "Ada"}, content_type="multipart/form-data")

    assert address_of("Ada") in reply.text


def test_bytes_that_are_not_utf_8_do_no_harm(client):
    form = "application/x-www-form-urlencoded"

    assert client.post("/", data=b"name=%ff%fe", content_type=form).status_code == 200
    assert client.get("/?name=%ff").status_code == 200


def test_a_name_of_10000_characters_is_refused_in_one_sentence(client):
    reply = client.post("/", data={"name": "x" * 10000})

    assert reply.status_code == 400
    assert "A name has 1 to 128" in reply.text


def test_a_body_of_10_megabytes_is_refused_in_one_sentence(client):
    reply = client.post("/", data={"name": "x" * 10_000_000})

    assert reply.status_code == 413
    assert "too much to read" in reply.text


def test_french_is_spoken_to_those_who_prefer_it(client):
    page = client.get("/", headers={"Accept-Language": "fr-CA,fr;q=0.9,en;q=0.5"}).text

    assert '<html lang="fr">' in page
    assert "Bonjour" in page
    assert "Vous ressemblez" in page


@pytest.mark.parametrize("languages", ["", "de", "*", "nonsense;q=x", "en-GB,fr;q=0.5", "fr;q=0"])
def test_english_is_spoken_to_everybody_else(client, languages):
    assert "Hello" in client.get("/", headers={"Accept-Language": languages}).text


def test_a_language_chosen_by_hand_stays_chosen(client):
    page = client.post("/?lang=fr", data={"name": "Zoé"}, headers={"Accept-Language": "en"}).text

    assert "Bonjour" in page
    assert 'action="/?lang=fr"' in page
    assert 'href="/?name=Zo%C3%A9&amp;lang=fr"' in page


def test_an_unknown_language_is_never_reflected(client):
    page = client.get("/?lang=<b>").text

    assert "Hello" in page
    assert "b&gt;" not in page


def test_only_the_default_page_may_be_shared_by_caches(client):
    default = client.get("/").headers

    assert default["Cache-Control"] == "public, max-age=60, s-maxage=5"
    assert client.get("/?name=Ada").headers["Cache-Control"] == "private, max-age=60"
    assert client.post("/", data={"name": "Ada"}).headers["Cache-Control"] == "no-store"


def test_caches_are_told_what_the_page_depends_on(client):
    assert client.get("/").vary.as_set() == {"accept-encoding", "accept-language"}
    assert client.get("/?lang=fr").vary.as_set() == {"accept-encoding"}
    assert client.get("/?name=Ada").vary.as_set() == {"accept-language"}
    assert not client.get("/?name=Ada&lang=fr").vary


@pytest.mark.parametrize(
    ("accepted", "coding"), [("gzip, br", "gzip"), ("br", None), ("", None), ("gzip;q=0", None)]
)
def test_the_default_page_is_compressed_for_those_who_can_read_it(client, accepted, coding):
    plain = client.get("/").data
    reply = client.get("/", headers={"Accept-Encoding": accepted})

    assert reply.headers.get("Content-Encoding") == coding
    assert (gzip.decompress(reply.data) if coding else reply.data) == plain


def test_a_developer_sees_a_changed_template_at_once(app, client):
    app.debug = True
    for text in ("one %(name)s", "two 100 %% %(name)s"):
        app.jinja_env.loader = DictLoader({"page.html": text})
        app.jinja_env.cache.clear()

        assert client.get("/?name=Ada").text == text % {"name": "Ada"}


def test_every_text_has_a_french_one(client, catalogues):
    french = Translations.load(catalogues, ["fr"])
    templates = Path(identidock.__file__).parent.glob("templates/*.html")
    texts = {text for file in templates for text in re.findall(r'_\("(.*?)"\)', file.read_text())}

    assert texts
    assert all(french.gettext(text) != text for text in texts)


def test_everything_the_page_shows_is_its_own(client):
    page = client.get("/").text

    assert "//" not in page.replace("<!doctype html>", "")
    for kind in ("identidock.css", "identidock.js", "favicon.svg", "asleep.svg"):
        assert client.get(f"/static/{kind}").status_code == 200
