from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from visitor import Visitor

from microblog.database import db
from microblog.models import Post


def in_french(visitor, path="/login"):
    return visitor.get(path, headers={"Accept-Language": "fr-CA,fr;q=0.9,en;q=0.5"})


def test_the_page_speaks_the_browsers_language(visitor):
    page = in_french(visitor)

    assert '<html lang="fr">' in page
    assert "Heureux de vous voir" in page


def test_a_browser_with_other_wishes_gets_the_first_language(make_app):
    visitor = Visitor(make_app(LANGUAGES=("fr", "en")))

    page = visitor.get("/login", headers={"Accept-Language": "de"})

    assert "Heureux de vous voir" in page


def test_a_chosen_language_stays_chosen(visitor):
    assert "Good to see you" in in_french(visitor, "/login?lang=en")
    assert "Good to see you" in in_french(visitor)

    cookie = visitor.client.get_cookie("language")
    assert cookie.http_only
    assert cookie.same_site == "Lax"


def test_an_unknown_language_changes_nothing(visitor):
    assert "Heureux de vous voir" in in_french(visitor, "/login?lang=xx")
    assert visitor.client.get_cookie("language") is None


def test_the_switch_keeps_the_rest_of_the_address(ada):
    assert 'href="?q=engine&lang=fr"' in ada.get("/search?q=engine")


def test_forms_complain_in_french(visitor):
    visitor.client.set_cookie("language", "fr")

    page = visitor.register("a", email="")

    assert "Un nom d'utilisateur a de 2 à 32 lettres" in page
    assert "Ce champ est requis." in page


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=-5), "à l'instant"),
        (timedelta(hours=3), "il y a 3 heures"),
        (timedelta(days=3650), " 20"),
    ],
)
def test_the_age_of_a_post_is_told_in_words(ada, app, age, words):
    ada.say("Bonjour")
    with app.app_context():
        db.session.execute(update(Post).values(written_at=datetime.now(UTC) - age))
        db.session.commit()

    page = in_french(ada, "/explore")

    stamp = page.partition("<time ")[2].partition("</time>")[0]
    assert words in stamp.partition(">")[2]
