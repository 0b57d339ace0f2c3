"""Which of the lab's own images a machine needs no more."""

import pytest

LAB = "registry.lab:5443/"
OWN = ["identidock", "registry", "git/*"]


def digest(number):
    return "sha256:" + f"{number:064x}"


def image(number, *names, digests=()):
    return {"Id": digest(100 + number), "RepoTags": list(names), "RepoDigests": list(digests)}


@pytest.fixture
def module(load):
    return load("modules/images_prune")


@pytest.fixture
def plan(module):
    """A function that gives what is in use and what is to be removed."""

    def plan(*images, running=(), definitions=(), keep=()):
        containers = [{"ImageID": image["Id"]} for image in running]
        names = module.Names(LAB.rstrip("/"), OWN)
        used, removed = module.plan(names, images, containers, definitions, keep)
        return sorted(used), removed

    return plan


def test_an_image_that_nobody_needs_goes_by_all_its_names(plan):
    old = image(1, f"{LAB}identidock:1.0-a", digests=[f"{LAB}identidock@{digest(1)}"])

    assert plan(old) == ([], ["identidock:1.0-a", f"identidock@{digest(1)}"])


@pytest.mark.parametrize("kept", ["identidock:1.0-a", f"identidock@{digest(1)}"])
def test_what_a_kept_release_has_stays_by_tag_or_digest(plan, kept):
    new = image(1, f"{LAB}identidock:1.0-a", digests=[f"{LAB}identidock@{digest(1)}"])

    assert plan(new, keep=[kept]) == ([], [])


def test_what_a_container_has_stays_and_is_told(plan):
    runs = image(1, f"{LAB}registry:2.8-a", digests=[f"{LAB}registry@{digest(1)}"])

    assert plan(runs, running=[runs]) == (["registry:2.8-a", f"registry@{digest(1)}"], [])


def test_what_a_stack_would_go_back_to_stays(plan):
    earlier = image(1, digests=[f"{LAB}identidock@{digest(1)}"])

    assert plan(earlier, definitions=[f"{LAB}identidock@{digest(1)}"]) == (
        [f"identidock@{digest(1)}"],
        [],
    )


@pytest.mark.parametrize(
    "name",
    [
        "python:3.13",
        "identidock:1.0",
        "my-identidock:latest",
        f"{LAB}ada/identidock:1.0",
        f"{LAB}git:1.0",
        f"{LAB}ada/git/x:1.0",
        f"other.{LAB}identidock:1.0",
        "registry.lab:5444/identidock:1.0",
    ],
)
def test_other_names_are_never_touched(plan, name):
    assert plan(image(1, name)) == ([], [])


def test_an_image_with_another_name_loses_only_the_labs(plan):
    assert plan(image(1, f"{LAB}git/blog:v1", "my-blog:latest")) == ([], ["git/blog:v1"])


def test_images_without_a_name_are_left_to_their_owner(plan):
    assert plan(image(1), image(2) | {"RepoTags": None, "RepoDigests": None}) == ([], [])


def test_definitions_tell_what_runs_and_what_was_proven_last(module, tmp_path):
    stack = tmp_path / "identidock"
    stack.mkdir()
    (stack / "compose.yaml").write_text(f"image: {LAB}identidock@{digest(2)}\n")
    (stack / "compose.yaml.deployed").write_text(f'image: "{LAB}library/redis:8.0-a"\n')
    (stack / "deployed.json").write_text("{}")

    assert module.written(tmp_path, LAB) == [
        f"{LAB}identidock@{digest(2)}",
        f"{LAB}library/redis:8.0-a",
    ]


class Engine:
    """An engine whose image goes with its last tag, and one image that it will not give up."""

    def __init__(self, module):
        self._errors = module.docker.errors
        self.asked = []

    def remove_image(self, name):
        self.asked.append(name)
        if "@" in name:
            raise self._errors.ImageNotFound("gone already")
        if name.endswith("busy"):
            raise self._errors.APIError("409", explanation="conflict: a container has it")


def test_what_cannot_be_removed_is_told_and_all_else_is(module):
    if module.docker is None:
        pytest.skip("Docker's library is not installed here")
    engine = Engine(module)
    names = ["identidock:busy", "identidock:old", f"identidock@{digest(1)}"]

    assert module.remove(engine, LAB, names) == (
        ["identidock:old"],
        {"identidock:busy": "conflict: a container has it"},
    )
    assert engine.asked == [LAB + name for name in names]
