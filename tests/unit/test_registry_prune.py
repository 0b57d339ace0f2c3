"""What is pruned from the registry, and what must never be."""

import json
import os
import time

import pytest
from ansible.module_utils.compose import Done
from ansible.module_utils.registry import Registry
from fake_registry import digest_of

OWN = ["identidock", "library/python", "git/*"]
INDEX = "application/vnd.oci.image.index.v1+json"


class Collector:
    """Does what the registry's own does, and remembers what it was asked for."""

    def __init__(self, registry):
        self._registry = registry
        self.steps = []
        # An image that it damages, as it must not.
        self.damages = ""

    def _garbage(self):
        marked = {
            part
            for manifests in self._registry.manifests.values()
            for digest, content in manifests.items()
            for part in [digest, *self._parts(json.loads(content))]
        }
        files = self._registry.volume.glob("docker/registry/v2/blobs/sha256/*/*/data")
        return [file for file in files if f"sha256:{file.parent.name}" not in marked]

    def _parts(self, manifest):
        blobs = [*manifest.get("layers", []), *filter(None, [manifest.get("config")])]
        return [blob["digest"] for blob in blobs]

    def eligible(self):
        self.steps.append("look")
        return len(self._garbage())

    def collect(self):
        self.steps.append("collect")
        for file in self._garbage():
            file.unlink()
        self._registry.blobs.pop(self.damages, None)

    def start(self):
        self.steps.append("start")
        self._registry.broken.clear()


@pytest.fixture
def prune_module(load):
    return load("modules/registry_prune")


@pytest.fixture
def lab(registry, tmp_path):
    """A registry with a volume."""
    registry.volume = tmp_path
    return registry


@pytest.fixture
def collector(lab):
    return Collector(lab)


@pytest.fixture
def prune(prune_module, lab, collector):
    """A function that prunes the registry but for these images."""

    def prune(*keep, check_mode=False, **others):
        asked = lab.arguments(repositories=OWN, keep=keep, spare=[], delete=True) | others
        storage = prune_module.Storage(lab.volume)
        pruning = prune_module.Pruning(asked, Registry(asked), storage, collector)
        return pruning.run(check_mode)

    return prune


def there(lab, repository):
    return set(lab.manifests.get(repository, {}))


def test_what_is_not_kept_is_deleted_with_its_tags_and_its_space_is_free(lab, prune, collector):
    old = lab.add("identidock", "1.0-old", layers=[b"shared", b"x" * 1000])
    new = lab.add("identidock", "1.0", "1.0-new", layers=[b"shared", b"new"])
    result = prune(f"identidock@{new}")

    assert result["deleted"] == [f"identidock@{old}"]
    assert result["proven"] == [f"identidock@{new}"]
    assert result["changed"]
    assert there(lab, "identidock") == {new}
    assert lab.tags["identidock"] == {"1.0": new, "1.0-new": new}
    assert 1000 < result["freed"] < 2000
    assert lab.file(digest_of(b"shared")).exists()
    assert collector.steps == ["look", "collect"]


def test_of_ten_releases_the_last_three_stay_whole(lab, prune):
    digests = [lab.add("identidock", f"1.0-{n}", layers=[b"base", b"%d" % n]) for n in range(10)]
    result = prune(*(f"identidock@{digest}" for digest in digests[-3:]))

    assert there(lab, "identidock") == set(digests[-3:])
    assert len(result["proven"]) == 3
    assert [lab.file(digest_of(b"%d" % n)).exists() for n in range(10)] == 7 * [False] + 3 * [True]


def test_what_has_lost_its_tag_is_found(lab, prune):
    old = lab.add("identidock")

    assert prune()["deleted"] == [f"identidock@{old}"]


def test_nothing_to_delete_changes_nothing_and_the_registry_is_not_stopped(lab, prune, collector):
    new = lab.add("identidock", "1.0")
    result = prune(f"identidock@{new}")

    assert not result["changed"]
    assert collector.steps == ["look"]


def test_what_an_earlier_run_deleted_is_collected(lab, prune, collector):
    old = lab.add("identidock", "old")
    del lab.manifests["identidock"][old]
    lab.link("identidock", old).unlink()
    result = prune()

    assert result["freed"] > 0
    assert result["deleted"] == []
    assert collector.steps == ["look", "collect"]


@pytest.mark.parametrize("repository", ["ada/identidock", "ada/git/x", "identidock/ada", "other"])
def test_the_images_of_others_are_never_touched(lab, prune, repository):
    theirs = lab.add(repository, "1.0", layers=[b"theirs"])
    assert prune()["deleted"] == []
    assert there(lab, repository) == {theirs}
    assert lab.file(digest_of(b"theirs")).exists()


def test_what_runs_and_what_tags_and_other_names_stand_for_stays(lab, prune):
    runs = lab.add("identidock", layers=[b"runs"])
    version = lab.add("identidock", "1.0", layers=[b"version"])
    alias = lab.add("library/python", "3.6", layers=[b"alias"])
    git = lab.add("git/microblog", "v0.2", layers=[b"git"])
    old = lab.add("git/microblog", "v0.1", layers=[b"old"])
    spare = [f"identidock@{runs}", "identidock:1.0", "library/python:3.6", "git/microblog:v0.2"]
    result = prune(spare=[*spare, "library/python:gone", "identidock@sha256:" + "0" * 64])

    assert there(lab, "identidock") == {runs, version}
    assert there(lab, "library/python") == {alias}
    assert there(lab, "git/microblog") == {git}
    assert result["deleted"] == [f"git/microblog@{old}"]
    assert len(result["proven"]) == 4


def test_one_content_below_two_names_is_kept_for_both(lab, prune):
    digest = lab.add("identidock", "1.0")
    assert lab.add("library/python", "old") == digest
    prune(f"identidock@{digest}")

    assert there(lab, "library/python") == {digest}


def test_what_a_kept_image_consists_of_is_kept(lab, prune):
    part = lab.add("identidock", layers=[b"amd64"])
    index = {"mediaType": INDEX, "manifests": [{"digest": part}]}
    digest = lab.add_manifest("identidock", index, "1.0")
    prune(f"identidock@{digest}")

    assert there(lab, "identidock") == {part, digest}


@pytest.mark.parametrize("lacking", ["manifest", "layer", "part of a layer"])
def test_nothing_is_deleted_while_a_kept_image_is_not_whole(lab, prune, prune_module, lacking):
    old = lab.add("identidock", "old", layers=[b"old"])
    new = lab.add("identidock", "1.0", layers=[b"new"])
    if lacking == "manifest":
        del lab.manifests["identidock"][new]
    elif lacking == "layer":
        del lab.blobs[digest_of(b"new")]
    else:
        lab.blobs[digest_of(b"new")] = b""
    with pytest.raises(prune_module.PruneError, match=f"so nothing is deleted: identidock@{new}: "):
        prune(f"identidock@{new}")

    assert old in there(lab, "identidock")


def test_an_image_that_is_spared_and_damaged_is_told_and_not_deleted(lab, prune):
    digest = lab.add("identidock", "1.0", layers=[b"gone"])
    del lab.blobs[digest_of(b"gone")]
    result = prune(spare=["identidock:1.0"])

    assert there(lab, "identidock") == {digest}
    assert "answered 404 to HEAD" in result["problems"][f"identidock@{digest}"]


def test_one_damaged_tag_is_told_and_does_not_end_it(lab, prune):
    old = lab.add("identidock", "old")
    lab.broken["/v2/identidock/manifests/1.0"] = 500
    result = prune(spare=["identidock:1.0"])

    assert result["deleted"] == [f"identidock@{old}"]
    assert list(result["problems"]) == ["identidock:1.0"]


def test_one_that_cannot_be_deleted_is_told_and_the_others_are(lab, prune):
    stubborn = lab.add("identidock", layers=[b"a"])
    other = lab.add("identidock", layers=[b"b"])
    lab.broken[f"/v2/identidock/manifests/{stubborn}"] = 500
    result = prune()

    assert result["deleted"] == [f"identidock@{other}"]
    assert list(result["problems"]) == [f"identidock@{stubborn}"]


def test_a_collector_that_takes_too_much_is_noticed(lab, prune, prune_module, collector):
    lab.add("identidock", "old", layers=[b"old"])
    new = lab.add("identidock", "1.0", layers=[b"new"])
    collector.damages = digest_of(b"new")
    with pytest.raises(prune_module.PruneError, match=f"lost parts of .*: identidock@{new}: "):
        prune(f"identidock@{new}")


@pytest.mark.parametrize(("age", "collected"), [(5, False), (120, True)])
def test_while_somebody_pushes_the_space_is_not_freed(lab, prune, collector, age, collected):
    lab.add("identidock", "old")
    upload = lab.volume / "docker/registry/v2/repositories/ada/web/_uploads/1"
    upload.mkdir(parents=True)
    (upload / "data").write_bytes(b"half a layer")
    os.utime(upload / "data", (time.time() - age,) * 2)
    result = prune()

    assert len(result["deleted"]) == 1
    assert ("collect" in collector.steps) == collected
    assert ("somebody pushes" in result["postponed"]) != collected


def test_a_file_on_which_the_collector_would_stop_is_named(lab, prune, collector):
    digest = lab.add("ada/web", "1.0")
    lab.link("ada/web", digest).write_text("")
    result = prune()

    assert str(lab.link("ada/web", digest)) in result["postponed"]
    assert collector.steps == []


def test_a_registry_that_a_killed_run_has_stopped_is_started(lab, prune, collector):
    lab.add("identidock", "old")
    lab.broken["/v2/"] = 503

    assert len(prune()["deleted"]) == 1
    assert collector.steps[0] == "start"


def test_a_dry_run_tells_and_deletes_nothing(lab, prune, collector):
    old = lab.add("identidock", "old")
    result = prune(check_mode=True)

    assert result["deleted"] == [f"identidock@{old}"]
    assert result["changed"]
    assert there(lab, "identidock") == {old}
    assert collector.steps == []


def test_only_the_proof_deletes_nothing(lab, prune):
    lab.add("identidock", "old")
    new = lab.add("identidock", "1.0", layers=[b"new"])
    result = prune(f"identidock@{new}", delete=False)

    assert result["proven"] == [f"identidock@{new}"]
    assert not result["changed"]
    assert len(there(lab, "identidock")) == 2


class World:
    """A docker command and an engine that remember what they did; the collector may fail."""

    name = "registry"
    file = "/opt/registry/compose.yaml"

    def __init__(self, fails=False):
        self._fails = fails
        self.steps = []

    def run(self, argv, **_):
        command = " ".join(argv)
        self.steps.append(command)
        out = "\n26 blobs marked, 3 blobs and 0 manifests eligible for deletion\n"
        return Done(self._fails and "garbage-collect" in command, out, "no space")

    def start(self, *services, timeout):
        assert timeout
        self.steps.append(f"start {services[0]}")

    def wait(self, services, timeout):
        assert timeout
        self.steps.append(f"wait for {services[0]}")


@pytest.mark.parametrize("fails", [False, True])
def test_the_registry_runs_again_whatever_the_collector_does(prune_module, fails):
    world = World(fails)
    collector = prune_module.Collector(world, world.run)
    if fails:
        with pytest.raises(prune_module.PruneError, match="collector failed: no space"):
            collector.collect()
    else:
        collector.collect()

    assert world.steps[0].endswith("compose.yaml stop registry")
    assert "garbage-collect /etc/docker/registry/registry.yml" in world.steps[2]
    # Not beside a collector that goes on where its client was killed.
    assert world.steps[3:] == [
        "docker rm --force registry-collect",
        "start registry",
        "wait for registry",
    ]


def test_the_collector_never_takes_what_is_only_untagged(prune_module):
    world = World()

    assert prune_module.Collector(world, world.run).eligible() == 3
    assert "garbage-collect --dry-run /etc/docker/registry/registry.yml" in world.steps[-1]
    assert not [step for step in world.steps if "delete-untagged" in step]
