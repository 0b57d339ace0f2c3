"""The report on the lab agrees with what Docker itself says."""

import json
import subprocess
import time
from pathlib import Path

import pytest

testinfra_hosts = ["ansible://docker_nodes"]

PROJECT = Path(__file__).resolve().parents[2]
# Seconds to wait for a moment in which nobody builds or starts anything.
PATIENCE = 300
UNITS = ["B", "kB", "MB", "GB", "TB"]


@pytest.fixture(scope="session")
def written(pytestconfig, tmp_path_factory):
    """Directory with the report, written anew: all the rest compares it with this very moment."""
    directory = tmp_path_factory.mktemp("report")
    inventory = Path(pytestconfig.getoption("--ansible-inventory")).resolve()
    command = ["ansible-playbook", f"--inventory={inventory}", "playbooks/report.yml"]
    subprocess.run(
        [*command, f"--extra-vars=report_dir={directory}"],
        cwd=PROJECT,
        check=True,
        stdout=subprocess.PIPE,
    )
    return directory


@pytest.fixture
def report(written):
    """The report as data."""
    return json.loads((written / "lab.json").read_text(encoding="utf-8"))


def table(output):
    """Lines of JSON, as Docker prints a table."""
    return [json.loads(line) for line in output.splitlines()]


def in_bytes(text):
    """A size as Docker prints it, and by how much it may be off for being rounded."""
    number = text.rstrip("kMGTB")
    factor = 1000 ** UNITS.index(text.removeprefix(number))
    decimals = len(number.partition(".")[2])
    return float(number) * factor, factor * 10**-decimals


def agrees(size, text):
    expected, rounding = in_bytes(text)
    # Docker prints four digits and no zeros at the end.
    return abs(size - expected) <= max(rounding, expected * 0.001)


@pytest.fixture(scope="module")
def looked(root, _testinfra_host):
    """What the report's module sees, and what Docker tells of the same moment."""

    def told():
        verbose = "{{range .Images}}{{json .}}{{println}}{{end}}"
        return {
            "disk": table(root("docker system df --format json")),
            "images": {
                row["ID"].removeprefix("sha256:")[:12]: row
                for row in table(root("docker system df --verbose --format %s", verbose))
            },
            "containers": {
                row["ID"]: (row["State"], "(healthy)" in row["Status"])
                for row in table(root("docker ps --all --no-trunc --format json"))
            },
        }

    def of_images(what):
        return {**what, "images": {name: row["UniqueSize"] for name, row in what["images"].items()}}

    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        before = told()
        seen = _testinfra_host.ansible("docker_layers_info", become=True, check=False)
        if of_images(told()) == of_images(before):
            return seen, before
        time.sleep(1)
    return pytest.fail("somebody is at work on the VM: its figures do not hold still")


def test_layers_are_those_of_docker_image_history(root, looked):
    for image in looked[0]["images"]:
        steps = table(
            root("docker image history --human=false --no-trunc --format json %s", image["id"])
        )
        layers = json.loads(root("docker image inspect %s", image["id"]))[0]["RootFS"]["Layers"]

        assert [step["size"] for step in image["steps"]] == [
            int(step["Size"]) for step in reversed(steps)
        ]
        assert [step["digest"] for step in image["steps"] if step["digest"]] == layers


def test_every_image_is_there_with_the_sizes_of_docker_system_df(looked):
    seen, told = looked
    images = {image["id"].removeprefix("sha256:")[:12]: image for image in seen["images"]}

    assert set(images) == set(told["images"])
    for name, row in told["images"].items():
        assert agrees(images[name]["size"], row["Size"])
        assert agrees(images[name]["shared"], row["SharedSize"])
        assert agrees(images[name]["size"] - images[name]["shared"], row["UniqueSize"])


def test_disk_is_that_of_docker_system_df(looked):
    seen, told = looked
    for row, expected in zip(seen["disk"], told["disk"], strict=True):
        assert (row["type"], row["total"], row["active"]) == (
            expected["Type"],
            int(expected["TotalCount"]),
            int(expected["Active"]),
        )
        assert agrees(row["size"], expected["Size"])
        assert agrees(row["reclaimable"], expected["Reclaimable"].partition(" ")[0])


def test_every_container_is_there_with_its_health(looked):
    seen, told = looked

    assert {
        container["id"]: (
            container["state"],
            container["state"] == "running" and container["health"] == "healthy",
        )
        for container in seen["containers"]
    } == told["containers"]


def test_what_is_called_shared_adds_up_to_what_docker_counts(report):
    if len(report["vms"]) > 1:
        pytest.skip("the engine of one VM does not know what the others share")
    for image in report["images"]:
        own = [step["size"] for step in image["steps"] if step["digest"] and not step["shared"]]

        assert [sum(own)] == [place["unique"] for place in image["where"]]


def test_the_page_tells_of_every_image_and_the_labs_own_have_no_warnings(written, report, lab):
    page = (written / "lab.html").read_text(encoding="utf-8")
    published = {reference.partition("@")[2] for reference in lab["lab_images"].values()}
    ours = [
        image
        for image in report["images"]
        if published & {digest.partition("@")[2] for digest in image["digests"]}
    ]

    assert ours
    for image in ours:
        assert image["id"] in page
        assert {warning["kind"] for warning in image["warnings"]} <= {"latest"}


def test_no_password_of_the_lab_stands_in_the_report(written, lab):
    report = (written / "lab.json").read_text() + (written / "lab.html").read_text()

    for password in Path(lab["lab_state_dir"], "passwords").iterdir():
        assert password.read_text(encoding="ascii") not in report


def test_the_registry_is_told_with_its_tags(report, lab):
    told = {
        content["digest"]
        for repository in report["registry"]["repositories"]
        for content in repository["contents"]
        if content["tags"]
    }

    assert not report["registry"]["problem"]
    assert {reference.partition("@")[2] for reference in lab["lab_images"].values()} <= told
