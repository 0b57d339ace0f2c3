import pytest
from hypothesis import settings
from werkzeug.test import Client

from dnmonster import create_app
from dnmonster.web import DrawingService

# A busy machine is slow at times; what is slow is not wrong.
settings.register_profile("patient", settings.default, deadline=None)
settings.load_profile("patient")


@pytest.fixture(scope="session")
def service() -> DrawingService:
    return create_app()


@pytest.fixture(scope="session")
def client(service: DrawingService) -> Client:
    return Client(service)
