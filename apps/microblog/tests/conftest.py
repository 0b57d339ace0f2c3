from pathlib import Path

import pytest
from babel.messages.frontend import CommandLineInterface

from app import create_app

TRANSLATIONS = Path(__file__).parent.parent / "app/translations"


@pytest.fixture(scope="session", autouse=True)
def _catalogues():
    """The texts, compiled as the image's build does."""
    CommandLineInterface().run(["pybabel", "-q", "compile", "-d", str(TRANSLATIONS)])


@pytest.fixture
def client():
    return create_app(USER="Ada Lovelace").test_client()
