"""What the registry gives away: images under honest names, labelled, pinned and small."""

import pytest

testinfra_hosts = ["ansible://builder"]

MEGABYTE = 1_000_000
LABELLED = [
    "identidock",
    "dnmonster",
    "redis",
    "edge",
    "registry",
    "python",
    "python-slim",
    "python-runtime",
    "dockerfile",
    "hello-world",
]


@pytest.fixture
def image(facts, lab):
    """A function that gives what the builder's engine knows of a published image."""

    def inspect(name):
        digest = lab["lab_images"][name].partition("@")[2]
        for found in facts["images"]:
            if digest in {each.partition("@")[2] for each in found["RepoDigests"] or []}:
                return found
        return pytest.skip("the builder has the image in its registry only")

    return inspect


@pytest.mark.parametrize(
    ("name", "limit"),
    [
        ("debian", 90),
        ("identidock", 110),
        ("dnmonster", 110),
        ("redis", 100),
        ("edge", 100),
        ("dockerfile", 70),
    ],
)
def test_image_is_no_larger_than_promised(image, name, limit):
    assert image(name)["Size"] <= limit * MEGABYTE


@pytest.mark.parametrize("name", LABELLED)
def test_image_says_what_it_is(image, name):
    labels = image(name)["Config"]["Labels"]

    assert labels["maintainer"]
    assert labels["version"] == labels["org.opencontainers.image.version"]
    assert labels["org.opencontainers.image.title"] == name
    assert labels["org.opencontainers.image.revision"]
    assert labels["org.opencontainers.image.created"]


def test_each_image_has_one_name_on_the_builder(facts, lab):
    prefix = f"{lab['lab_registry']}/"
    names = [
        [tag for tag in image["RepoTags"] or [] if tag.startswith(prefix)]
        for image in facts["images"]
    ]

    assert [several for several in names if len(several) > 1] == []


def test_the_front_end_says_that_it_is_not_dockers(mirror):
    manifest = mirror("docker/dockerfile/manifests/1")
    labels = mirror(f"docker/dockerfile/blobs/{manifest['config']['digest']}")["config"]["Labels"]

    assert "the engine's own dockerfile.v0" in labels["org.identidock-lab.front-end"]


def test_an_old_name_says_what_it_truly_is(lab, mirror):
    told, expected = {}, {}
    for alias, image in lab["lab_image_aliases"].items():
        name, _, tag = (alias if "/" in alias else f"library/{alias}").partition(":")
        manifest = mirror(f"{name}/manifests/{tag}")
        labels = mirror(f"{name}/blobs/{manifest['config']['digest']}")["config"]["Labels"]
        told[alias] = labels["org.identidock-lab.alias-of"].partition(":")[0]
        repository = lab["lab_images"][image].partition("/")[2].partition("@")[0]
        # Images for Dockerfiles that start from Ubuntu are Debian.
        expected[alias] = repository.removeprefix("library/").replace("ubuntu", "debian")

    assert told == expected
