import os
import subprocess
from pathlib import Path

import pytest

BOOT = Path(__file__).resolve().parent.parent / "boot.sh"


@pytest.mark.parametrize(
    ("environment", "listens"),
    [
        ({}, "--stats 0.0.0.0:9191"),
        (
            {"IDENTIDOCK_SOCKET": "/run/identidock/replica 1.sock"},
            "--http-socket /run/identidock/replica 1.sock --stats /run/identidock/replica 1.stats",
        ),
    ],
    ids=["alone", "behind-the-edge"],
)
def test_the_server_listens_where_the_environment_says(tmp_path, environment, listens):
    server = tmp_path / "uwsgi"
    server.write_text('#!/bin/sh\necho "$@"\n')
    server.chmod(0o755)
    path = f"{tmp_path}:{os.environ['PATH']}"
    started = subprocess.run(
        ["sh", BOOT], env={"PATH": path} | environment, capture_output=True, text=True, check=True
    )

    assert started.stdout.splitlines()[-1] == f"--ini uwsgi.ini {listens}"
