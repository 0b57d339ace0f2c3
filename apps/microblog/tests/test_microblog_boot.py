import os
import subprocess
from pathlib import Path

import pytest

BOOT = Path(__file__).resolve().parent.parent / "boot.sh"


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "Running Production Server\ngunicorn -b 0.0.0.0:5000 microblog:app\n"),
        ({"APP_ENVIRONMENT": "DEV"}, "Running Development Server\nflask run --reload -h 0.0.0.0\n"),
    ],
)
def test_environment_chooses_the_server(tmp_path, environment, said):
    for name in ("flask", "gunicorn"):
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\necho {name} "$@"\n')
        program.chmod(0o755)
    path = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}

    assert subprocess.check_output([BOOT], env=path | environment, text=True) == said
