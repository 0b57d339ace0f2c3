import pytest

from app.settings import SettingError, greeted_user


@pytest.mark.parametrize("text", ["", "   "])
def test_miguel_is_greeted_by_default(text):
    assert greeted_user(text) == "Miguel"


@pytest.mark.parametrize("name", ["Ada", "Zoë", "李", "O'Neil", "x" * 64, "क्\u200dष"])
def test_an_ordinary_name_is_taken_as_it_is(name):
    assert greeted_user(f" {name} ") == name


def test_a_name_that_is_too_long_ends_the_program_with_a_sentence():
    with pytest.raises(
        SettingError, match="MICROBLOG_USER must have at most 64 characters, not 65"
    ):
        greeted_user("x" * 65)


@pytest.mark.parametrize("name", ["Ada\nLovelace", "Ada\x1b[31m", "Ada\udcff"])
def test_a_name_that_is_no_text_ends_the_program_with_a_sentence(name):
    with pytest.raises(SettingError, match="MICROBLOG_USER must be one line") as refused:
        greeted_user(name)

    assert str(refused.value).isprintable()
