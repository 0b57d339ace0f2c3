"""cowsay as anybody on the machine types it, and as light as it can be."""

import json
import unicodedata

import pytest

testinfra_hosts = ["ansible://lesson_nodes"]
# Each starts a container.
pytestmark = pytest.mark.intrusive

CONFINED = "--read-only --cap-drop ALL --security-opt no-new-privileges --network none"


@pytest.fixture(autouse=True)
def _plain_name(lab):
    if "cowsay:latest" not in lab["lab_image_aliases"]:
        pytest.skip("the inventory gives no image the plain name cowsay")


@pytest.fixture
def cowsay(host):
    """A function that runs cowsay with what is typed after it, and gives the lines it says."""
    return lambda typed="": host.check_output(f"docker run --rm {CONFINED} cowsay {typed}").split(
        "\n"
    )


def width(line):
    """Columns that a terminal needs."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


def test_the_cow_says_what_it_is_told(host):
    said = host.check_output("docker run --rm cowsay Salut")

    assert "< Salut >" in said
    assert "(oo)" in said


def test_without_arguments_the_cow_has_something_to_say(cowsay):
    assert any(letter.isalpha() for letter in cowsay()[1])


def test_several_words_need_no_quotes(cowsay):
    assert "< Hello big world >" in cowsay("Hello big world")


@pytest.mark.parametrize("words", ["été à Noël", "Moo 🐮 moo 🐄", "日本語"])
def test_the_balloon_closes_around_any_script(cowsay, words):
    top, text, bottom, *_cow = cowsay(words)

    assert text == f"< {words} >"
    assert width(top) == width(bottom) == width(text) - 1


def test_options_still_reach_cowsay(cowsay):
    assert any("|o_o |" in line for line in cowsay("-f tux Salut"))
    assert any("(xx)" in line for line in cowsay("-d Salut"))


def test_two_dashes_end_the_options(cowsay):
    assert "< -d >" in cowsay("-- -d")


def test_image_is_the_published_one_light_and_not_root(docker, lab):
    published = f"cowsay@{lab['lab_images']['cowsay'].partition('@')[2]}"
    docker("pull --quiet %s", published)
    facts, same = json.loads(docker("image inspect cowsay %s", published))

    # The plain name is an alias, which says so in its labels; what is in it is the same.
    assert facts["RootFS"] == same["RootFS"]
    assert facts["Size"] <= 15_000_000
    assert facts["Config"]["User"] == "10009:10009"
    assert facts["Config"]["Entrypoint"] == ["cowsay"]
