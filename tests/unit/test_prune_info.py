"""Which releases are kept, and what they need."""

import json

import pytest


def release(number, **images):
    """A release in which each image has this content."""
    entries = {
        name: {"repository": name, "version": "1.0", "tag": f"1.0-{content}", "digest": content}
        for name, content in images.items()
    }
    return {"number": number, "images": entries, "aliases": {"library/web:1": "web"}}


@pytest.fixture
def choose(load):
    return load("modules/prune_info").choose


def test_the_last_ones_are_kept_with_their_images(choose):
    found = choose([release(n, web=f"w{n}", old="same") for n in (1, 2, 5, 6)], 6, 2)

    assert found == {
        "kept": [5, 6],
        "superfluous": [1, 2],
        "images": ["old@same", "web@w5", "web@w6"],
        "tags": ["library/web:1", "old:1.0", "old:1.0-same", "web:1.0", "web:1.0-w5", "web:1.0-w6"],
        "repositories": ["library/web", "old", "web"],
    }


def test_the_one_that_runs_is_kept_however_old_it_is(choose):
    found = choose([release(n, web=f"w{n}") for n in range(1, 11)], 2, 3)

    assert found["kept"] == [2, 8, 9, 10]
    assert found["superfluous"] == [1, 3, 4, 5, 6, 7]
    assert "web@w2" in found["images"]


def test_repositories_of_a_release_that_goes_are_still_the_labs(choose):
    found = choose([release(1, gone="g"), release(2, web="w")], 2, 1)

    assert "gone" in found["repositories"]
    assert found["images"] == ["web@w"]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_few_releases_are_all_kept(choose, count):
    found = choose([release(n, web=f"w{n}") for n in range(count)], None, 3)

    assert found["superfluous"] == []
    assert len(found["kept"]) == count


@pytest.fixture
def releases(tmp_path):
    """A directory with two releases, the older of which runs."""
    for number in (1, 2):
        (tmp_path / f"{number}.json").write_text(json.dumps(release(number, web=f"w{number}")))
    (tmp_path / "current.json").symlink_to("1.json")
    return tmp_path


def test_releases_are_read_from_their_files(run_module, releases):
    assert run_module("prune_info", dir=str(releases), kept=1)["kept"] == [1, 2]


def test_no_releases_are_no_error(run_module, tmp_path):
    assert run_module("prune_info", dir=str(tmp_path / "none"), kept=3)["kept"] == []


def test_a_damaged_release_is_named_and_nothing_is_chosen(run_module, releases):
    (releases / "2.json").write_text("{")
    reply = run_module("prune_info", dir=str(releases), kept=1)

    assert reply["failed"]
    assert f"{releases}/2.json" in reply["msg"]


def test_at_least_one_is_kept(run_module, releases):
    assert "lab_releases_kept" in run_module("prune_info", dir=str(releases), kept=0)["msg"]
