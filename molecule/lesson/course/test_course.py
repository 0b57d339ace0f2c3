"""The course's own Dockerfiles and commands, as it prints them, on the lab's VM.

Its ports are the lab's there, so 8000 and 8001 stand in their place.
"""

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
WORK = "/home/lab/course"
BLOG = "https://github.com/uptime-formation/microblog/"
FETCH = "curl --silent --retry 30 --retry-delay 1 --retry-all-errors http://127.0.0.1:8000"
CLEAN = """
docker ps --all --quiet --filter name=course | xargs --no-run-if-empty docker rm --force --volumes
docker network ls --quiet --filter name=course | xargs --no-run-if-empty docker network rm
docker image ls --format '{{.Repository}}' | grep '^course' |
  xargs --no-run-if-empty docker image rm --force
rm -rf /home/lab/course
"""


@pytest.fixture(scope="module", autouse=True)
def _course(docker, vm, vm_name):
    """The course's files in the home of the user lab, and nothing left of them in the end."""
    vm("sh", "-euc", CLEAN)
    subprocess.run([*docker, "cp", HERE, f"{vm_name}:{WORK}"], check=True, timeout=60)
    vm("chown", "--recursive", "lab:", WORK)
    yield
    vm("sh", "-euc", CLEAN, timeout=120)


@pytest.fixture
def typed(vm):
    """A function that types commands on the VM, as the user lab in one of the folders."""

    def typed(folder, commands, timeout=300):
        script = f"set -eu; cd {WORK}/{folder}; {commands}"
        return vm("runuser", "--user=lab", "--", "bash", "-c", script, timeout=timeout)

    return typed


@pytest.fixture
def in_the_end(vm):
    """Containers are removed after a test, so that the next one has their ports."""
    yield
    vm("sh", "-c", "docker ps --all --quiet --filter name=course | xargs -r docker rm -f -v")


@pytest.mark.usefixtures("in_the_end")
@pytest.mark.parametrize("dockerfile", ["Dockerfile", "Dockerfile.shell"])
def test_the_blog_is_cloned_changed_packaged_and_run(typed, dockerfile):
    typed(".", f"rm -rf cloned; git clone {BLOG} cloned; cd cloned; git checkout v0.2")
    found = typed("cloned", "grep --recursive --files-with-matches Miguel app").splitlines()
    assert found
    typed("cloned", f"sed --in-place s/Miguel/Ada/ {' '.join(found)}")
    typed("cloned", f"cp ../microblog/boot.sh . && cp ../microblog/{dockerfile} Dockerfile")
    typed("cloned", "docker build -t course-microblog .")
    typed("cloned", "docker run -d --name course-microblog -p 8000:5000 course-microblog")
    typed("cloned", "docker run -d --name course-microblog-2 -p 8001:5000 course-microblog")

    assert "Ada" in typed(".", FETCH)
    assert "Ada" in typed(".", FETCH.replace("8000", "8001"))


@pytest.mark.usefixtures("in_the_end")
def test_the_blog_with_a_database_waits_for_it_and_serves(typed):
    typed(".", f"rm -rf cloned; git clone {BLOG} cloned; cd cloned; git checkout v0.18")
    typed("cloned", "cp ../blog/* . && docker build -t course-blog .")
    typed(".", "docker network create course-blog")
    address = "mysql+pymysql://microblog:secret@mysql/microblog"
    typed(
        ".",
        "docker run -d --name course-blog -p 8000:5000 --network course-blog "
        f"-e SECRET_KEY=my-secret-key -e DATABASE_URL={address} course-blog",
    )
    typed(
        ".",
        "docker run -d --name course-mysql --network course-blog --network-alias mysql "
        "-e MYSQL_RANDOM_ROOT_PASSWORD=yes -e MYSQL_DATABASE=microblog "
        "-e MYSQL_USER=microblog -e MYSQL_PASSWORD=secret mariadb",
    )

    assert "password" in typed(".", f"{FETCH.replace('30', '90')}/ --location", timeout=120)


@pytest.mark.usefixtures("in_the_end")
def test_identidock_is_built_and_runs_as_another_user(typed):
    typed("identidock", "docker build -t course-identidock .", timeout=600)
    typed("identidock", "docker run -d --name course-i -p 8000:9090 course-identidock")

    assert "You look like a" in typed(".", f"{FETCH}/")
    assert typed(".", "docker exec course-i whoami") == "uwsgi"


@pytest.mark.usefixtures("in_the_end")
@pytest.mark.parametrize(
    ("environment", "said"),
    [("", "Running Production Server"), ("-e APP_ENVIRONMENT=DEV", "Running Development Server")],
)
def test_identidock_boots_by_its_environment_and_finds_redis_and_dnmonster(
    typed, environment, said
):
    typed("identidock", "docker build -f Dockerfile.boot -t course-boot .", timeout=600)
    typed(".", "docker network create course || :")
    typed(".", "docker run -d --name course-redis --network course --network-alias redis redis")
    typed(
        ".",
        "docker run -d --name course-dnmonster --network course --network-alias dnmonster "
        "amouat/dnmonster:1.0",
    )
    typed(
        ".",
        f"docker run -d --name course-i --network course {environment} -p 8000:9090 course-boot",
    )

    kind = typed(".", f"{FETCH}/monster/ada --output /dev/null --write-out '%{{content_type}}'")
    assert kind == "image/png"
    assert said in typed(".", "docker logs course-i 2>&1")
    assert typed(".", "docker exec course-redis redis-cli keys '*'") == "ada"


@pytest.mark.usefixtures("in_the_end")
def test_identidock_runs_by_its_compose_file(typed):
    typed("identidock", "docker compose --project-name course up -d", timeout=600)

    kind = typed(".", f"{FETCH}/monster/ada --output /dev/null --write-out '%{{content_type}}'")
    assert kind == "image/png"


@pytest.mark.usefixtures("in_the_end")
def test_health_check_turns_unhealthy_once_killed(typed):
    typed("healthcheck", "docker build -t course-healthcheck .")
    # The course waits for 30 seconds, and for three failures in a row.
    often = "--health-interval 1s --health-retries 1"
    typed(".", f"docker run -d --name course-h {often} -p 8000:5000 course-healthcheck")
    state = "docker inspect --format '{{.State.Health.Status}}' course-h"
    typed(".", f'until [ "$({state})" = healthy ]; do sleep 1; done', timeout=60)

    assert typed(".", f"{FETCH}/kill") == "You have killed your app."
    typed(".", f'until [ "$({state})" = unhealthy ]; do sleep 1; done', timeout=60)


def test_cow_says_what_it_is_told(typed):
    assert "< Coucou ! >" in typed(".", "docker run --rm cowsay Coucou !")


@pytest.mark.usefixtures("in_the_end")
def test_a_registry_of_ones_own_takes_and_gives_an_image(typed):
    typed(".", "docker run -d --name course-registry -p 127.0.0.1:8000:5000 registry:2")
    typed(".", f"{FETCH}/v2/")
    typed(".", "docker pull hello-world && docker tag hello-world localhost:8000/course-hello")
    typed(".", "docker push localhost:8000/course-hello && docker rmi localhost:8000/course-hello")

    assert "Hello" in typed(".", "docker run --rm localhost:8000/course-hello")
    typed(".", "docker rmi localhost:8000/course-hello")


@pytest.mark.parametrize(
    ("name", "truth"),
    [
        ("python:3.7", "python:3.11"),
        ("python:3.12", "python:3.13"),
        ("ubuntu:latest", "debian:12"),
        ("ubuntu:16.04", "debian:12"),
        ("amouat/dnmonster:1.0", "dnmonster:1.0"),
        ("registry:2", "registry:2.8"),
    ],
)
def test_a_borrowed_name_tells_what_it_is(typed, name, truth):
    label = '{{index .Config.Labels "org.identidock-lab.alias-of"}}'
    typed(".", f"docker pull --quiet {name}")

    assert typed(".", f"docker image inspect --format '{label}' {name}") == truth
