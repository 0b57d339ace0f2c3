"""An application from git is built on the newest Python that its libraries can be had for."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FILES = Path(__file__).resolve().parents[2] / "roles/images/files"
BUILD = FILES / "build_from_git.sh"
TRIES = "3.13 full:3.13 slim:3.13\n3.11 full:3.11 slim:3.11"
# What buildx prints last: pip failed, or a library is missing that only the large image has.
PIP = 'ERROR: process "/bin/sh -c pip install" did not complete successfully: exit code: 79'
LIBRARY = 'ERROR: process "/bin/sh -c ldd" did not complete successfully: exit code: 80'
# Stands for Docker: writes down what it is told, and fails as a build on that image is to.
DOCKER = """#!/bin/sh
echo "$*" >> "$CALLS"
for argument in "$@"; do
    case $argument in
        PYTHON_SLIM=*) failure="$FAILURES/${argument##*/}" ;;
    esac
done
if [ -e "${failure:-}" ]; then
    cat "$failure"
    exit 1
fi
"""


@pytest.fixture
def build(tmp_path):
    """A function that runs the script; builds on the images of `failures` end with their text."""

    def build(failures=None, **environment):
        folder = tmp_path / "checkout"
        for directory in (folder, tmp_path / "bin", tmp_path / "failures"):
            directory.mkdir()
        docker = tmp_path / "bin" / "docker"
        docker.write_text(DOCKER)
        docker.chmod(0o755)
        for image, said in (failures or {}).items():
            (tmp_path / "failures" / image).write_text(f"{said}\n", encoding="utf-8")
        names = ("APP", "DATE", "REFERENCE", "REGISTRY", "REVISION", "TITLE", "VERSION")
        settings = {name: name.lower() for name in names} | {
            "CALLS": str(tmp_path / "calls"),
            "FAILURES": str(tmp_path / "failures"),
            "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}",
            "TRIES": TRIES,
        }
        return subprocess.run(
            [BUILD],
            cwd=folder,
            env=os.environ | settings | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    return build


@pytest.fixture
def bases(tmp_path):
    """A function that gives the pairs of images that builds were tried on."""

    def bases():
        calls = (tmp_path / "calls").read_text().splitlines()
        words = [dict(w.split("=", 1) for w in call.split() if "PYTHON" in w) for call in calls]
        pairs = [(each["PYTHON"], each["PYTHON_SLIM"]) for each in words]
        return [tuple(image.removeprefix("registry/") for image in pair) for pair in pairs]

    return bases


def test_newest_is_taken_where_it_can_be(build, bases):
    done = build()

    assert (done.returncode, done.stdout) == (0, "3.13\n"), done.stderr
    assert bases() == [("full:3.13", "slim:3.13")]


@pytest.mark.parametrize(
    ("said", "package"),
    [
        ("#9 4.2   ERROR: Failed building wheel for greenlet", "greenlet"),
        ("#9 4.2 ERROR: Failed to build 'PyYAML' when getting requirements to build", "PyYAML"),
        ("#9 4.2 ERROR: No matching distribution found for pandas==2.4", "pandas==2.4"),
        (
            "#9 4.2 \u00d7 Encountered error while generating package metadata.\n"
            "#9 4.2 ╰─> mysqlclient\n#9 4.2 note: This is an issue with the package",
            "mysqlclient",
        ),
        ("#9 4.2 BackendUnavailable: Cannot import", "a library of its requirements.txt"),
    ],
)
def test_next_is_taken_where_pip_fails_and_the_library_is_named(build, bases, said, package):
    done = build({"slim:3.13": f"{said}\n{PIP}"})

    assert done.returncode == 0, done.stderr
    assert done.stdout == f"3.11\n{package} cannot be installed for Python 3.13\n"
    assert bases() == [("full:3.13", "slim:3.13"), ("full:3.11", "slim:3.11")]


def test_every_python_in_vain_is_told(build):
    greenlet = f"ERROR: Failed building wheel for greenlet\n{PIP}"
    done = build({"slim:3.13": greenlet, "slim:3.11": greenlet})

    assert (done.returncode, done.stdout) == (1, "")
    assert [line for line in done.stderr.splitlines() if line.startswith("pip: ")] == [
        "pip: greenlet cannot be installed for Python 3.13",
        "pip: greenlet cannot be installed for Python 3.11",
    ]


def test_index_without_an_answer_is_asked_once(build, bases):
    nothing = "ERROR: Could not find a version that satisfies flask (from versions: none)"
    done = build(
        {"slim:3.13": f"{nothing}\nERROR: No matching distribution found for flask\n{PIP}"}
    )

    assert done.returncode == 1
    assert "pip: flask cannot be installed" in done.stderr
    assert len(bases()) == 1


def test_other_failure_is_no_question_of_python(build, bases):
    done = build({"slim:3.13": "ERROR: failed to solve: no space left on device"})

    assert done.returncode == 1
    assert "no space left" in done.stderr
    assert len(bases()) == 1


def test_missing_library_makes_it_run_on_the_larger_image(build, bases):
    done = build({"slim:3.13": LIBRARY})

    assert (done.returncode, done.stdout) == (0, "3.13\n")
    assert bases() == [("full:3.13", "slim:3.13"), ("full:3.13", "full:3.13")]


@pytest.fixture
def application(tmp_path):
    """The files that the role adds, and a gunicorn that shows its environment."""
    folder = tmp_path / "application"
    shutil.copytree(FILES / "overlay", folder)
    (folder / "bin").mkdir()
    gunicorn = folder / "bin" / "gunicorn"
    gunicorn.write_text("#!/bin/sh\nexec env\n")
    gunicorn.chmod(0o755)
    return folder


def test_application_is_the_one_that_flask_app_names(application):
    (application / "app.py").write_text("raise SystemExit('not this one')\n")
    (application / "blog.py").write_text("from flask import Flask\napp = Flask('blog')\n")
    show = "import lab_wsgi; print(lab_wsgi.application.name)"
    done = subprocess.run(
        [sys.executable, "-c", show],
        cwd=application,
        env=os.environ | {"FLASK_APP": "blog.py"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "blog\n", done.stderr


def test_secrets_come_in_one_form_only(application):
    for name in ("password", "key"):
        (application / name).write_text(f"the-{name}")
    settings = {
        "DATABASE_URL": "mysql+pymysql://blog@mariadb/blog",
        "DATABASE_PASSWORD_FILE": "password",
        "SECRET_KEY_FILE": "key",
        "PATH": f"{application / 'bin'}:{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["./boot.sh"], cwd=application, env=settings, capture_output=True, text=True, check=True
    )
    found = dict(line.split("=", 1) for line in done.stdout.splitlines() if "=" in line)

    assert found["DATABASE_URL"] == "mysql+pymysql://blog:the-password@mariadb/blog"
    assert found["SECRET_KEY"] == "the-key"
    assert not [name for name in found if name.endswith("_FILE")]
