"""A release is written once, never changed, and a link says which one the lab runs."""

import json
import stat

import pytest


def image(tag="1.0-a", **more):
    """An image of a release, without its digest."""
    empty = {"from": {}, "refreshed": "", "updates": [], "source": {}, "packages": {}}
    empty |= {"migrations": []}
    return {"repository": "web", "version": "1.0", "tag": tag} | empty | more


def candidate(recipe="r", **images):
    """A release without number."""
    return {
        "revision": "8c736c6",
        "base": {"tag": "13-1", "recipe": recipe, "packages": {}},
        "images": images or {"web": image()},
        "aliases": {},
    }


@pytest.fixture
def releases(tmp_path):
    return tmp_path / "lab" / "releases"


@pytest.fixture
def ask(run_module, releases):
    """A function that runs the module; every tag has a digest made of it."""

    def ask(release=None, **arguments):
        if release:
            images = release["images"].values()
            digests = {f"{i['repository']}:{i['tag']}": f"sha256:{i['tag']}" for i in images}
            arguments = {"candidate": release, "digests": digests} | arguments
        return run_module("release", dir=str(releases), **arguments)

    return ask


def test_first_release_is_written_for_its_owner_alone_and_is_the_current_one(ask, releases):
    reply = ask(candidate())
    file = releases / "1.json"
    record = json.loads(file.read_text())

    assert reply["changed"]
    assert reply["before"] is None
    assert reply["release"] == record
    assert reply["numbers"] == [1]
    assert record["images"]["web"]["digest"] == "sha256:1.0-a"
    assert record["changed"] == ["web: new"]
    assert record["made"].endswith("Z")
    assert "@" in record["by"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (releases / "current.json").readlink().name == "1.json"


def test_same_content_makes_no_new_number(ask, releases):
    ask(candidate())
    committed = candidate() | {"revision": "1234567"}
    reply = ask(committed)

    assert not reply["changed"]
    assert reply["release"]["number"] == 1
    assert sorted(file.name for file in releases.iterdir()) == ["1.json", "current.json"]


def test_other_content_makes_the_next_number_and_the_earlier_one_stays(ask, releases):
    ask(candidate())
    first = (releases / "1.json").read_bytes()
    reply = ask(candidate(web=image("1.0-b", source={"folder": "apps/web", "content": "b"})))

    assert reply["changed"]
    assert reply["release"]["number"] == 2
    assert reply["before"]["number"] == 1
    assert (releases / "1.json").read_bytes() == first


def test_another_digest_of_the_same_tag_is_another_release(ask):
    ask(candidate())
    reply = ask(candidate(), digests={"web:1.0-a": "sha256:again"})

    assert reply["release"]["number"] == 2
    assert reply["differences"] == ["web: made again"]


def test_another_recipe_with_the_same_outcome_is_remembered(ask):
    ask(candidate())
    reply = ask(candidate(recipe="s"))

    assert reply["release"]["number"] == 2
    assert reply["differences"] == ["base: recipe changed, with the same outcome"]


def test_numbers_go_on_after_the_highest_whatever_was_removed(ask, releases):
    for tag in ("a", "b", "c"):
        ask(candidate(web=image(tag)))
    (releases / "1.json").unlink()
    (releases / "2.json").unlink()
    reply = ask(candidate(web=image("d")))

    assert reply["release"]["number"] == 4
    assert reply["numbers"] == [3, 4]


def test_image_without_a_digest_is_not_recorded(ask, releases):
    reply = ask(candidate(), digests={"web:1.0-a": None})

    assert reply["failed"]
    assert reply["msg"].startswith("The registry has no web:1.0-a, so nothing was recorded.")
    assert not releases.exists()


def test_build_after_a_rollback_with_nothing_new_leaves_the_rollback(ask):
    ask(candidate())
    ask(candidate(web=image("1.0-b")))
    ask(current=1)
    reply = ask(candidate(web=image("1.0-b")))

    assert not reply["changed"]
    assert reply["release"]["number"] == 1


def test_rollback_moves_the_link_and_tells_what_differs(ask, releases):
    ask(candidate())
    ask(candidate(web=image("1.0-b", version="1.1"), redis=image("8")))
    reply = ask(current=1)
    again = ask(current=1)

    assert reply["changed"]
    assert reply["before"]["number"] == 2
    assert reply["release"]["number"] == 1
    assert reply["differences"] == ["web: version 1.1 → 1.0", "redis: gone"]
    assert (releases / "current.json").readlink().name == "1.json"
    assert not again["changed"]


def test_unknown_release_is_told_with_those_that_are_there(ask, releases):
    ask(candidate())
    ask(candidate(web=image("1.0-b")))
    reply = ask(current=11)

    assert reply["failed"]
    assert reply["msg"] == (
        f"There is no release 11 in {releases}; there is 1, 2. `make releases` shows them."
    )
    assert (releases / "current.json").readlink().name == "2.json"


@pytest.mark.parametrize("content", ["", '{"number": 2', "[]", '{"number": 1, "images": {}}'])
def test_damaged_record_is_one_sentence(ask, releases, content):
    ask(candidate())
    (releases / "2.json").write_text(content)
    reply = ask(candidate(web=image("1.0-b")))

    assert reply["failed"]
    assert reply["msg"].startswith(f"{releases}/2.json is damaged (")


def test_build_heals_once_the_damaged_record_is_removed(ask, releases):
    ask(candidate())
    ask(candidate(web=image("1.0-b")))
    (releases / "2.json").unlink()
    reply = ask(candidate(web=image("1.0-b")))

    assert reply["changed"]
    assert reply["release"]["number"] == 2


def test_missing_link_leads_to_the_newest_again(ask, releases):
    ask(candidate())
    (releases / "current.json").unlink()
    reply = ask(candidate())

    assert reply["changed"]
    assert (releases / "current.json").readlink().name == "1.json"


def test_link_to_something_else_is_refused(ask, releases, tmp_path):
    ask(candidate())
    (tmp_path / "other.json").write_text("{}")
    (releases / "current.json").unlink()
    (releases / "current.json").symlink_to(tmp_path / "other.json")
    reply = ask()

    assert reply["failed"]
    assert "current.json does not lead to a release. Remove it" in reply["msg"]


def test_reading_changes_nothing(ask, releases):
    assert ask() == ask() | {"release": None, "numbers": []}
    ask(candidate())

    assert not ask()["changed"]
    assert ask()["release"]["number"] == 1
    assert sorted(file.name for file in releases.iterdir()) == ["1.json", "current.json"]


def test_dry_run_tells_what_would_be_and_writes_nothing(ask, releases):
    assert ask(candidate(), _ansible_check_mode=True)["release"]["number"] == 1
    assert not releases.exists()
    ask(candidate())
    ask(candidate(web=image("1.0-b")))
    reply = ask(current=1, _ansible_check_mode=True)

    assert reply["changed"]
    assert reply["release"]["number"] == 1
    assert (releases / "current.json").readlink().name == "2.json"


def test_directory_that_cannot_be_made_is_one_sentence(ask, tmp_path):
    (tmp_path / "lab").write_text("")
    reply = ask(candidate())

    assert reply["failed"]
    assert reply["msg"].startswith("The release could not be recorded in ")


@pytest.fixture
def three(ask):
    """Three releases; the second one has a migration more than the first, the third none of it."""
    ask(candidate(web=image("1.0-a", migrations=["0001_users"])))
    ask(candidate(web=image("1.0-b", migrations=["0001_users", "0002_posts"])))
    ask(candidate(web=image("1.0-c", migrations=["0001_users", "0002_posts"])))


@pytest.mark.usefixtures("three")
def test_the_release_before_the_current_one_is_chosen_whatever_was_made_since(ask):
    assert ask(previous=True)["release"]["number"] == 2
    back = ask(previous=True, keep_database=True)

    assert back["changed"]
    assert back["release"]["number"] == 1
    assert ask()["release"]["number"] == 1
    assert ask(current="3")["release"]["number"] == 3


@pytest.mark.usefixtures("three")
def test_before_the_first_release_there_is_none(ask):
    ask(current="1", keep_database=True)

    assert "no release before 1 to return to" in ask(previous=True)["msg"]


def test_without_any_release_the_sentence_says_what_makes_one(ask):
    assert ask(previous=True)["msg"].endswith("Run `make build`.")


@pytest.mark.usefixtures("three")
def test_a_release_that_does_not_know_a_migration_is_refused_until_the_database_is_to_be_kept(
    ask, releases
):
    refused = ask(current="1")

    assert "release 1 does not know (web: 0002_posts)" in refused["msg"]
    assert "add DATABASE=keep" in refused["msg"]
    assert (releases / "current.json").readlink().name == "3.json"
    assert ask(current="1", keep_database=True)["release"]["number"] == 1


def test_an_application_of_another_repository_has_a_database_of_its_own(ask):
    ask(candidate(web=image("a", source={"repo": "one"})))
    ask(candidate(web=image("b", source={"repo": "two"}, migrations=["0001_users"])))

    assert ask(previous=True)["release"]["number"] == 1


@pytest.mark.usefixtures("three")
@pytest.mark.parametrize("number", ["9", "abc", "-1", ""])
def test_an_unknown_number_is_refused_with_those_there_are(ask, number):
    refused = ask(current=number)

    assert f"There is no release {number} in" in refused["msg"]
    assert "there is 1, 2, 3." in refused["msg"]


@pytest.mark.usefixtures("three")
def test_a_dry_run_names_the_release_and_moves_nothing(ask):
    assert ask(previous=True, _ansible_check_mode=True)["release"]["number"] == 2
    assert ask()["release"]["number"] == 3
