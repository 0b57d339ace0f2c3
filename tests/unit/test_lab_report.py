"""The report: what belongs together, what is warned of, and a page that strangers cannot write."""

import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).resolve().parents[2]
VOID = {"br", "img", "link", "meta", "wbr", "path"}
REGISTRY = {"address": "registry.lab:5443", "problem": "", "repositories": {}, "digests": {}}
ENGINE = {
    "version": "26.1.5",
    "storage_driver": "overlay2",
    "root": "/var/lib/docker",
    "os": "Debian GNU/Linux 13",
    "kernel": "6.12",
    "architecture": "x86_64",
    "cpus": 2,
    "memory": 4 * 10**9,
}
DISK = [{"type": "Images", "total": 3, "active": 1, "size": 150, "reclaimable": 0}]
PROBE = 'HEALTHCHECK CMD ["probe"]'


@pytest.fixture(scope="module")
def filters(load):
    """The filter plugin's functions."""
    return load("filter/lab_report")


@pytest.fixture
def render(filters):
    """A function that makes the page of what was seen."""

    def render(*images, containers=(), registry=REGISTRY):
        report = filters.lab_report({"lab1": seen(*images, containers=containers)}, registry)
        # The page is made of what JSON can say.
        return filters.lab_report_page(
            json.loads(json.dumps(report)), str(PROJECT / "roles/report/templates")
        )

    return render


def step(instruction, size=0, layer="", **more):
    usual: dict[str, Any] = {"secrets": [], "package_lists": 0 if layer else None}
    digest = f"sha256:{layer:0>64}" if layer else None
    return {"instruction": instruction, "size": size, "digest": digest, **usual, **more}


DEBIAN = [step("ADD root.tar /", 100, "a"), step('CMD ["bash"]')]
PYTHON = [*DEBIAN, step("RUN apt-get install python3", 50, "b"), step('CMD ["python"]')]


def image(name="web:1.0", steps=PYTHON, shared=0, **more):
    """An image nobody can find fault with, unless told otherwise."""
    return {
        "id": f"sha256:{hashlib.sha256(name.encode()).hexdigest()}",
        "tags": [name],
        "digests": [],
        "created": "2026-11-24T06:27:46.804623491Z",
        "size": sum(step["size"] for step in steps),
        "shared": shared,
        # A copy: the report writes into it.
        "steps": [dict(step) for step in steps],
        "user": "10001:10001",
        "entrypoint": [],
        "command": ["serve"],
        "ports": ["5000/tcp"],
        "volumes": [],
        "workdir": "/app",
        "healthcheck": PROBE,
        "labels": {},
        "environment": {},
        "secrets": {"environment": [], "command": [], "labels": []},
    } | more


def base(name, steps, command):
    return image(name, steps, command=command, user="", ports=[], healthcheck="")


def container(of, name="web-1", **more):
    return {
        "name": name,
        "id": "c" * 64,
        "image": of["id"],
        "image_name": "web",
        "state": "running",
        "health": "healthy",
        "since": "2026-11-24T06:31:17Z",
        "exit_code": None,
        "user": of["user"],
        "ports": [],
        "secrets": [],
    } | more


def seen(*images, containers=()):
    return {
        "problem": None,
        "engine": ENGINE,
        "disk": DISK,
        "images": list(images),
        "containers": list(containers),
    }


def kinds(filters, *images, containers=()):
    """The warnings for the first image."""
    report = filters.lab_report({"lab1": seen(*images, containers=containers)}, REGISTRY)
    named = {image["id"]: image["warnings"] for image in report["images"]}
    return [warning["kind"] for warning in named[images[0]["id"]]]


def test_layers_are_told_by_the_smallest_image_that_has_them(filters):
    web = image("web:1.0", [*PYTHON, step("COPY app/ /app", 5, "c"), step('CMD ["serve"]')])
    lab = seen(web, base("python:3.13", PYTHON, ["python"]), base("debian:13", DEBIAN, ["bash"]))
    found = {
        image["name"]: image for image in filters.lab_report({"lab1": lab}, REGISTRY)["images"]
    }

    assert [step["origin"] for step in found["web:1.0"]["steps"]] == [
        *["debian:13"] * 2,
        *["python:3.13"] * 2,
        *[None] * 2,
    ]
    assert found["web:1.0"]["base"] == "python:3.13"
    assert found["debian:13"]["base"] is None


def test_of_two_bases_with_the_same_steps_one_is_named_throughout(filters):
    lab = seen(
        image("web:1.0", [*DEBIAN, step("COPY app/ /app", 5, "c")]),
        base("ubuntu:16.04", DEBIAN, ["bash"]),
        base("debian:13", DEBIAN, ["bash"]),
    )
    web = filters.lab_report({"lab1": lab}, REGISTRY)["images"][-1]

    assert web["base"] == "debian:13"
    assert [step["origin"] for step in web["steps"]] == ["debian:13", "debian:13", None]


def test_an_image_that_only_adds_a_label_still_starts_from_its_base(filters):
    labelled = image("web:1.0", [*PYTHON, step("LABEL version=1.0")])
    report = filters.lab_report(
        {"lab1": seen(labelled, base("python:3.13", PYTHON, ["python"]))}, REGISTRY
    )

    assert [image["base"] for image in report["images"]] == [None, "python:3.13"]


def test_the_same_layer_has_one_letter_and_one_colour_wherever_it_is(filters):
    lab = seen(
        image("one:1", [*PYTHON, step("COPY one", 5, "c")]),
        image("two:1", [*PYTHON, step("COPY two", 7, "d")]),
    )
    shared = filters.lab_report({"lab1": lab}, REGISTRY)["shared_layers"]

    assert [(layer["letter"], layer["size"], len(layer["images"])) for layer in shared] == [
        ("A", 100, 2),
        ("B", 50, 2),
    ]
    assert shared[0]["hue"] != shared[1]["hue"]


def test_on_another_stack_the_same_layer_is_another_copy(filters):
    venv = step("COPY /venv /venv", 7, "c")
    lab = seen(
        image("one:1", [*PYTHON, venv]), image("two:1", [*PYTHON, step("RUN x", 1, "d"), venv])
    )
    report = filters.lab_report({"lab1": lab}, REGISTRY)

    assert [(layer["size"], layer["copies"]) for layer in report["shared_layers"]] == [
        (100, 1),
        (50, 1),
        (7, 2),
    ]
    assert [
        [step["shared"] for step in image["steps"] if step["digest"]] for image in report["images"]
    ] == [[True, True, False], [True, True, False, False]]


def test_a_layer_of_a_dangling_image_is_shared_too(filters):
    older = image("older", [*PYTHON, step("COPY old", 7, "d")], tags=[])
    report = filters.lab_report({"lab1": seen(image(), older)}, REGISTRY)

    assert [(len(layer["images"]), layer["dangling"]) for layer in report["shared_layers"]] == [
        (1, 1),
        (1, 1),
    ]


def test_letters_never_run_out(filters):
    assert [filters.letters(number) for number in (0, 25, 26, 51, 52)] == [
        *["A", "Z"],
        *["AA", "AZ", "BA"],
    ]


def test_an_image_on_several_vms_stands_once_with_all_its_containers(filters):
    web = image()
    report = filters.lab_report(
        {
            "vm1": seen(web, containers=[container(web)]),
            "vm2": seen(image(shared=100, tags=["web:1.0", "mine:2"]), containers=[container(web)]),
        },
        REGISTRY,
    )
    (found,) = report["images"]

    assert found["tags"] == ["mine:2", "web:1.0"]
    assert [container["vm"] for container in found["containers"]] == ["vm1", "vm2"]
    assert [(place["vm"], place["unique"]) for place in found["where"]] == [
        ("vm1", 150),
        ("vm2", 50),
    ]
    assert report["shared_layers"] == []


def test_dangling_images_are_counted_and_shown_only_when_they_run(filters):
    left, running = (image(name, tags=[]) for name in ("left", "running"))
    lab = seen(image(), left, running, containers=[container(running)])
    report = filters.lab_report({"lab1": lab}, REGISTRY)

    assert (report["vms"][0]["images"], report["vms"][0]["dangling"]) == (3, 2)
    assert {image["id"] for image in report["images"]} == {image()["id"], running["id"]}


def test_an_image_pulled_by_digest_is_called_by_its_repository(filters):
    assert filters.short_name([], ["registry.lab:5443/web@sha256:ab"], "sha256:cd") == (
        "registry.lab:5443/web"
    )
    assert filters.short_name(["registry.lab:5443/web:1.0"], ["web@sha256:ab"], "sha256:cd") == (
        "registry.lab:5443/web:1.0"
    )


def test_a_good_service_has_no_warnings(filters):
    assert kinds(filters, image()) == []


@pytest.mark.parametrize("user", ["", "0", "0:0", "root", "root:root", "00"])
def test_a_service_that_is_root_is_warned_of(filters, user):
    assert kinds(filters, image(user=user)) == ["root"]


@pytest.mark.parametrize("user", ["1000", "uwsgi", "10001:0", "rooted"])
def test_another_user_is_not_root(filters, user):
    assert kinds(filters, image(user=user)) == []


def test_a_user_given_from_outside_counts_when_every_container_has_one(filters):
    rooted = image(user="")
    other, root = (container(rooted, user=user) for user in ("10003:10003", ""))

    assert kinds(filters, rooted, containers=[other]) == []
    assert kinds(filters, rooted, containers=[other, root]) == ["root"]


def test_latest_is_warned_of(filters):
    assert kinds(filters, image("web:latest")) == ["latest"]
    assert kinds(filters, image("latest:1.0")) == []


def test_a_service_without_a_health_check_is_warned_of(filters):
    assert kinds(filters, image(healthcheck="")) == ["health"]


def test_a_health_check_from_outside_counts_when_every_container_has_it(filters):
    unchecked = image(healthcheck="")
    healthy, none = (container(unchecked, health=health) for health in ("healthy", "none"))

    assert kinds(filters, unchecked, containers=[healthy]) == []
    assert kinds(filters, unchecked, containers=[healthy, none]) == ["health"]


def test_healthcheck_none_is_a_decision_but_root_still_counts(filters):
    assert kinds(filters, image(healthcheck="HEALTHCHECK NONE", user="")) == ["root"]


@pytest.mark.parametrize(
    "command", [["bash"], ["/bin/sh"], ["python3.13"], [], ["/bin/sh", "-c", "bash"]]
)
def test_an_image_that_starts_nothing_may_be_root_without_a_health_check(filters, command):
    assert kinds(filters, base("debian:13", DEBIAN, command)) == []


@pytest.mark.parametrize(
    "more",
    [
        {"command": ["/bin/sleep", "3600"]},
        {"command": ["python", "app.py"]},
        {"command": ["/bin/sh", "-c", "flask run"]},
        {"command": ["bash"], "ports": ["5000/tcp"]},
        {"command": [], "entrypoint": ["./boot.sh"]},
    ],
)
def test_an_image_that_starts_something_is_no_base(filters, more):
    usual = {"command": ["bash"], "ports": [], "healthcheck": "", "user": ""}

    assert kinds(filters, image(**(usual | more))) == ["root", "health"]


def test_package_lists_are_warned_of_with_their_step_and_origin(filters):
    listed = [*DEBIAN, step("RUN apt-get update", 50, "b", package_lists=20_000_000)]
    web = image("web:1.0", [*listed, step("COPY app", 5, "c")])
    report = filters.lab_report({"lab1": seen(web, base("tools:1", listed, ["bash"]))}, REGISTRY)
    warnings = {image["name"]: image["warnings"] for image in report["images"]}

    assert [warning["kind"] for warning in warnings["tools:1"]] == ["lists"]
    assert "step 3 carries 20MB" in warnings["tools:1"][0]["reason"]
    assert "comes with tools:1" in warnings["web:1.0"][0]["reason"]


def test_a_secret_is_warned_of_once_with_every_place(filters):
    steps = [*PYTHON, step("ENV TOKEN=***", secrets=["TOKEN"])]
    bad = image(
        steps=steps, secrets={"environment": ["TOKEN"], "command": [], "labels": ["password"]}
    )
    report = filters.lab_report({"lab1": seen(bad)}, REGISTRY)
    reasons = [warning["reason"] for warning in report["images"][0]["warnings"]]

    assert len(reasons) == 1
    assert reasons[0].startswith(
        "TOKEN in the environment and step 5 of the history; password in the labels."
    )


def test_a_container_answers_only_for_what_its_image_does_not(filters):
    bad = image(secrets={"environment": ["TOKEN"], "command": [], "labels": []})
    started = container(bad, user="root", secrets=["DB_PASSWORD", "TOKEN"])
    report = filters.lab_report({"lab1": seen(bad, containers=[started])}, REGISTRY)
    (found,) = report["vms"][0]["containers"]

    assert [warning["kind"] for warning in found["warnings"]] == ["secret", "root"]
    assert "DB_PASSWORD" in found["warnings"][0]["reason"]


@pytest.mark.parametrize(
    ("state", "health", "exit_code", "condition", "mood"),
    [
        ("running", "healthy", None, "healthy", "good"),
        ("running", "unhealthy", None, "unhealthy", "bad"),
        ("running", "none", None, "running", "plain"),
        ("running", "starting", None, "starting", "plain"),
        ("exited", "healthy", 0, "exited", "plain"),
        ("exited", "none", 137, "exited (137)", "bad"),
        ("restarting", "none", 1, "restarting (1)", "bad"),
        ("created", "none", 0, "created", "plain"),
    ],
)
def test_how_a_container_fares(filters, state, health, exit_code, condition, mood):
    found = filters.condition({"state": state, "health": health, "exit_code": exit_code})

    assert (found, filters.mood(found)) == (condition, mood)


def test_a_damaged_tag_is_told_and_the_others_are_shown(render):
    page = render(
        registry=REGISTRY
        | {
            "repositories": {"web": ["1.0", "2.0"]},
            "digests": {"web:1.0": "sha256:11", "web:2.0": None},
            "problems": {"web:2.0": "the registry answered 500 to HEAD <web>"},
        }
    )

    assert "<strong>web:2.0 is damaged:</strong> the registry answered 500 to HEAD &lt;web" in page
    assert "sha256:11" in page


def test_the_registry_shows_tags_by_content_and_where_it_is(filters):
    registry = REGISTRY | {
        "repositories": {"web": ["1.0", "1.0-ab", "2.0"], "empty": []},
        "digests": {"web:1.0": "sha256:11", "web:1.0-ab": "sha256:11", "web:2.0": "sha256:22"},
    }
    web = image(digests=["registry.lab:5443/web@sha256:11"])
    found = filters.lab_report({"lab1": seen(web)}, registry)["registry"]["repositories"]

    assert found == [
        {"name": "empty", "contents": []},
        {
            "name": "web",
            "contents": [
                {"digest": "sha256:11", "tags": ["1.0", "1.0-ab"], "image": web["id"]},
                {"digest": "sha256:22", "tags": ["2.0"], "image": None},
            ],
        },
    ]


def test_a_vm_that_does_not_answer_is_told_and_the_others_are_shown(filters):
    lab = {
        "vm1": seen(image()),
        "vm2": {"unreachable": True, "msg": "No route to host"},
        "vm3": {"problem": "Docker is not installed."},
    }
    report = filters.lab_report(lab, REGISTRY | {"problem": "The registry does not answer."})
    page = filters.lab_report_page(report, str(PROJECT / "roles/report/templates"))

    assert [vm["problem"] for vm in report["vms"]] == [
        None,
        "No route to host",
        "Docker is not installed.",
    ]
    for sentence in ("No route to host", "Docker is not installed.", "The registry does not"):
        assert sentence in page


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0B"), (999, "999B"), (26_386_699, "26.39MB"), (10**9, "1GB"), (None, "not counted")],
)
def test_sizes_read_as_docker_writes_them(filters, size, text):
    assert filters.size_text(size) == text


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ("2026-11-24T06:27:46.804623491Z", "2026-11-24 06:27 UTC"),
        ("2026-11-24T06:27:46+01:00", "2026-11-24 05:27 UTC"),
        ("0001-01-01T00:00:00Z", "not recorded"),
        ("", "not recorded"),
    ],
)
def test_dates_are_told_to_the_minute(filters, told, text):
    assert filters.moment(told) == text


class Outline(HTMLParser):
    """Whether each element is closed where it must be, and what links lead to."""

    def __init__(self, page):
        super().__init__()
        self.open, self.ids, self.links, self.sources, self.tags = [], [], [], [], set()
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.add(tag)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []
        self.sources += [given["src"]] if "src" in given else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        pass

    def handle_data(self, data):
        self.text += data

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def hostile(text):
    """An image, a container and a registry in which strangers wrote wherever they can."""
    bad = image(
        f"bad{text}:latest",
        [*PYTHON, step(f"COPY {text} " + "&& x " * 60, 5, "c", secrets=[text])],
        user=text,
        entrypoint=[text],
        command=[text],
        ports=[text],
        volumes=[text],
        healthcheck=text,
        labels={text: text, "maintainer": text, "version": text},
        environment={text: text},
        secrets={"environment": [text], "command": [text], "labels": [text]},
    )
    started = container(bad, f"bad{text}", image_name=text, user=text, secrets=[f"2{text}"])
    gone = container(bad, "gone", image="sha256:ff", image_name=text)
    registry = REGISTRY | {"repositories": {text: [text]}, "digests": {f"{text}:{text}": text}}
    return bad, [started, gone], registry


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '" onmouseover="alert(1)',
        "' style='x",
        "</style></title><img src=x>",
        "{{ 7 * 7 }}{% raw %}",
        "&amp;",
    ],
)
def test_strangers_cannot_write_the_page(render, text):
    bad, containers, registry = hostile(text)
    harmless, same_containers, same_registry = hostile("ordinary")
    page = Outline(render(bad, containers=containers, registry=registry))
    usual = Outline(render(harmless, containers=same_containers, registry=same_registry))

    assert page.open == []
    assert page.tags == usual.tags
    assert page.sources == []
    # It stands there to be read, and is nothing else.
    assert text in page.text


def test_every_link_leads_somewhere_on_the_page_and_ids_are_unique(render):
    images = [image(f"web{number}:1") for number in range(30)]
    page = Outline(render(*images, containers=[container(images[0])]))

    assert page.open == []
    assert len(page.ids) == len(set(page.ids))
    assert {link.removeprefix("#") for link in page.links} - {"data:,"} <= set(page.ids)


def test_the_page_needs_nothing_from_elsewhere(render):
    page = render(image(), base("debian:13", DEBIAN, ["bash"]))

    assert not re.search(r"https?://|<script|@import|url\(", page)


def test_an_empty_lab_makes_a_page_too(render):
    assert "There are no images" in render()


def test_the_same_lab_makes_the_same_page(render):
    images = [image(), base("debian:13", DEBIAN, ["bash"])]

    assert render(*images) == render(*reversed(images))
