import socket
from threading import Thread

import pytest
from werkzeug.serving import make_server

from dnmonster import create_app
from dnmonster.probe import alive


@pytest.fixture
def serve():
    running = []

    def start(application):
        server = make_server("127.0.0.1", 0, application)
        thread = Thread(target=server.serve_forever)
        thread.start()
        running.append((server, thread))
        return server.port

    yield start
    for server, thread in running:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_running_service_is_alive(serve):
    assert alive(port=serve(create_app()))


def test_a_failing_service_is_not(serve):
    def failing(_environ, start_response):
        start_response("500 Internal Server Error", [])
        return [b""]

    assert not alive(port=serve(failing))


def test_a_service_that_is_not_there_is_not_either():
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))

        assert not alive(port=unheard.getsockname()[1])
