"""Other names of images say what they truly are, and cannot hide what the lab builds."""

import hashlib
import json

import pytest

IMAGES = [
    {"name": "debian", "repository": "library/debian", "version": "13"},
    {"name": "python-slim", "repository": "library/python", "version": "3.13-slim"},
    {"name": "registry", "repository": "registry", "version": "2.8"},
]
NAMESPACES = ["library", "amouat"]


@pytest.fixture
def filters(load):
    return load("filter/image_aliases")


@pytest.fixture
def alias(load):
    return load("modules/registry_alias")


@pytest.mark.parametrize(
    ("name", "image", "sentence"),
    [
        ("ubuntu", "debian", "Write it like python:3.7"),
        ("Ubuntu:1", "debian", "Write it like python:3.7"),
        ("ubuntu:", "debian", "Write it like python:3.7"),
        ("a/b/c:1", "debian", "Write it like python:3.7"),
        ("stranger/ubuntu:1", "debian", "namespaces that the mirror serves: library, amouat"),
        ("debian:13", "python-slim", "would hide the image"),
        ("python:3.13-slim", "debian", "would hide the image"),
        ("ubuntu:latest", "nothing", "it can stand for debian, python-slim, registry"),
    ],
)
def test_alias_that_cannot_be_is_told_with_what_could(filters, name, image, sentence):
    (problem,) = filters.alias_problems({name: image}, IMAGES, NAMESPACES)

    assert problem.startswith(f"The alias {name} ")
    assert sentence in problem


def test_aliases_that_can_be_are_no_problem(filters):
    aliases = {
        "python:slim": "python-slim",
        "registry:2": "registry",
        "amouat/me.too_1:1.0-x": "debian",
    }

    assert filters.alias_problems(aliases, IMAGES, NAMESPACES) == []


def test_alias_is_published_with_the_public_name_of_its_image(filters):
    images = {
        "debian": {"repository": "library/debian", "version": "13", "tag": "13-a"},
        "registry": {"repository": "registry", "version": "2.8", "tag": "2.8-b"},
    }
    digests = {"registry:2.8-b": "sha256:1", "library/debian:13-a": "sha256:2"}

    assert filters.published_aliases(
        {"registry:2": "registry", "amouat/x:1": "debian"}, images, digests
    ) == [
        {
            "reference": "library/registry:2",
            "source": "registry@sha256:1",
            "alias_of": "registry:2.8",
        },
        {"reference": "amouat/x:1", "source": "library/debian@sha256:2", "alias_of": "debian:13"},
    ]


MANIFEST = {"mediaType": "m", "config": {"mediaType": "c", "digest": "d", "size": 1}, "layers": []}


def test_alias_has_the_image_with_other_labels(alias):
    config = {"os": "linux", "config": {"Cmd": ["sh"], "Labels": {"version": "1", "own": "2"}}}

    manifest, blob = alias.relabelled(MANIFEST, config, "debian:13")

    assert json.loads(blob) == {
        "os": "linux",
        "config": {
            "Cmd": ["sh"],
            "Labels": {
                "version": "1",
                "own": "2",
                "org.identidock-lab.alias-of": "debian:13",
                "org.opencontainers.image.description": (
                    "debian:13 of identidock-lab under another name"
                ),
            },
        },
    }
    digest = f"sha256:{hashlib.sha256(blob).hexdigest()}"
    assert manifest == MANIFEST | {
        "config": {"mediaType": "c", "digest": digest, "size": len(blob)}
    }


@pytest.mark.parametrize("config", [{}, {"config": None}, {"config": {"Labels": None}}])
def test_image_without_labels_gets_them(alias, config):
    _, blob = alias.relabelled(MANIFEST, config, "debian:13")

    assert json.loads(blob)["config"]["Labels"]["org.identidock-lab.alias-of"] == "debian:13"


def test_image_that_was_built_for_an_old_name_goes_on_saying_what_it_is(alias):
    config = {"config": {"Labels": {"org.identidock-lab.alias-of": "debian:12"}}}

    _, blob = alias.relabelled(MANIFEST, config, "ubuntu:22.04")

    assert json.loads(blob) == config
