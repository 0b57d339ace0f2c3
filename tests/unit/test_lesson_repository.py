"""The course's blog as the lab hands it out: it starts, and is without the solution."""

import json
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAMS = Path(sys.executable).parent
PLAYBOOK = """
- hosts: localhost
  vars_files: [{root}/roles/lesson_node/vars/main.yml]
  vars:
    role_path: {root}/roles/lesson_node
    lesson_node_apps: {root}/apps
  tasks:
    - git_history:
        path: {directory}/microblog.git
        author: Ada <ada@example.org>
        description: microblog
        versions: "{{{{ __lesson_node_repositories.microblog }}}}"
"""


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    """A function that gives a checkout of a tag."""
    directory = tmp_path_factory.mktemp("git")
    playbook = directory / "playbook.yml"
    playbook.write_text(PLAYBOOK.format(root=ROOT, directory=directory), encoding="utf-8")
    options = ["--inventory=localhost,", "--connection=local"]
    python = f"--extra-vars={json.dumps({'ansible_python_interpreter': sys.executable})}"
    done = subprocess.run(
        [PROGRAMS / "ansible-playbook", *options, python, playbook],
        cwd=ROOT,
        env=os.environ | {"ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout

    def checkout(tag):
        clone = ["git", "clone", "--quiet", "-c", "advice.detachedHead=false"]
        target = directory / tag
        if not target.exists():
            repository = directory / "microblog.git"
            subprocess.run([*clone, "--branch", tag, repository, target], check=True)
        return target

    return checkout


def run(directory, *command, **environment):
    path = f"{PROGRAMS}:{os.environ['PATH']}"
    return subprocess.run(
        command,
        cwd=directory,
        env=os.environ | {"PATH": path, "FLASK_APP": "microblog.py"} | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def ask(directory, path, **environment):
    """A page, as the application that Flask finds answers it."""
    program = f"""
        from flask.cli import ScriptInfo

        print(ScriptInfo("microblog.py").load_app().test_client().get({path!r}).text)
    """
    done = run(directory, sys.executable, "-c", textwrap.dedent(program), **environment)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("tag", ["v0.2", "v0.18"])
def test_what_the_learner_writes_is_not_there(checkout, tag):
    files = [str(file.relative_to(checkout(tag))) for file in checkout(tag).rglob("*")]
    solution = re.compile(r"Dockerfile|\.dockerignore|\.sh$|gunicorn|(^|/)tests?/")

    assert [file for file in files if solution.search(file) and not file.startswith(".git/")] == []
    assert "It is not his code" in (checkout(tag) / "README.md").read_text(encoding="utf-8")


def test_simple_version_wants_nothing_but_flask(checkout):
    text = "".join(file.read_text(encoding="utf-8") for file in checkout("v0.2").rglob("*.py"))
    imported = set(re.findall(r"(?m)^\s*(?:from|import) (\w+)", text))

    assert imported - {"app", *sys.stdlib_module_names} == {"flask"}
    assert not (checkout("v0.2") / "requirements.txt").exists()


def test_greeted_name_stands_in_one_place_and_can_be_changed(checkout):
    application = checkout("v0.2")
    places = [file for file in (application / "app").rglob("*.*") if b"Miguel" in file.read_bytes()]
    assert "Hi, Miguel!" in ask(application, "/")

    (place,) = [file for file in places if file.suffix in {".py", ".html"}]
    place.write_text(place.read_text(encoding="utf-8").replace("Miguel", "Ada"), encoding="utf-8")
    assert "Hi, Ada!" in ask(application, "/")


def test_complete_version_migrates_its_database_and_answers(checkout, tmp_path):
    application = checkout("v0.18")
    settings = {"DATABASE_URL": f"sqlite:///{tmp_path}/app.db", "SECRET_KEY": "my-secret-key"}
    for command in (["db", "upgrade"], ["db", "check"], ["translate", "compile"]):
        done = run(application, "flask", *command, **settings)
        assert done.returncode == 0, done.stderr

    assert "<form" in ask(application, "/login", **settings)
    assert "Se connecter" in ask(application, "/login?lang=fr", **settings)


def test_complete_version_can_be_tried_out_without_settings(checkout):
    assert "<form" in ask(checkout("v0.18"), "/login")
