import pytest
from sqlalchemy.dialects import mysql
from visitor import Visitor

from microblog.search import posts_with


def test_a_post_is_in_ones_own_feed(ada):
    page = ada.say("Hello, world")

    assert "Your post is out." in page
    assert ada.said == ["Hello, world"]
    assert "just now" in page


def test_a_feed_has_the_posts_of_those_one_follows_newest_first(ada, bob):
    ada.say("first")
    bob.say("second")
    ada.say("third")

    bob.get("/")
    assert bob.said == ["second"]

    assert "You follow Ada." in bob.post("/user/Ada/follow")
    bob.get("/")
    assert bob.said == ["third", "second", "first"]

    assert "You no longer follow Ada." in bob.post("/user/Ada/unfollow")
    bob.get("/")
    assert bob.said == ["second"]


def test_following_twice_is_following_once(ada, bob):
    bob.post("/user/Ada/follow")
    page = bob.post("/user/Ada/follow")

    assert "1 follower<" in page
    assert "1 followed" in bob.get("/user/Bob")


def test_nobody_follows_themselves(ada):
    ada.post("/user/ADA/follow")

    assert ada.reply.status_code == 400


def test_explore_has_everybodys_posts(ada, bob):
    ada.say("from Ada")
    bob.say("from Bob")

    ada.get("/explore")

    assert ada.said == ["from Bob", "from Ada"]


def test_a_profile_has_what_somebody_says_about_themselves(ada, bob):
    assert "Your profile is saved." in ada.post("/profile", about_me="I like engines.")

    page = bob.get("/user/ada")

    assert "I like engines." in page
    assert "0 followers" in page
    assert "Follow</button>" in page
    assert "Edit your profile" not in page


def test_a_profile_can_be_edited_from_what_it_was(ada):
    ada.post("/profile", about_me="I like engines.")

    assert "I like engines.</textarea>" in ada.get("/profile")


def test_long_lists_come_in_pages(make_app):
    ada = Visitor(make_app(POSTS_PER_PAGE=2))
    ada.register("Ada")
    for words in ("one", "two", "three"):
        ada.say(words)

    page = ada.get("/explore?lang=en")
    assert ada.said == ["three", "two"]
    assert "Page 1 of 2" in page
    assert 'rel="next" href="?lang=en&page=2"' in page
    assert 'rel="prev"' not in page

    page = ada.get("/explore?page=2")
    assert ada.said == ["one"]
    assert 'rel="prev" href="?page=1"' in page
    assert 'rel="next"' not in page


@pytest.mark.parametrize("page", ["0", "-1", "2", "1000001", "9" * 40])
def test_a_page_that_is_not_there_is_not_found(ada, page):
    ada.get(f"/explore?page={page}")

    assert ada.reply.status_code == 404


@pytest.mark.parametrize("path", ["/user/nobody", "/nothing"])
def test_what_is_not_there_is_not_found(ada, path):
    assert "There is no such page." in ada.get(path)
    assert ada.reply.status_code == 404


@pytest.mark.parametrize(
    ("words", "sentence"),
    [("", "required"), (" \r\n\x00\u200b ", "required"), ("x" * 281, "longer than 280")],
)
def test_a_post_has_1_to_280_characters(ada, words, sentence):
    assert sentence in ada.say(words)
    assert ada.said == []


def test_a_new_line_counts_once(ada):
    ada.say("x" * 278 + "\r\n" + "y")

    assert ada.said == ["x" * 278 + "\ny"]


def test_markup_in_a_post_is_only_text(ada):
    ada.say("<script>alert(1)</script>")

    assert "<script>" not in ada.reply.text
    assert "&lt;script&gt;" in ada.reply.text


def test_a_search_finds_posts_with_all_the_words(ada):
    ada.say("The analytical engine")
    ada.say("A steam engine")

    page = ada.get("/search?q=ENGINE")
    assert "2 posts with “ENGINE”" in page
    assert ada.said == ["A steam engine", "The analytical engine"]

    assert "1 post with" in ada.get("/search?q=engine+ana")
    assert ada.said == ["The analytical engine"]


@pytest.mark.parametrize("query", ["%25", "_ngine", "%2B-%22%40", "difference"])
def test_a_search_that_finds_nothing_says_so(ada, query):
    ada.say("The analytical engine")

    assert "Nobody said that." in ada.get(f"/search?q={query}")
    assert ada.said == []


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("engine", "+engine*"),
        ('-analytical "on" @9 +été', "+analytical* +on +9 +été*"),
        ("l'été d\u2019un chat, don't", "+été* +un +chat* +don* +t"),
    ],
)
def test_mariadb_searches_its_index_for_words(make_app, query, wanted):
    app = make_app("mysql+pymysql://microblog@mariadb/microblog", has_tables=False)

    with app.app_context():
        statement = posts_with(query).compile(dialect=mysql.dialect())

    assert "MATCH (posts.body) AGAINST (%s IN BOOLEAN MODE) DESC" in str(statement)
    assert wanted in statement.params.values()


def test_an_empty_search_asks_for_words(ada):
    assert "Type some words" in ada.get("/search?q=+")


def test_what_was_searched_for_is_only_text(ada):
    ada.get("/search?q=<b>")

    assert "<b>" not in ada.reply.text


def test_an_avatar_is_drawn_for_every_name_alone(app, visitor):
    first, again, other = (
        visitor.client.get(f"/avatar/{name}.svg") for name in ("ada", "Ada", "Bob")
    )

    assert first.mimetype == "image/svg+xml"
    assert first.data == again.data != other.data
    assert "public" in first.headers["Cache-Control"]


@pytest.mark.parametrize("name", ["a", "<svg>", "a" * 33])
def test_a_name_that_nobody_can_have_has_no_avatar(visitor, name):
    visitor.get(f"/avatar/{name}.svg")

    assert visitor.reply.status_code == 404
