"""What docs/adding-a-service.md says is all that a service needs, and passes the linters."""

import os
import re
import sys

import pytest
from commands import ROOT, attempt, run, working_copy
from pages import apply, blocks, edited

PAGE = ROOT / "docs/adding-a-service.md"
MOST_FILES = 8


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """A working copy with the service of the page."""
    copy = working_copy(tmp_path_factory.mktemp("service"))
    run("git", "init", "--quiet", cwd=copy)
    run("git", "add", ".", cwd=copy)
    apply(PAGE, copy)
    # The lock needs the index.
    (copy / "apps/hits/requirements.txt").touch()
    return copy


@pytest.fixture(scope="module")
def changed(copy):
    """Every file that the page edits or adds."""
    return run("git", "ls-files", "--modified", "--others", "--exclude-standard", cwd=copy).split()


def test_few_files_beside_the_applications_own_folder_are_touched(changed):
    beside = [file for file in changed if not file.startswith("apps/hits/")]

    assert "apps/hits/Dockerfile" in changed
    assert len(beside) <= MOST_FILES, beside


def test_commands_of_the_page_are_targets_of_make(copy):
    typed = "".join(block.text for block in blocks(PAGE) if block.language == "sh")
    targets = re.findall(r"^make (\S+)", typed, re.MULTILINE)

    assert targets
    for target in targets:
        assert attempt("make", "--dry-run", target, cwd=copy).returncode == 0


def test_every_role_and_image_of_the_copy_fits_together(copy):
    tests = ["test_role_options.py", "test_inventory_problems.py", "test_repository.py"]
    chosen = [f"tests/unit/{name}" for name in tests]
    run(sys.executable, "-m", "pytest", "-q", "-k", "not clone", *chosen, cwd=copy)


def test_the_application_passes_its_own_tests_and_types(copy):
    folder = copy / "apps/hits"
    run(sys.executable, "-m", "pytest", "-q", "--cov", "--cov-fail-under=85", cwd=folder)
    run("mypy", cwd=folder)


def test_the_copy_passes_the_linters(copy, changed):
    configuration = {"ANSIBLE_CONFIG": str(copy / "ansible.cfg")}
    files = [file for file in changed if file.startswith(("roles/", "playbooks/"))]
    python = [file for file in changed if file.endswith(".py")]

    run("ansible-playbook", "--syntax-check", "site.yml", cwd=copy, env=os.environ | configuration)
    run("ansible-lint", "--offline", *files, cwd=copy, env=os.environ | configuration)
    run("ruff", "check", *python, cwd=copy)
    run("ruff", "format", "--check", *python, cwd=copy)
    run("mypy", "checks/hits", cwd=copy)
    run("hadolint", "apps/hits/Dockerfile", cwd=copy)


def test_a_place_that_is_not_there_once_is_told():
    with pytest.raises(AssertionError, match="0 places"):
        edited("a\nb\n", " c\n+d\n")
