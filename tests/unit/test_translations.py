"""Every text of an application has its French, and every French text is still in use."""

from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parents[2]
CATALOGUES = sorted(ROOT.glob("apps/*/*/translations/fr/LC_MESSAGES/messages.po"))
# What marks a text, and which of its arguments are one.
MARKS = {"_": None, "_l": None, "gettext": None, "lazy_gettext": None, "ngettext": (1, 2)}


@pytest.fixture(params=CATALOGUES, ids=[path.relative_to(ROOT).parts[1] for path in CATALOGUES])
def catalogue(request):
    """The path of each French catalogue."""
    return request.param


@pytest.fixture
def french(catalogue):
    """The messages of a catalogue by their English text."""
    with catalogue.open("rb") as source:
        messages = [message for message in read_po(source) if message.id]
    return {english(message.id): message for message in messages}


def english(text):
    """A text, or the singular of one with a plural."""
    return text if isinstance(text, str) else text[0]


def test_every_text_has_its_french_and_nothing_else_has(catalogue, french):
    package = catalogue.parents[3]
    with (package.parent / "babel.cfg").open() as mapping:
        methods, options = parse_mapping_cfg(mapping)
    found = extract_from_dir(package, methods, options, keywords=MARKS)

    assert {english(text) for _, _, text, _, _ in found} == set(french)


def test_every_french_text_is_complete_and_has_the_same_placeholders(french):
    for text, message in french.items():
        assert not message.fuzzy, text
        assert all(message.string if isinstance(message.id, tuple) else [message.string]), text
        assert not list(message.check()), text
