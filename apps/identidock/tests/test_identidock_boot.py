import os
import subprocess
from pathlib import Path

import pytest

BOOT = Path(__file__).resolve().parent.parent / "boot.sh"


@pytest.fixture
def boot(tmp_path):
    """A function that starts boot.sh with programs that tell how they were called."""
    for program in ("uwsgi", "flask", "python"):
        file = tmp_path / program
        file.write_text(f'#!/bin/sh\necho "{program} $*"\n')
        file.chmod(0o755)

    def boot(**environment):
        environment["PATH"] = f"{tmp_path}:{os.environ['PATH']}"
        started = subprocess.run(
            ["sh", BOOT], env=environment, capture_output=True, text=True, check=True
        )
        return started.stdout.splitlines()

    return boot


@pytest.mark.parametrize("environment", [{}, {"APP_ENVIRONMENT": "PROD"}])
def test_production_runs_uwsgi(boot, environment):
    assert boot(**environment) == ["Running Production Server", "uwsgi --ini uwsgi.ini"]


def test_development_reloads_code_and_runs_nobody_elses(boot):
    said, command = boot(APP_ENVIRONMENT="DEV")

    assert said == "Running Development Server"
    assert command.startswith("flask --app identidock --debug run --no-debugger")


def test_unit_runs_these_tests(boot):
    assert boot(APP_ENVIRONMENT="UNIT")[1] == "python -m pytest -p no:cacheprovider tests"
