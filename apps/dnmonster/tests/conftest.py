import pytest
from hypothesis import settings
from werkzeug.test import Client

from dnmonster import create_app

# A busy machine is slow at times; what is slow is not wrong.
settings.register_profile("patient", settings.default, deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def client() -> Client:
    return Client(create_app())
