"""hello-world, the first container of many a course: it says what Docker did, and is done."""

import json

import pytest

testinfra_hosts = ["ansible://lesson_nodes"]
# Each starts a container.
pytestmark = pytest.mark.intrusive


@pytest.fixture
def image(docker, lab):
    """The published image, by its digest."""
    name = f"hello-world@{lab['lab_images']['hello-world'].partition('@')[2]}"
    docker("pull --quiet %s", name)
    return name


def test_hello_world_says_what_docker_did_and_whose_it_is(docker, image):
    said = docker("run --rm %s", image)

    assert "Docker works on this machine" in said
    for step in ("asked the Docker Engine", "pulled it", "made a new container", "streamed"):
        assert step in said
    assert "not Docker's" in said


def test_hello_world_needs_nothing_of_the_machine(docker, image):
    confined = "--read-only --cap-drop ALL --security-opt no-new-privileges --network none"

    assert docker(f"run --rm {confined} %s", image)


def test_the_plain_name_is_the_same_program(docker, image, lab):
    if "hello-world:latest" not in lab["lab_image_aliases"]:
        pytest.skip("the inventory gives no image the plain name hello-world")

    assert docker("run --rm hello-world") == docker("run --rm %s", image)


def test_hello_world_is_one_small_program_and_not_root(docker, image):
    (facts,) = json.loads(docker("image inspect %s", image))

    assert facts["Size"] <= 1_000_000
    assert facts["Config"]["User"] == "10011:10011"
