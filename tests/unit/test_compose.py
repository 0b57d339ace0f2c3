"""What is asked of the docker command, and what is made of its answers."""

import json
import os

import pytest
from ansible.module_utils import compose
from ansible.module_utils.compose import Done, Engine, NoDockerError, Port, StackError
from fake_docker import Docker

HASH = "a" * 64


@pytest.fixture
def docker():
    return Docker()


@pytest.fixture
def engine(docker, clock, tmp_path):
    return Engine("blog", tmp_path, docker, clock, clock.sleep)


def line(service="web", status="Up 2 minutes (healthy)", state="running", **given):
    """A line of `docker ps` as the engine asks for it."""
    of = {
        "id": f"id-{service}",
        "name": f"blog-{service}-1",
        "project": "blog",
        "service": service,
        "hash": HASH,
        "oneoff": "False",
        "state": state,
        "status": status,
        "image": "registry.lab:5443/blog@sha256:1",
        "ports": "",
    } | given
    return "\t".join(of.values()) + "\n"


def seen(docker, engine, *lines):
    docker.answers = {"config --hash": f"web {HASH}\n", "docker ps": "".join(lines)}
    return engine.look("services: {}")


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ([line()], {}),
        ([], {"missing": ["web"], "faults": ["web"]}),
        ([line(status="Up 2 minutes")], {}),
        ([line(hash="b")], {"outdated": ["web"], "faults": ["web"]}),
        ([line(status="Exited (1)", state="exited")], {"missing": ["web"], "faults": ["web"]}),
        ([line(status="Up 1 second (unhealthy)")], {"unhealthy": ["web"], "faults": ["web"]}),
        ([line(state="restarting")], {"unhealthy": ["web"], "faults": ["web"]}),
        ([line(status="Up 1 second (health: starting)")], {"starting": ["web"]}),
        ([line(), line("old")], {"orphans": ["old"]}),
        ([line(), line("check", oneoff="True")], {}),
        # What a recreation that was killed leaves: the successor, not started yet.
        ([line(), line(hash="b", state="created")], {"missing": ["web"], "outdated": ["web"]}),
    ],
)
def test_a_look_tells_what_differs(docker, engine, lines, found):
    look = seen(docker, engine, *lines)

    for name in ("missing", "outdated", "unhealthy", "starting", "orphans"):
        assert getattr(look, name) == found.get(name, []), name


def test_a_look_costs_two_commands_and_writes_no_file(docker, engine, tmp_path):
    seen(docker, engine, line())

    assert len(docker.asked) == 2
    assert docker.asked[0][1] == "services: {}"
    assert list(tmp_path.iterdir()) == []


def test_services_are_described(docker, engine):
    assert seen(docker, engine, line()).described() == {
        "web": {
            "image": "registry.lab:5443/blog@sha256:1",
            "health": "healthy",
            "outdated": False,
        }
    }


def test_what_the_command_says_last_is_the_reason(docker, engine):
    docker.answers["docker ps"] = Done(1, "", "some\nCannot connect to the Docker daemon\n\n")

    with pytest.raises(StackError, match=r"^Cannot connect to the Docker daemon$"):
        engine.look("services: {}")


def test_own_settings_of_docker_do_not_count(monkeypatch):
    for name in ("DOCKER_HOST", "COMPOSE_FILE", "BUILDX_BUILDER", "DOCKER_CONFIG"):
        monkeypatch.setenv(name, "elsewhere")
    monkeypatch.setenv("HOME", os.environ["HOME"])

    told = compose.run_command(["env"]).out.splitlines()

    assert [entry for entry in told if "elsewhere" in entry] == []
    assert "DOCKER_CONTEXT=default" in told


def test_a_command_that_is_not_there_or_does_not_end_is_told():
    with pytest.raises(NoDockerError, match="docker-of-nobody is not installed"):
        compose.run_command(["docker-of-nobody"])
    with pytest.raises(StackError, match=r"`sleep 5` took longer than 0 seconds"):
        compose.run_command(["sleep", "5"], timeout=0.01)


def config(*ports, service="web"):
    return {"services": {service: {"image": "i", "ports": list(ports)}}}


def port(number, host_ip=""):
    entry = {"mode": "ingress", "target": 5000, "published": str(number), "protocol": "tcp"}
    return entry | ({"host_ip": host_ip} if host_ip else {})


def test_a_port_of_another_stack_is_refused_with_its_holder(docker, engine):
    docker.answers["docker ps"] = line(
        name="healthcheck-web-1", project="healthcheck", ports="0.0.0.0:5003->5000/tcp"
    )

    with pytest.raises(StackError) as refused:
        engine.moved_ports(config(port(5003)))

    assert str(refused.value) == (
        "port 5003 of web is held by the container healthcheck-web-1; remove that one (`docker rm "
        "--force healthcheck-web-1`), or give the stack another port in the inventory"
    )


def test_a_port_of_a_program_is_refused_with_its_name(docker, engine):
    docker.answers["ss "] = (
        'tcp LISTEN 0 128 0.0.0.0:5003 0.0.0.0:* users:(("python3",pid=77,fd=3))\n'
    )

    with pytest.raises(StackError, match=r"port 5003 of web is held by python3 \(process 77\)"):
        engine.moved_ports(config(port(5003)))


def test_a_port_of_a_stack_that_gives_it_away_is_told(docker, engine):
    name = "identidock-edge-1"
    docker.answers["docker ps"] = line(
        "edge", name=name, project="identidock", ports="[::]:80->80/tcp"
    )

    assert engine.moved_ports(config(port(80), service="edge"), ["identidock"]) == [name]
    engine.resume(name, "long-gone-1")
    assert docker.ran("docker start") == [f"docker start {name}"]


def test_own_ports_are_no_conflict_and_those_that_move_are_told(docker, engine):
    docker.answers["docker ps"] = line("first", ports="0.0.0.0:5000-5001->5000-5001/tcp, 80/tcp")

    assert engine.moved_ports(config(port(5001), service="first")) == []
    assert engine.moved_ports(config(port(5001), service="second")) == ["blog-first-1"]
    assert docker.ran("ss ") == []


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (("", 80, "tcp"), ("127.0.0.1", 80, "tcp"), True),
        (("127.0.0.1", 80, "tcp"), ("0.0.0.0", 80, "tcp"), True),
        (("127.0.0.1", 80, "tcp"), ("127.0.0.53", 80, "tcp"), False),
        (("", 80, "tcp"), ("", 80, "udp"), False),
        (("", 80, "tcp"), ("", 81, "tcp"), False),
    ],
)
def test_ports_meet_at_one_address_or_at_all(one, other, meet):
    assert Port(*one).meets(Port(*other)) == meet


def test_a_stack_without_ports_asks_nobody(docker, engine):
    assert engine.moved_ports(config()) == []
    assert docker.asked == []


def test_images_that_are_here_are_not_fetched(docker, engine):
    engine.fetch(config())

    assert docker.ran("pull") == []


def test_an_image_that_the_registry_has_no_more_is_named(docker, engine):
    docker.answers = {
        "image inspect": Done(1, "", "No such image"),
        "pull": Done(1, "", "manifest for i not found"),
    }

    with pytest.raises(StackError) as failed:
        engine.fetch(config())

    assert str(failed.value) == (
        "the image i cannot be fetched (manifest for i not found); `make releases` shows which "
        "releases there are"
    )


def test_a_check_runs_in_a_container_of_its_own_that_a_killed_run_may_have_left(docker, engine):
    engine.check("edge", ["haproxy", "-c"])

    assert docker.ran("rm --force blog-check")
    (run,) = docker.ran(" run ")
    assert run.endswith(
        "--profile * run --rm --no-deps -T --name blog-check --entrypoint haproxy edge -c"
    )


def test_what_a_check_says_is_told(docker, engine):
    docker.answers[" run "] = Done(1, "", "[ALERT] unknown keyword 'bind9'\n\n[ALERT] fatal\n")

    with pytest.raises(StackError, match=r"edge says: \[ALERT\] unknown .* \| \[ALERT\] fatal"):
        engine.check("edge", ["haproxy", "-c"])


def test_waiting_ends_when_all_are_healthy(docker, engine, clock):
    starting = line(status="Up 1 second (health: starting)")
    docker.answers["docker ps"] = [starting, starting, line()]

    engine.wait(["web"], 60)

    assert clock.now == 1


@pytest.mark.parametrize(
    ("listing", "restarts", "reason", "after"),
    [
        (line(status="Up 9 seconds (unhealthy)"), 0, "is unhealthy", 0),
        (line(state="exited"), 0, "is exited", 0),
        (line(state="restarting"), 5, "ends again and again", 0),
        (line(status="Up 1 s (health: starting)"), 0, "is not healthy after 3 seconds", 3),
    ],
)
def test_waiting_fails_as_soon_as_it_is_hopeless(
    docker, engine, clock, listing, restarts, reason, after
):
    docker.answers = {"docker ps": listing, "RestartCount": str(restarts)}

    with pytest.raises(StackError, match=f"^the container blog-web-1 {reason}$") as failed:
        engine.wait(["web"], 3)

    assert (failed.value.service, clock.now) == ("web", after)


def test_last_words_are_the_log_and_the_health_check_each_once(docker, engine):
    docker.answers = {
        "docker ps": line(status="Up 1 s (unhealthy)"),
        "docker logs": Done(0, "starting\nstarting\n", "KeyError: 'salt'\n"),
        ".State.Health": json.dumps({"Log": [{"Output": "x"}, {"Output": "refused\n"}]}),
    }

    assert engine.said("web") == ["starting", "KeyError: 'salt'", "refused"]


def test_a_trial_is_removed_by_its_label_whatever_it_is_called(docker, engine):
    docker.answers["docker ps"] = line() + line("trial", name="abc_blog-trial-1")

    engine.remove_trial("trial")

    assert docker.ran("docker rm") == ["docker rm --force --volumes id-trial"]


def test_what_was_proven_is_kept_and_put_back(docker, engine, tmp_path):
    docker.answers["config --hash"] = f"web {HASH}\n"
    assert engine.deployed() is None
    engine.write("earlier")
    engine.commit()
    engine.write("later")

    engine.put_back()

    assert engine.deployed() == "earlier"
    assert (tmp_path / "compose.yaml").read_text() == "earlier"
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "compose.yaml",
        "compose.yaml.deployed",
    ]


@pytest.mark.parametrize(
    ("wanted", "health", "adopted"),
    [("new", "healthy", "old"), ("new", "unhealthy", None), ("old", "healthy", None)],
)
def test_what_runs_healthy_and_was_never_noted_is_kept_to_go_back_to(
    docker, engine, wanted, health, adopted
):
    docker.answers = {
        "config --hash": f"web {HASH}\n",
        "docker ps": line(status=f"Up ({health})"),
    }
    engine.write("old")

    engine.adopt(wanted)

    assert engine.deployed() == adopted


def test_commands_of_compose_name_project_directory_and_file(docker, engine, tmp_path):
    engine.replace("web", timeout=60, again=True)
    engine.start(timeout=60)
    engine.start("redis", timeout=60)

    place = f"--project-name blog --project-directory {tmp_path} --file {tmp_path}/compose.yaml"
    begin = f"docker compose --ansi never {place} up --detach --quiet-pull"
    assert docker.ran("compose") == [
        f"{begin} --no-deps --force-recreate web",
        f"{begin} --remove-orphans",
        f"{begin} redis",
    ]
