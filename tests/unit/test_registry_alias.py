"""Other names of images: the same layers, and labels that tell what they are."""

import json

import pytest


@pytest.fixture
def give(run_module, registry):
    """A function that gives an image other names."""

    def give(*references, source, alias_of="python:3.13", **others):
        aliases = [
            {"reference": reference, "source": source, "alias_of": alias_of}
            for reference in references
        ]
        return run_module("registry_alias", **registry.arguments(aliases=aliases, **others))

    return give


def labels(registry, repository, tag):
    manifest = json.loads(registry.manifests[repository][registry.tags[repository][tag]])
    return json.loads(registry.blobs[manifest["config"]["digest"]])["config"]["Labels"]


def test_an_alias_has_the_layers_of_its_image_and_says_which_it_is(give, registry):
    digest = registry.add("library/python", "3.13", labels={"kept": "yes"}, layers=[b"a", b"b"])
    reply = give("library/python:3", "old/python:3.5", source=f"library/python@{digest}")
    alias = json.loads(next(iter(registry.manifests["old/python"].values())))

    assert reply["changed"]
    assert reply["written"] == ["library/python:3", "old/python:3.5"]
    assert alias["layers"] == json.loads(registry.manifests["library/python"][digest])["layers"]
    assert labels(registry, "library/python", "3") == {
        "kept": "yes",
        "org.identidock-lab.alias-of": "python:3.13",
        "org.opencontainers.image.description": "python:3.13 of identidock-lab under another name",
    }


def test_an_image_built_for_an_old_name_keeps_its_labels(give, registry):
    told = {"org.identidock-lab.alias-of": "debian:12"}
    digest = registry.add("library/ubuntu", "22.04", labels=told)
    give("library/ubuntu:latest", source=f"library/ubuntu@{digest}")

    assert labels(registry, "library/ubuntu", "latest") == told


def test_the_second_time_writes_nothing(give, registry):
    source = f"web@{registry.add('web', '1.0')}"
    give("web:1", source=source)
    registry.asked.clear()

    assert not give("web:1", source=source)["changed"]
    assert {method for method, _ in registry.asked} == {"GET", "HEAD"}


def test_a_dry_run_writes_nothing(give, registry):
    reply = give("web:1", source=f"web@{registry.add('web', '1.0')}", _ansible_check_mode=True)

    assert reply["written"] == ["web:1"]
    assert "1" not in registry.tags["web"]


def test_a_damaged_alias_is_written_again(give, registry):
    registry.broken["/v2/web/manifests/1"] = 500

    assert give("web:1", source=f"web@{registry.add('web', '1.0')}")["written"] == ["web:1"]
    assert "1" in registry.tags["web"]


def test_an_image_that_is_not_there_is_a_sentence(give, registry):
    reply = give("web:1", source="web@sha256:ab")

    assert reply["failed"]
    assert reply["msg"].startswith(
        f"Other names of images are not served. The registry {registry.address} answered 404 to "
    )


def test_a_registry_that_does_not_answer_is_a_sentence(give, nobody):
    assert (
        f"The registry {nobody} does not answer ("
        in give("a:1", source="a@d", registry=nobody)["msg"]
    )
