"""ansible-doc shows every module whole, and what it shows is what the module takes."""

import copy
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

MODULES = sorted((Path(__file__).resolve().parents[2] / "plugins" / "modules").glob("*.py"))
every_module = pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)


@pytest.fixture(scope="module")
def documented():
    """What ansible-doc tells of the modules, by name."""
    command = ["ansible-doc", "--json", "--type", "module", "--module-path", str(MODULES[0].parent)]
    names = [path.stem for path in MODULES]
    done = subprocess.run([*command, *names], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def argument_spec(module, monkeypatch):
    """The argument_spec that a module gives to AnsibleModule."""
    seen: dict[str, Any] = {}

    def stop(argument_spec, **_):
        # A copy, for modules share parts of theirs.
        seen.update(copy.deepcopy(argument_spec))
        raise SystemExit

    monkeypatch.setattr(module, "AnsibleModule", stop)
    with pytest.raises(SystemExit):
        module.main()
    return seen


def without_descriptions(options):
    """The documentation's options as they stand in an argument_spec."""
    plain = {}
    for name, documented in options.items():
        option = {key: value for key, value in documented.items() if key != "description"}
        if "suboptions" in option:
            option["options"] = without_descriptions(option.pop("suboptions"))
        plain[name] = option
    return plain


@every_module
def test_module_is_described_with_an_example_that_is_yaml(documented, path):
    found = documented[path.stem]

    assert found["doc"]["description"]
    assert path.stem in yaml.safe_load(found["examples"])[0]


@every_module
def test_every_value_returned_has_a_description_and_a_sample(documented, path):
    for name, value in documented[path.stem]["return"].items():
        assert {"description", "returned", "type", "sample"} <= value.keys(), name


@every_module
def test_options_are_documented_as_the_module_takes_them(documented, load, path, monkeypatch):
    taken = argument_spec(load(f"modules/{path.stem}"), monkeypatch)
    for option in taken.values():
        option.pop("no_log", None)

    assert without_descriptions(documented[path.stem]["doc"]["options"]) == taken
