"""How far a bake is, read from what it prints."""

import pytest

STARTED = """\
#0 building with "default" instance using docker driver

#1 [internal] load local bake definitions
#1 DONE 0.0s

#2 [redis internal] load build definition from Dockerfile
#2 DONE 0.0s

#6 [python-3-7 1/3] FROM docker.io/library/debian:13
#6 CACHED

#10 [redis 2/3] RUN sleep 3
#10 0.52 #11 [edge 1/2] is only what a program prints

#11 [python-3-7 2/3] RUN sleep 2

#13 [cowsay 1/2] FROM docker.io/library/debian:13
"""
ONE_DONE = """\
#11 DONE 2.3s

#12 [python-3-7] exporting to image
#12 writing image sha256:155b9d831ec7 done
#12 naming to docker.io/library/python:3.7 done
#12 DONE 0.2s
"""


@pytest.fixture
def look(tmp_path, run_module):
    """A function that looks at a bake of three images with that output and exit status."""

    def look(output, status=None):
        if output is not None:
            (tmp_path / "log").write_text(output)
        if status is not None:
            (tmp_path / "status").write_text(status)
        return run_module(
            "bake_progress",
            log=str(tmp_path / "log"),
            status=str(tmp_path / "status"),
            images=3,
            wait=0,
        )

    return look


def test_bake_that_has_not_begun_is_not_ended(look):
    reply = look(None)

    assert not reply["ended"]
    assert reply["progress"] == "0 of 3 images done"


def test_progress_names_the_images_in_work(look):
    assert look(STARTED)["progress"] == "0 of 3 images done, now python-3-7, redis"


def test_image_is_done_when_it_is_exported(look):
    assert look(STARTED + ONE_DONE)["progress"] == "1 of 3 images done, now redis"


def test_bake_that_ended_well_has_changed_something(look):
    reply = look(STARTED + ONE_DONE, "0\n")

    assert reply["ended"]
    assert reply["changed"]


def test_failed_bake_fails_with_its_output(look):
    reply = look(STARTED + "ERROR: failed to solve: no such host\n", "1\n")

    assert reply["failed"]
    assert reply["stderr_lines"][-1] == "ERROR: failed to solve: no such host"
