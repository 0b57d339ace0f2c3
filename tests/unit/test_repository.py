"""What stands in two files of the repository says the same in both, and in every clone."""

import json
import re
import runpy
from pathlib import Path

import ansible_collections
import pytest
import yaml
from commands import ROOT, attempt, run, sources
from packaging.specifiers import SpecifierSet


def loaded(name):
    """Content of a YAML file of the repository."""
    return yaml.safe_load((ROOT / name).read_text())


def test_hooks_before_a_commit_are_the_linters_of_make_lint():
    lint = runpy.run_path(str(ROOT / "tests/run.py"))["stages"]()["lint"]
    hooks = loaded(".pre-commit-config.yaml")["repos"][0]["hooks"]

    assert [hook["name"] for hook in hooks] == [*lint]


def test_both_pipelines_run_every_scenario():
    scenarios = sorted(file.parent.name for file in ROOT.glob("molecule/*/molecule.yml"))
    github = loaded(".github/workflows/ci.yml")["jobs"]["molecule"]["strategy"]["matrix"]
    gitlab = loaded(".gitlab-ci.yml")["molecule"]["parallel"]["matrix"]

    assert github["scenario"] == scenarios
    assert gitlab == [{"SCENARIO": scenarios}]


@pytest.mark.parametrize(
    "wanted", loaded("requirements.yml")["collections"], ids=lambda wanted: wanted["name"]
)
def test_collection_without_the_bundle_is_in_the_range_of_the_bundle(wanted):
    folder = Path(*ansible_collections.__path__, *wanted["name"].split("."))
    manifest = (folder / "MANIFEST.json").read_text()

    assert json.loads(manifest)["collection_info"]["version"] in SpecifierSet(wanted["version"])


def test_every_collection_in_use_can_be_had_without_the_bundle():
    collection = re.compile(r"\b((?:community|ansible)\.(?!builtin|legacy)[a-z]+)\.[a-z]")
    sources = [
        *ROOT.glob("roles/**/*.yml"),
        *ROOT.glob("playbooks/**/*.yml"),
        *ROOT.glob("molecule/**/*.yml"),
        ROOT / "ansible.cfg",
    ]
    used = {name for file in sources for name in collection.findall(file.read_text())}

    assert used == {each["name"] for each in loaded("requirements.yml")["collections"]}


@pytest.mark.parametrize("setting", ["core.autocrlf=true", "core.autocrlf=input", "core.eol=crlf"])
def test_a_clone_has_unix_line_ends_whatever_git_is_set_to(tmp_path, setting):
    # Shells, HAProxy and `#!` lines take a carriage return for a part of the word before it.
    top = attempt("git", "rev-parse", "--show-toplevel", cwd=ROOT)
    if top.returncode != 0 or Path(top.stdout.strip()) != ROOT:
        pytest.skip("this working copy is not a git repository")
    git = ["git", "-c", setting]

    run(*git, "clone", "--quiet", ROOT, tmp_path / "clone")

    files = run(*git, "ls-files", "--eol", cwd=tmp_path / "clone").splitlines()
    assert len(files) > 100
    assert not [file for file in files if "w/crlf" in file or "w/mixed" in file]


@pytest.mark.parametrize("inventory", [name for name in sources() if name.endswith("hosts.yml")])
def test_no_vm_publishes_a_port_that_outgoing_connections_take(inventory):
    """A VM that is away for a moment would find it taken; Linux begins with 32768."""
    text = (ROOT / inventory).read_text()
    ports = [int(port) for port in re.findall(r"lab_vm_ssh_port: (\d+)", text)]
    ports += [int(offset) + 9090 for offset in re.findall(r"lab_port_offset: (\d+)", text)]

    assert [port for port in ports if port >= 32768] == []
