"""An application from git is a build context; what a release says of it is not asked for again."""

import json
import os
import shutil
import subprocess
import tarfile

import pytest

PYTHONS = [
    {"version": "3.13", "build": "python", "run": "python-slim"},
    {"version": "3.11", "build": "python-3.11", "run": "python-slim-3.11"},
]
BASES = [
    {"name": name, "repository": "library/python", "version": "1", "tag": f"1-{name}"}
    for python in PYTHONS
    for name in (python["build"], python["run"])
]
ADA = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull} | {
    f"GIT_{who}_{what}": value
    for who in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"))
}


@pytest.fixture
def repository(tmp_path):
    """A repository with a small application, tagged v1."""
    folder = tmp_path / "blog"
    folder.mkdir()
    (folder / "app.py").write_text("from flask import Flask\n")
    (folder / "boot.sh").write_text("exec flask run\n")
    git(folder, "init", "--quiet", "--initial-branch", "main")
    commit(folder)
    git(folder, "tag", "v1")
    return folder


def git(folder, *arguments):
    """Run git in a folder."""
    command = ["git", "-C", folder, *arguments]
    done = subprocess.run(command, env=os.environ | ADA, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder, **files):
    """Commit all, and files with this content."""
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_py", ".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message", "Go on")


@pytest.fixture
def ask(run_module, repository, tmp_path):
    """A function that runs the module with one application and gives its reply."""
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "Dockerfile").write_text("FROM python\n")
    (overlay / "boot.sh").write_text("exec gunicorn\n")

    def ask(source=None, **arguments):
        blog = {
            "name": "git-blog",
            "repository": "git/blog",
            "repo": f"file://{repository}",
            "ref": "v1",
            "variables": "blog",
        }
        settings = {
            "root": str(tmp_path),
            "images": [],
            "bases": BASES,
            "git": [blog | (source or {})],
            "pythons": PYTHONS,
            "sources": str(tmp_path / "sources"),
            "overlay": str(overlay),
            "releases": str(tmp_path / "releases"),
        }
        return run_module("build_context_info", ADA, **settings | arguments)

    return ask


@pytest.fixture
def record(run_module, tmp_path):
    """A function that records what the module found as the next release."""

    def record(plan):
        digests = {image["reference"]: "sha256:1" for image in plan["bases"] + plan["images"]}
        run_module(
            "release", dir=str(tmp_path / "releases"), candidate=plan["candidate"], digests=digests
        )

    return record


def test_application_is_an_image_with_all_that_a_release_must_know(ask, repository):
    plan = ask()
    (image,) = plan["images"]
    entry = plan["candidate"]["images"]["git-blog"]

    assert image["reference"].startswith("git/blog:v1-")
    assert image["git"]["tries"] == [
        "3.13 library/python:1-python library/python:1-python-slim",
        "3.11 library/python:1-python-3.11 library/python:1-python-slim-3.11",
    ]
    assert entry["source"]["repo"] == f"file://{repository}"
    assert entry["source"]["ref"] == "v1"
    assert entry["source"]["commit"] == git(repository, "rev-parse", "v1")
    assert entry["source"]["flask_app"] == "app.py"
    assert entry["migrations"] == []
    assert entry["from"]["python-slim-3.11"] == "1-python-slim-3.11"


def test_known_version_is_not_asked_for_again(ask, record, repository):
    plan = ask()
    record(plan)
    shutil.rmtree(repository)

    assert ask()["changes"] == []
    assert ask()["images"][0]["tag"] == plan["images"][0]["tag"]


def test_branch_that_moved_is_followed_only_when_asked_to(ask, record, repository):
    record(ask({"ref": "main"}))
    old = git(repository, "rev-parse", "main")
    commit(repository, app_py="import flask\n")
    new = git(repository, "rev-parse", "main")

    assert ask({"ref": "main"})["changes"] == []
    assert ask({"ref": "main"}, follow=True)["changes"] == [
        f"git-blog: commit {old[:8]} → {new[:8]}"
    ]


def test_another_version_is_asked_for(ask, record, repository):
    record(ask())
    commit(repository, app_py="import flask\n")

    assert "version v1 → main" in ask({"ref": "main"})["changes"][0]


def test_new_overlay_and_new_python_make_another_tag_of_the_same_commit(ask, record, tmp_path):
    plan = ask()
    record(plan)
    (tmp_path / "overlay" / "Dockerfile").write_text("FROM python\nUSER 1\n")
    overlaid = ask()
    one = ask({"python": "3.11"})

    assert overlaid["changes"] == ["git-blog: what is laid over it edited"]
    tags = {each["images"][0]["tag"] for each in (plan, overlaid, one)}
    assert len(tags) == 3


def test_migrations_are_known(ask, repository):
    commit(repository, migrations__versions__0001_posts_py="", migrations__env_py="")

    assert ask({"ref": "main"})["candidate"]["images"]["git-blog"]["migrations"] == ["0001_posts"]


def test_migrations_are_refused_where_they_cannot_be(ask, repository):
    commit(repository, migrations__versions__0001_posts_py="")
    reply = ask({"ref": "main", "refuse_migrations": "so it needs a database. Take it out."})

    assert reply["failed"]
    assert reply["msg"] == (
        f"file://{repository} at main has migrations, so it needs a database. Take it out."
    )


def test_flaskenv_names_the_application(ask, repository):
    (repository / ".flaskenv").write_text('# Settings\nFLASK_APP = "blog:create_app()"\n')
    commit(repository)

    assert ask({"ref": "main"})["images"][0]["git"]["flask_app"] == "blog:create_app()"


def test_what_is_no_flask_application_is_refused(ask, repository):
    (repository / "app.py").write_text("print('Hello')\n")
    commit(repository)
    reply = ask({"ref": "main"})

    assert reply["failed"]
    assert "is not a Flask application the lab can start" in reply["msg"]


@pytest.mark.parametrize("version", ["v2", "--help", "main:app.py"])
def test_version_that_is_not_there_is_one_sentence(ask, repository, version):
    reply = ask({"ref": version})

    assert reply["failed"]
    assert f"cannot check out {version} of file://{repository}: " in reply["msg"]
    assert "blog_repo or blog_version (try `git ls-remote" in reply["msg"]


def test_repository_that_is_not_there_is_one_sentence(ask, tmp_path):
    reply = ask({"repo": f"file://{tmp_path}/nowhere"})

    assert reply["failed"]
    assert f"cannot check out v1 of file://{tmp_path}/nowhere: " in reply["msg"]
    assert "\n" not in reply["msg"]


def test_password_in_an_address_is_told_and_recorded_nowhere(ask, record, tmp_path):
    secret = "ada:hunter2"
    reply = ask({"repo": f"http://{secret}@127.0.0.1:1/blog.git"})

    assert reply["failed"]
    assert "of http://127.0.0.1:1/blog.git: " in reply["msg"]
    assert "hunter2" not in reply["msg"]

    plan = ask()
    entry = plan["candidate"]["images"]["git-blog"]
    entry["source"]["repo"] = "https://git.example.org/blog.git"
    record(plan)
    known = ask({"repo": f"https://{secret}@git.example.org/blog.git"})

    assert known["changes"] == []
    assert "hunter2" not in json.dumps({**known, "invocation": None})
    for file in (file for file in tmp_path.rglob("*") if file.is_file()):
        assert b"hunter2" not in file.read_bytes()


def test_python_that_is_not_there_is_refused_with_those_that_are(ask):
    reply = ask({"python": "2.7"})

    assert reply["failed"]
    assert reply["msg"].startswith(
        "blog_python is 2.7, and the lab has no such Python: there is 3.13, 3.11."
    )


def test_archive_has_the_files_of_git_and_the_overlay_where_they_have_none(ask, tmp_path):
    (image,) = ask()["images"]
    archive = tmp_path / "contexts.tar"
    ask(archive=str(archive), only=[image])

    with tarfile.open(archive) as tar:
        boot = tar.extractfile("git-blog/boot.sh")
        assert boot
        assert boot.read() == b"exec flask run\n"
        assert tar.getnames() == ["git-blog/Dockerfile", "git-blog/app.py", "git-blog/boot.sh"]
        assert tar.getmember("git-blog/boot.sh").mode == 0o755


def test_archive_is_of_the_commit_that_was_planned(ask, repository, tmp_path):
    (first,) = ask()["images"]
    commit(repository, app_py="import flask\nnewer = True\n")
    ask({"ref": "main"})
    archive = tmp_path / "contexts.tar"
    ask(archive=str(archive), only=[first])

    with tarfile.open(archive) as tar:
        page = tar.extractfile("git-blog/app.py")
        assert page
        assert b"newer" not in page.read()


def test_dry_run_looks_and_leaves_nothing(ask, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    plan = ask(_ansible_check_mode=True)

    assert "git-blog: new" in plan["changes"]
    assert sorted(tmp_path.rglob("*")) == before
