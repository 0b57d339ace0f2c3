"""What a role's defaults set and what its argument specs say about it agree."""

from pathlib import Path
from typing import Any

import pytest
import yaml

ROLES = sorted((Path(__file__).resolve().parents[2] / "roles").iterdir())
# A default that Ansible works out is told in the option's description, after these words.
WORKED_OUT = "By default"


def loaded(file: Path) -> dict[str, Any]:
    """Content of a YAML file, empty where there is none."""
    return yaml.safe_load(file.read_text()) if file.exists() else {}


def options(role: Path) -> list[tuple[str, dict[str, Any]]]:
    """Name and spec of every option, of each entry point of the role."""
    specs = loaded(role / "meta" / "argument_specs.yml")["argument_specs"]
    return [each for entry in specs.values() for each in entry.get("options", {}).items()]


every_role = pytest.mark.parametrize("role", ROLES, ids=lambda role: role.name)


@every_role
def test_every_default_belongs_to_an_option(role):
    assert set(loaded(role / "defaults" / "main.yml")) <= {name for name, _ in options(role)}


@every_role
def test_option_is_required_or_has_a_default(role):
    defaults = loaded(role / "defaults" / "main.yml")

    for name, spec in options(role):
        assert spec.get("required", False) != (name in defaults), name


@every_role
def test_spec_has_the_default_or_describes_how_it_is_worked_out(role):
    defaults = loaded(role / "defaults" / "main.yml")

    for name, spec in options(role):
        if "{{" in str(defaults.get(name)):
            assert "default" not in spec, name
            assert WORKED_OUT in str(spec["description"]), name
        else:
            assert spec.get("default") == defaults.get(name), name


@every_role
def test_role_is_described_to_galaxy_as_in_its_spec(role):
    entry = loaded(role / "meta" / "argument_specs.yml")["argument_specs"]["main"]
    meta = loaded(role / "meta" / "main.yml")

    assert meta["galaxy_info"]["description"] == entry["short_description"]
    assert meta["dependencies"] == []
