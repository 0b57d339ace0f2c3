"""A tag means one content, wherever, whenever and by whomever it is worked out."""

import os
import shutil
import subprocess
import tarfile

import pytest

PYTHON = {"name": "python", "repository": "library/python", "version": "3.13", "base": "debian"}
WEB = {"name": "web", "repository": "web", "version": "1.0", "base": "python"}
DEBIAN = {"name": "debian", "repository": "library/debian", "version": "13", "tag": "13-1"}
AUTHOR = {
    "GIT_AUTHOR_NAME": "Ada",
    "GIT_AUTHOR_EMAIL": "ada@example.org",
    "GIT_COMMITTER_NAME": "Ada",
    "GIT_COMMITTER_EMAIL": "ada@example.org",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}


@pytest.fixture
def root(tmp_path):
    """Two contexts, web on top of python, in no repository."""
    root = tmp_path / "apps"
    (root / "python").mkdir(parents=True)
    (root / "python" / "Dockerfile").write_text("FROM debian\n")
    (root / "web" / "web").mkdir(parents=True)
    (root / "web" / "Dockerfile").write_text("FROM python\n")
    (root / "web" / ".dockerignore").write_text("# All but:\n*\n!boot.sh\n!web/\n")
    (root / "web" / "boot.sh").write_text("exec web\n")
    (root / "web" / "web" / "__init__.py").write_text("")
    (root / "web" / "web" / "page.py").write_text("PAGE = 1\n")
    return root


@pytest.fixture
def ask(run_module, root, tmp_path):
    """A function that runs the module on both images and gives its reply."""

    def ask(**arguments):
        releases = str(tmp_path / "releases")
        arguments = {
            "root": str(root),
            "images": [PYTHON, WEB],
            "bases": [DEBIAN],
            "releases": releases,
        } | arguments
        outside = {"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)}
        return run_module("build_context_info", outside, **arguments)

    return ask


@pytest.fixture
def tags(ask):
    """A function that gives the tags of both images by name."""

    def tags(**arguments):
        return {image["name"]: image["tag"] for image in ask(**arguments)["images"]}

    return tags


@pytest.fixture
def git(root):
    """A function that runs git in a repository that holds the contexts, all committed."""

    def git(*arguments, date="2026-01-02T03:04:05+02:00"):
        dates = {"GIT_AUTHOR_DATE": date, "GIT_COMMITTER_DATE": date}
        command = ["git", "-C", root.parent, *arguments]
        done = subprocess.run(
            command, env=os.environ | AUTHOR | dates, capture_output=True, text=True, check=True
        )
        return done.stdout.strip()

    git("init", "--quiet")
    git("add", ".")
    git("commit", "--quiet", "--message", "Begin")
    return git


def test_tag_is_the_version_and_twelve_digits_of_the_content(tags):
    version, _, digits = tags()["web"].rpartition("-")

    assert version == "1.0"
    assert len(digits) == 12
    assert set(digits) <= set("0123456789abcdef")


def test_image_comes_back_as_given_and_says_what_it_starts_from(ask):
    reply = ask()
    python, web = reply["images"]

    assert not reply["changed"]
    assert web.items() >= WEB.items()
    assert python["from"] == "library/debian:13-1"
    assert web["from"] == f"library/python:{python['tag']}"


def test_same_content_has_the_same_tag_elsewhere_at_another_time_and_with_another_owner(
    tags, root, tmp_path
):
    elsewhere = tmp_path / "else" / "where"
    shutil.copytree(root, elsewhere)
    for file in elsewhere.rglob("*"):
        os.utime(file, (1, 1))
        if os.geteuid() == 0:
            os.chown(file, 12345, 12345)

    assert tags(root=str(elsewhere)) == tags()


def test_changed_byte_changes_the_tag_of_that_image_alone(tags, root):
    before = tags()
    (root / "web" / "web" / "page.py").write_text("PAGE = 2\n")
    after = tags()

    assert after["web"] != before["web"]
    assert after["python"] == before["python"]


def test_changed_base_image_changes_what_starts_from_it(tags, root):
    before = tags()
    (root / "python" / "Dockerfile").write_text("FROM debian\nUSER 1\n")
    after = tags()

    assert after["python"] != before["python"]
    assert after["web"] != before["web"]


@pytest.mark.parametrize("other", ["debian", "python"])
def test_changed_image_of_a_build_stage_changes_what_takes_from_it(tags, root, other):
    slim = {**PYTHON, "name": "slim", "base": "debian"}
    web = {**WEB, "base": "slim", "also_from": [other]}
    (root / "slim").mkdir()
    (root / "slim" / "Dockerfile").write_text("FROM debian\n")
    images = [PYTHON, slim, web]
    before = tags(images=images)
    (root / "python" / "Dockerfile").write_text("FROM debian\nUSER 1\n")
    after = tags(images=images)

    assert after["slim"] == before["slim"]
    assert (after["web"] != before["web"]) == (other == "python")


def test_all_images_it_takes_from_come_back_by_name(ask):
    python, web = ask(images=[PYTHON, {**WEB, "also_from": ["debian"]}])["images"]

    assert python["parents"] == {"debian": "library/debian:13-1"}
    assert web["parents"] == {
        "python": f"library/python:{python['tag']}",
        "debian": "library/debian:13-1",
    }
    assert web["from"] == web["parents"]["python"]


def test_other_name_of_a_file_changes_the_tag(tags, root):
    before = tags()
    (root / "web" / "web" / "page.py").rename(root / "web" / "web" / "pages.py")

    assert tags()["web"] != before["web"]


def test_new_version_changes_all_of_the_tag(tags):
    version, _, digits = tags(images=[PYTHON, {**WEB, "version": "1.1"}])["web"].rpartition("-")

    assert version == "1.1"
    assert digits != tags()["web"].rpartition("-")[2]


def test_same_content_for_another_repository_has_another_tag(tags):
    assert tags(images=[PYTHON, {**WEB, "repository": "web2"}])["web"] != tags()["web"]


def test_other_base_tag_changes_every_tag(tags):
    before, after = tags(), tags(bases=[DEBIAN | {"tag": "13-2"}])

    assert after["python"] != before["python"]
    assert after["web"] != before["web"]


def test_execute_bit_changes_the_tag(tags, root):
    before = tags()
    (root / "web" / "boot.sh").chmod(0o755)

    assert tags()["web"] != before["web"]


@pytest.mark.parametrize(
    ("mode", "same_as"), [(0o600, 0o644), (0o664, 0o644), (0o654, 0o644), (0o700, 0o755)]
)
def test_only_the_owners_execute_bit_counts_as_in_git(tags, root, mode, same_as):
    script = root / "web" / "boot.sh"
    script.chmod(same_as)
    before = tags()
    script.chmod(mode)

    assert tags() == before


def test_what_dockerignore_leaves_out_does_not_count(tags, root):
    before = tags()
    (root / "web" / "notes.md").write_text("Not for the image.\n")
    (root / "web" / "tests").mkdir()
    (root / "web" / "tests" / "test_page.py").write_text("")

    assert tags() == before


def test_dockerfile_counts_though_dockerignore_does_not_list_it(tags, root):
    before = tags()
    (root / "web" / "Dockerfile").write_text("FROM python\nUSER 1\n")

    assert tags()["web"] != before["web"]


@pytest.mark.parametrize(
    "bytecode",
    [
        "python/__pycache__/setup.pyc",
        "web/web/__pycache__/page.cpython-313.pyc",
        "web/web/deep/er/__pycache__/page.cpython-313.pyc",
        "web/web/page.pyc",
    ],
)
def test_bytecode_never_counts(tags, root, bytecode):
    before = tags()
    (root / bytecode).parent.mkdir(parents=True, exist_ok=True)
    (root / bytecode).write_bytes(b"\xa7\r\r\n")

    assert tags() == before


def test_link_is_where_it_points_and_not_what_is_there(tags, root, tmp_path):
    outside = tmp_path / "outside"
    link = root / "web" / "web" / "link"
    before = tags()
    link.symlink_to(outside)
    dangling = tags()
    outside.write_text("Another machine has another file here.\n")
    filled = tags()
    outside.unlink()
    outside.mkdir()

    assert dangling["web"] != before["web"]
    assert dangling == filled == tags()


def test_base_that_is_not_listed_before_is_told_by_name(ask):
    reply = ask(images=[WEB, PYTHON])

    assert reply["failed"]
    assert reply["msg"].startswith(
        "Image web starts from python, which is not built before it. List it earlier"
    )


def test_image_of_a_build_stage_that_is_not_listed_before_is_told_by_name(ask):
    reply = ask(images=[{**PYTHON, "also_from": ["web"]}, WEB])

    assert reply["failed"]
    assert reply["msg"].startswith("Image python starts from web, which is not built before it.")


def test_missing_dockerfile_is_told_by_name(ask, root):
    (root / "web" / "Dockerfile").unlink()
    reply = ask()

    assert reply["failed"]
    assert reply["msg"].startswith(f"Image web has no {root}/web/Dockerfile. Write one")


def test_missing_folder_is_told_as_its_missing_dockerfile(ask, root):
    shutil.rmtree(root / "web")

    assert ask()["msg"].startswith(f"Image web has no {root}/web/Dockerfile.")


def test_archive_holds_just_the_asked_contexts_as_docker_would_see_them(ask, root, tmp_path):
    archive = tmp_path / "new" / "contexts.tar"
    (root / "web" / "notes.md").write_text("Not for the image.\n")
    (root / "web" / "boot.sh").chmod(0o700)
    (root / "web" / "web" / "link").symlink_to("page.py")
    web = ask()["images"][1]
    ask(archive=str(archive), only=[web])

    with tarfile.open(archive) as tar:
        members = {member.name: member for member in tar}
        packed = tar.extractfile("web/web/page.py")
        assert packed
        page = packed.read()
    assert list(members) == [
        "web/.dockerignore",
        "web/Dockerfile",
        "web/boot.sh",
        "web/web/__init__.py",
        "web/web/link",
        "web/web/page.py",
    ]
    assert page == b"PAGE = 1\n"
    assert members["web/boot.sh"].mode == 0o755
    assert members["web/web/page.py"].mode == 0o644
    assert members["web/web/link"].linkname == "page.py"
    assert {(member.uid, member.uname, member.mtime) for member in members.values()} == {
        (0, "root", 0)
    }


def test_archive_has_the_same_bytes_twice(ask, root, tmp_path):
    first, second, elsewhere = tmp_path / "first.tar", tmp_path / "second.tar", tmp_path / "else"
    shutil.copytree(root, elsewhere)
    for file in elsewhere.rglob("*"):
        os.utime(file, (1, 1))
        if os.geteuid() == 0:
            os.chown(file, 12345, 12345)
    images = ask()["images"]
    ask(archive=str(first), only=images)
    ask(archive=str(second), only=images, root=str(elsewhere))

    assert first.read_bytes() == second.read_bytes()


def test_dry_run_writes_nothing(ask, tmp_path):
    before = sorted(tmp_path.rglob("*"))
    images = ask(_ansible_check_mode=True)["images"]
    ask(_ansible_check_mode=True, archive=str(tmp_path / "contexts.tar"), only=images)

    assert sorted(tmp_path.rglob("*")) == before


def test_revision_is_the_last_commit_that_touched_the_folder(ask, root, git):
    first = git("rev-parse", "HEAD")
    (root / "web" / "web" / "page.py").write_text("PAGE = 2\n")
    git("commit", "--quiet", "--all", "--message", "Turn the page", date="2026-02-03T04:05:06Z")
    python, web = ask()["images"]

    assert (python["revision"], python["created"]) == (first, "2026-01-02T01:04:05+00:00")
    assert web["revision"] == git("rev-parse", "HEAD") != first
    assert web["created"] == "2026-02-03T04:05:06+00:00"


@pytest.mark.parametrize("file", ["web/web/page.py", "web/web/new.py"])
def test_edited_tree_says_so_in_the_revision_of_that_image_alone(ask, root, git, file):
    (root / file).write_text("PAGE = 2\n")
    python, web = ask()["images"]
    head = git("rev-parse", "HEAD")

    assert python["revision"] == head
    assert web["revision"].startswith(f"{head}-edited-")


@pytest.mark.usefixtures("git")
def test_another_edit_is_another_revision(ask, root):
    page = root / "web" / "web" / "page.py"
    page.write_text("PAGE = 2\n")
    second = ask()["images"][1]["revision"]
    page.write_text("PAGE = 3\n")

    assert ask()["images"][1]["revision"] != second


def test_commit_does_not_change_the_tag(tags, request):
    before = tags()
    request.getfixturevalue("git")

    assert tags() == before


def test_without_a_repository_the_revision_names_the_content_and_the_newest_file(ask, root):
    for file in (root / "web").rglob("*"):
        os.utime(file, (0, 0))
    os.utime(root / "web" / "boot.sh", (86400, 86400))
    web = ask()["images"][1]

    assert web["revision"].startswith("content-")
    assert web["created"] == "1970-01-02T00:00:00+00:00"


@pytest.mark.usefixtures("git")
def test_without_the_program_git_the_revision_names_the_content(run_module, root, tmp_path):
    reply = run_module(
        "build_context_info",
        {"PATH": str(tmp_path)},
        root=str(root),
        images=[PYTHON],
        bases=[DEBIAN],
        releases=str(tmp_path / "releases"),
    )

    assert reply["images"][0]["revision"].startswith("content-")


@pytest.fixture
def record(run_module, tmp_path):
    """A function that records what the module found as the next release."""

    def record(plan):
        digests = {image["reference"]: "sha256:1" for image in plan["bases"] + plan["images"]}
        reply = run_module(
            "release", dir=str(tmp_path / "releases"), candidate=plan["candidate"], digests=digests
        )
        return reply["release"]

    return record


def test_everything_is_missing_before_the_first_release(ask):
    plan = ask()

    assert plan["missing"] == ["debian", "python", "web"]
    assert plan["changes"] == ["debian: new", "python: new", "web: new"]


def test_nothing_is_missing_after_a_release_of_the_same_sources(ask, record):
    plan = ask()
    record(plan)
    again = ask()

    assert (again["missing"], again["changes"]) == ([], [])
    assert again["published"] == {
        "library/debian:13-1": "sha256:1",
        "library/debian:13": "sha256:1",
        plan["images"][0]["reference"]: "sha256:1",
        "library/python:3.13": "sha256:1",
        plan["images"][1]["reference"]: "sha256:1",
        "web:1.0": "sha256:1",
    }


def test_edited_folder_is_told_with_what_stands_on_it(ask, record, root):
    record(ask())
    (root / "python" / "Dockerfile").write_text("FROM debian\nUSER 1\n")
    plan = ask()

    assert plan["missing"] == ["python", "web"]
    assert plan["changes"] == ["python: apps/python edited", "web: stands on python"]
    assert plan["published"]["web:1.0"] is None


def test_base_image_is_the_one_of_the_newest_release_while_the_recipe_is_the_same(ask, record):
    known = DEBIAN | {"packages": {"libc6": "2.41-12"}}
    record(ask(recipe="a", bases=[known]))
    untold = {name: DEBIAN[name] for name in ("name", "repository", "version")}
    same = ask(recipe="a", bases=[untold])
    other = ask(recipe="b", bases=[untold])

    assert same["bases_known"]
    assert same["changes"] == []
    assert not other["bases_known"]
    assert other["missing"] == ["debian", "python", "web"]


def test_newer_packages_of_the_base_are_told_from_version_to_version(ask, record):
    record(ask(bases=[DEBIAN | {"packages": {"libc6": "1", "zlib1g": "1"}}]))
    newer = DEBIAN | {"tag": "13-2", "packages": {"libc6": "2", "zlib1g": "1"}}

    assert ask(bases=[newer])["changes"][0] == "debian: libc6 1 → 2"


def test_refreshed_image_has_another_tag_and_keeps_it(ask, record):
    record(ask())
    refreshed = ask(refresh={"python": ["libssl3t64 3.5.1-1 → 3.5.1-2"]})
    record(refreshed)
    later = ask()

    assert refreshed["changes"] == [
        "python: libssl3t64 3.5.1-1 → 3.5.1-2",
        "web: stands on python",
    ]
    assert later["changes"] == []
    assert later["candidate"]["images"]["python"]["refreshed"]


def test_migrations_are_in_the_release(ask, root):
    (root / "web" / "migrations" / "versions").mkdir(parents=True)
    (root / "web" / "migrations" / "versions" / "0001_users.py").write_text("")
    images = ask()["candidate"]["images"]

    assert images["web"]["migrations"] == ["0001_users"]
    assert images["python"]["migrations"] == []


def test_other_names_must_be_in_the_registry_and_are_a_change(ask, record):
    plan = ask(aliases={"python:3": "python"})
    record(plan)

    assert plan["published"]["library/python:3"] is None
    assert ask(aliases={"python:3": "web"})["changes"] == ["other names of images: changed"]


def test_damaged_release_is_one_sentence(ask, tmp_path):
    (tmp_path / "releases").mkdir()
    (tmp_path / "releases" / "7.json").write_text('{"number": 7')
    reply = ask()

    assert reply["failed"]
    assert reply["msg"].startswith(f"{tmp_path}/releases/7.json is damaged (")
    assert reply["msg"].endswith("Remove it, then run the same command again.")
