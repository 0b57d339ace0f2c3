"""Molecule's scenarios: each passes alone, from a VM that is not there yet."""

from pathlib import Path

import pytest
import yaml
from run import SITE_TESTS, stages

PROJECT = Path(__file__).resolve().parents[2]
SHARED = yaml.safe_load((PROJECT / ".config/molecule/config.yml").read_text())
SCENARIOS = sorted(file.parent for file in PROJECT.glob("molecule/*/molecule.yml"))

# A scenario that destroys first, or looks twice, is whole as well.
WHOLE = ["create", "converge", "idempotence", "verify"]


@pytest.fixture(params=SCENARIOS, ids=lambda scenario: scenario.name)
def scenario(request):
    return request.param


@pytest.fixture
def settings(scenario):
    return SHARED | yaml.safe_load((scenario / "molecule.yml").read_text())


def test_scenario_is_a_whole_test_from_making_the_vm_to_removing_it(settings):
    sequence = settings["scenario"]["test_sequence"]
    steps = [step for step in sequence if step in WHOLE]

    assert list(dict.fromkeys(steps)) == WHOLE
    assert sequence[-1] == "destroy"


def test_scenario_prepares_the_vm_or_installs_docker_itself(scenario, settings):
    prepares = "prepare" in settings["scenario"]["test_sequence"]
    converges = (scenario / "converge.yml").read_text()

    assert prepares == (scenario / "prepare.yml").is_file()
    assert prepares or "site.yml" in converges or "nodes.yml" in converges


def test_tests_beside_a_scenario_are_run_by_it(scenario, settings):
    directory = (scenario / settings["verifier"]["directory"]).resolve()
    patterns = ["**/test_*.py", *settings["verifier"].get("additional_files_or_dirs", [])]
    run = {file.resolve() for pattern in patterns for file in directory.glob(pattern)}

    assert run >= set(scenario.glob("*/test_*.py"))


def test_a_stage_of_the_tests_runs_the_scenario_or_all_that_is_its_own(scenario):
    commands = [command for stage in stages().values() for command in stage.values()]
    own = {file.parent for file in scenario.glob("*/test_*.py")}
    run = {PROJECT / folder for folder in SITE_TESTS.get(scenario.name, [])}

    assert any(f"--scenario-name={scenario.name}" in command for command in commands) or all(
        run & {folder, *folder.parents} for folder in own
    )


def test_nothing_in_a_scenario_is_a_symbolic_link(scenario):
    assert not [file for file in scenario.rglob("*") if file.is_symlink()]


def tasks_of(plays):
    """Every task of a playbook, those of blocks among them."""
    for each in plays:
        for section in ("pre_tasks", "tasks", "block", "rescue", "always"):
            yield from tasks_of(each.get(section, []))
        yield each


def test_the_controllers_docker_is_asked_as_root_where_the_user_may_not(scenario):
    for name in ("create.yml", "destroy.yml"):
        file = scenario / name
        for task in tasks_of(yaml.safe_load(file.read_text()) if file.exists() else []):
            if any(key.startswith("community.docker.") for key in task):
                assert task.get("become") == "{{ lab_controller_engine_become }}", task["name"]
