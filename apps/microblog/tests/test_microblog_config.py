import pytest

from app.config import ConfigError, from_environment


@pytest.fixture
def greeted(monkeypatch):
    """A function that gives the user to greet for what the environment says."""

    def greeted(text):
        monkeypatch.setenv("MICROBLOG_USER", text)
        return from_environment()["USER"]

    return greeted


def test_miguel_is_greeted_by_default(monkeypatch):
    monkeypatch.delenv("MICROBLOG_USER", raising=False)

    assert from_environment() == {"USER": "Miguel"}


@pytest.mark.parametrize("text", ["", "   "])
def test_blank_name_is_the_default_one(greeted, text):
    assert greeted(text) == "Miguel"


@pytest.mark.parametrize("name", ["Ada", "Zoë", "李", "O'Neil", "x" * 64, "क्\u200dष"])
def test_ordinary_name_is_taken_as_it_is(greeted, name):
    assert greeted(name) == name
    assert greeted(f" {name[:60]} ") == name[:60]


def test_name_comes_from_a_file_too(monkeypatch, tmp_path):
    (tmp_path / "name").write_text("Grace\n")
    monkeypatch.setenv("MICROBLOG_USER_FILE", str(tmp_path / "name"))

    assert from_environment()["USER"] == "Grace"


def test_file_that_is_not_there_ends_the_program_with_its_variable(monkeypatch):
    monkeypatch.setenv("MICROBLOG_USER_FILE", "/nowhere")

    with pytest.raises(ConfigError, match="MICROBLOG_USER_FILE must be a readable file path"):
        from_environment()


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("x" * 65, "Must have at most 64 characters."),
        ("Ada\nLovelace", "Must be one line of ordinary UTF-8 text."),
        ("Ada\x1b[31m", "Must be one line of ordinary UTF-8 text."),
        ("Ada\udcff", "Must be one line of ordinary UTF-8 text."),
    ],
)
def test_name_that_cannot_be_shown_ends_the_program_with_a_remedy(greeted, name, remedy):
    with pytest.raises(ConfigError) as refused:
        greeted(name)

    assert str(refused.value).startswith(f"MICROBLOG_USER: {remedy}")
    assert str(refused.value).isprintable()
