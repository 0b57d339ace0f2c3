"""What is told of the stacks on a machine."""

import json

# As `docker ps` is asked to list a container.
LISTED = ["id", "blog-web-1", "blog", "web", "hash", "False", "running", "Up (%s)", "image", ""]
DOCKER = (
    '#!/bin/sh\ncase "$*" in *namespace*) exit;; esac\nprintf \''
    + r"\t".join(LISTED)
    + '\' "$HEALTH"\n'
)


def look(run_module, tmp_path, health="healthy", docker=DOCKER):
    """The stacks, on a machine with this docker command."""
    programs = tmp_path / "bin"
    programs.mkdir(exist_ok=True)
    if docker:
        (programs / "docker").write_text(docker)
        (programs / "docker").chmod(0o755)
    environment = {
        "PATH": f"{programs}:/usr/bin:/bin" if docker else str(programs),
        "HEALTH": health,
    }
    return run_module("stack_info", environment, directory=str(tmp_path / "opt"))


def deployed(tmp_path, name, **record):
    folder = tmp_path / "opt" / name
    folder.mkdir(parents=True)
    (folder / "deployed.json").write_text(json.dumps(record))


def test_a_stack_is_told_with_its_release_and_what_runs_of_it(run_module, tmp_path):
    refused = {"release": 14, "at": "2026-11-25T10:00:00Z", "reason": "it answered 500"}
    deployed(tmp_path, "blog", release=13, by="ada@laptop", refused=refused)
    (tmp_path / "opt" / "of somebody else").mkdir()

    stacks = look(run_module, tmp_path)["stacks"]

    assert list(stacks) == ["blog"]
    assert (stacks["blog"]["release"], stacks["blog"]["refused"]) == (13, refused)
    assert stacks["blog"]["healthy"]
    assert stacks["blog"]["containers"] == [
        {"name": "blog-web-1", "service": "web", "health": "healthy", "image": "image"}
    ]


def test_what_is_unhealthy_or_gone_is_told(run_module, tmp_path):
    deployed(tmp_path, "blog", release=13)
    deployed(tmp_path, "gone", release=13)

    stacks = look(run_module, tmp_path, health="unhealthy")["stacks"]

    assert stacks["blog"]["containers"][0]["health"] == "unhealthy"
    assert not stacks["blog"]["healthy"]
    assert not stacks["gone"]["healthy"]


def test_a_machine_without_docker_runs_nothing(run_module, tmp_path):
    deployed(tmp_path, "blog", release=13)

    assert look(run_module, tmp_path, docker="")["stacks"]["blog"]["containers"] == []


def test_a_docker_that_does_not_answer_is_told(run_module, tmp_path):
    failing = "#!/bin/sh\necho 'Cannot connect to the Docker daemon' >&2\nexit 1\n"

    answer = look(run_module, tmp_path, docker=failing)

    assert answer["msg"] == "Docker does not answer: Cannot connect to the Docker daemon"
