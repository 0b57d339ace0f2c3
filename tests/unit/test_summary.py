"""The addresses that a run ends with."""

import json

import pytest


@pytest.fixture
def summary(printed, tmp_path):
    """A function that gives the lines printed for an inventory, those before the recap."""

    def summary(inventory, *arguments):
        lines = printed(
            f"--inventory=inventory/{inventory}",
            f"--extra-vars=lab_state_dir={tmp_path}",
            "playbooks/summary.yml",
            *arguments,
        )
        # The first line names the log.
        return lines[1 : lines.index("")]

    return summary


def test_one_vm_takes_five_lines(summary):
    lines = summary("lab")

    assert len(lines) == 5
    assert lines[0].split() == ["identidock", "http://127.0.0.1:9090/"]


def test_commands_for_simulated_vms_are_not_recommended_for_real_ones(summary):
    assert "make down" in summary("lab")[-1]
    assert "make down" not in summary("example")[-1]
    assert "make shell" not in summary("example")[-1]


def test_the_address_of_a_cluster_stands_behind_those_of_its_vms(summary):
    places = [line.split()[1] for line in summary("cluster") if line.startswith("identidock")]

    assert places[-1] == "http://10.213.6.10:9090/"
    assert len(places) == 4


def test_an_ipv6_address_stands_in_brackets(summary):
    assert "http://[2001:db8::11]:9090/" in summary("lab", "-e", "lab_address=2001:db8::11")[0]


@pytest.mark.parametrize(
    ("current", "line"),
    [(10, "release 10"), (9, "release 9, and 10 is newer: make deploy RELEASE=10 deploys it")],
)
def test_a_release_that_is_newer_than_the_one_deployed_is_told(summary, tmp_path, current, line):
    releases = tmp_path / "releases"
    releases.mkdir()
    for number in (9, 10):
        (releases / f"{number}.json").write_text(json.dumps({"number": number}))
    (releases / "current.json").symlink_to(f"{current}.json")

    assert " ".join(summary("lab")[4].split()) == line
