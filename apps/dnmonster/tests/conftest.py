import pytest
from werkzeug.test import Client

from dnmonster import create_app


@pytest.fixture(scope="session")
def client() -> Client:
    return Client(create_app())
