"""A repository of the lesson: the same commits everywhere, and nothing of others is lost."""

import os
import stat
import subprocess

import pytest

VERSIONS = [
    {
        "tag": "v0.1",
        "date": "2026-01-01T00:00:00+00:00",
        "message": "Say hello",
        "files": {"hello.py": "print('Hello')\n", "app/é.txt": "été"},
    },
    {
        "tag": "v0.2",
        "date": "2026-01-02T01:00:00+01:00",
        "message": "Say it in French",
        "files": {"hello.py": "print('Bonjour')\n"},
    },
]


@pytest.fixture
def repository(tmp_path):
    return tmp_path / "srv" / "git" / "hello.git"


@pytest.fixture
def keep(run_module, repository):
    """A function that runs the module and gives its reply."""

    def keep(environment=None, **arguments):
        author = "Ada <ada@example.org>"
        arguments = {"author": author, "description": "Hello", "versions": VERSIONS} | arguments
        return run_module("git_history", environment, **{"path": str(repository)} | arguments)

    return keep


def git(directory, *arguments):
    settings = {"GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}
    command = ["git", "-C", str(directory), *arguments]
    return subprocess.run(
        command, env=os.environ | settings, capture_output=True, text=True, check=True
    ).stdout


def test_each_version_is_a_tag_and_the_last_one_the_branch(keep, repository, tmp_path):
    reply = keep()
    git(tmp_path, "clone", "--quiet", str(repository), "clone")
    clone = tmp_path / "clone"

    assert reply["changed"]
    assert git(clone, "log", "--format=%H %an %cd %s", "--date=iso-strict-local").splitlines() == [
        f"{reply['commits']['v0.2']} Ada 2026-01-02T00:00:00+00:00 Say it in French",
        f"{reply['commits']['v0.1']} Ada 2026-01-01T00:00:00+00:00 Say hello",
    ]
    assert git(clone, "branch", "--show-current") == "main\n"
    assert [file.name for file in clone.iterdir() if file.name != ".git"] == ["hello.py"]
    git(clone, "checkout", "--quiet", "v0.1")
    assert (clone / "app/é.txt").read_text(encoding="utf-8") == "été"


def test_second_time_changes_nothing(keep):
    keep()

    assert not keep()["changed"]


def test_same_versions_are_the_same_commits_whoever_makes_them_where(keep, tmp_path):
    somebody = {"GIT_AUTHOR_NAME": "Grace", "GIT_COMMITTER_DATE": "2000-01-01", "TZ": "Asia/Tokyo"}
    other = keep(somebody, path=str(tmp_path / "other.git"))

    assert other["commits"] == keep()["commits"]


def test_changed_file_is_another_commit(keep, repository):
    before = keep()["commits"]
    after = keep(versions=[VERSIONS[0], VERSIONS[1] | {"files": {"hello.py": "print('Hi')\n"}}])

    assert after["changed"]
    assert after["commits"]["v0.1"] == before["v0.1"]
    assert after["commits"]["v0.2"] == git(repository, "rev-parse", "main").strip()
    assert [each.name for each in repository.parent.iterdir()] == ["hello.git"]


@pytest.mark.parametrize("damage", ["object", "tag", "head"])
def test_damaged_repository_is_mended(keep, repository, damage):
    commits = keep()["commits"]
    if damage == "object":
        (repository / "objects" / commits["v0.1"][:2] / commits["v0.1"][2:]).unlink()
    elif damage == "tag":
        git(repository, "tag", "--delete", "v0.1")
    else:
        git(repository, "symbolic-ref", "HEAD", "refs/heads/gone")

    assert keep()["changed"]
    assert not keep()["changed"]
    git(repository, "fsck", "--strict")


def test_repository_of_somebody_else_stays(keep, repository):
    git(repository.parents[2], "init", "--quiet", "--bare", str(repository))
    reply = keep()

    assert "the lab did not make it" in reply["msg"]
    assert not (repository / "refs/tags/v0.1").exists()


def test_dry_run_writes_nothing(keep, repository):
    assert keep(_ansible_check_mode=True)["changed"]
    assert not repository.parent.exists()

    keep()
    assert not keep(_ansible_check_mode=True)["changed"]


def test_everybody_may_clone_whatever_the_umask(keep, repository):
    before = os.umask(0o077)
    try:
        keep()
    finally:
        os.umask(before)

    for path in [repository.parent, repository, *repository.rglob("*")]:
        mode = path.stat().st_mode
        assert mode & stat.S_IROTH, path
        assert not path.is_dir() or mode & stat.S_IXOTH, path


def test_what_git_says_of_bad_input_is_told(keep):
    reply = keep(versions=[VERSIONS[0] | {"tag": "v 0..1"}])

    assert reply["msg"].startswith("git could not make ")
