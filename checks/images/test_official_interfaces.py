"""redis, mariadb and registry take what the official images of these names take.

Learners type what a course, a book or Docker Hub's page tells them. What the lab's own stacks want
otherwise is said in their configuration.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable

import pytest

# The images are the same on every machine.
testinfra_hosts = ["ansible://builder"]
pytestmark = pytest.mark.intrusive

REDIS = "redis:8.0"
MARIADB = "mariadb:11.8"
REGISTRY = "registry:2"
# Everything made here is called so, and removed.
PREFIX = "lab-check-"
# Seconds that a server may take to answer.
PATIENCE = 60
READY = "healthcheck.sh --connect --innodb_initialized"


def new_name() -> str:
    return PREFIX + secrets.token_hex(4)


def eventually(ask: Callable[[], str]) -> str:
    """The first answer; until then the container is starting."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return ask()
        except AssertionError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)


@pytest.fixture(scope="module")
def network(docker):
    name = new_name()
    docker("network create %s", name)
    yield name
    docker("network rm %s", name)


@pytest.fixture(scope="module")
def run(docker, network):
    """A function that starts a container and gives its name, which is its address as well."""
    names = []

    def start(arguments: str) -> str:
        names.append(new_name())
        docker(f"run --detach --name {names[-1]} --network {network} {arguments}")
        return names[-1]

    yield start
    if names:
        docker(f"rm --force --volumes {' '.join(names)}")


@pytest.fixture(scope="module")
def once(docker, network):
    """A function that runs a command in a container of its own and gives its output."""
    return lambda arguments: docker(f"run --rm --network {network} {arguments}")


@pytest.fixture
def volume(docker):
    """A named volume, empty; its containers must be gone before it."""
    name = new_name()
    docker("volume create %s", name)
    yield name
    users = docker("ps --all --quiet --filter volume=%s", name).split()
    if users:
        docker(f"rm --force --volumes {' '.join(users)}")
    docker("volume rm %s", name)


@pytest.fixture(scope="module")
def folder(host, docker):
    """A function that makes a folder on the VM with these files, and gives its path.

    One without files is made by Docker when it is mounted, and is root's.
    """
    made = []

    def make(files: dict[str, str] | None = None) -> str:
        made.append(f"/tmp/{new_name()}")
        for name, content in (files or {}).items():
            pack = "gzip" if name.endswith(".gz") else "cat"
            file = f"{made[-1]}/{name}"
            host.check_output(f"mkdir -p {made[-1]} && printf %s | {pack} > {file}", content)
        return made[-1]

    yield make
    if made:
        # They may belong to anybody by now.
        docker(f"run --rm --volume /tmp:/tmp {REDIS} rm -rf {' '.join(made)}")


@pytest.fixture(scope="module")
def redis(once):
    """A function that asks a server from another container, and gives what it answers."""
    return lambda server, command: eventually(
        lambda: once(f"{REDIS} redis-cli -h {server} {command}")
    ).strip()


@pytest.mark.parametrize(
    "command", ["", "redis-server", "--appendonly yes", "redis-server --appendonly yes"]
)
def test_redis_answers_another_container(run, redis, docker, command):
    server = run(f"{REDIS} {command}")

    assert redis(server, "-n 15 set name Ada") == "OK"
    assert redis(server, "-n 15 get name") == "Ada"
    assert redis(server, "config get appendonly").endswith("yes" if "yes" in command else "no")
    assert "Uid:\t10003\t10003" in docker("exec %s cat /proc/1/status", server)


def test_redis_keeps_what_was_set_in_a_volume(run, redis, docker, volume):
    first = run(f"--volume {volume}:/data {REDIS}")
    redis(first, "set name Ada")
    docker("stop %s", first)
    docker("rm %s", first)
    second = run(f"--volume {volume}:/data {REDIS}")

    assert redis(second, "get name") == "Ada"


def test_redis_keeps_what_was_set_in_a_folder_of_roots(run, redis, docker, folder):
    place = folder()
    first = run(f"--volume {place}:/data {REDIS} --appendonly yes --appendfsync always")
    redis(first, "set name Ada")
    docker("kill %s", first)
    second = run(f"--volume {place}:/data {REDIS} --appendonly yes")

    assert redis(second, "get name") == "Ada"


def test_redis_runs_as_another_user(run, redis, docker):
    server = run(f"--user 1234:1234 {REDIS}")

    assert redis(server, "ping") == "PONG"
    assert "Uid:\t1234\t1234" in docker("exec %s cat /proc/1/status", server)


def test_redis_takes_a_password_and_another_port(run, redis):
    server = run(f"{REDIS} --requirepass secret --port 7000")

    assert redis(server, "-p 7000 --no-auth-warning -a secret ping") == "PONG"
    assert redis(server, "-p 7000 ping").startswith("NOAUTH")


def test_redis_takes_a_configuration_file_and_options(run, redis, folder):
    place = folder({"redis.conf": "port 7000\nmaxmemory 7mb\n"})
    server = run(f"--volume {place}:/conf:ro {REDIS} /conf/redis.conf --databases 3")

    assert redis(server, "-p 7000 config get maxmemory").endswith(str(7 * 1024**2))
    assert redis(server, "-p 7000 config get databases").endswith("3")


def test_redis_is_protected_where_an_option_says_so(run, redis):
    assert redis(run(f"{REDIS} --protected-mode yes"), "ping").startswith("DENIED")


def test_redis_is_protected_where_its_configuration_says_so(run, redis, folder):
    place = folder({"redis.conf": "Protected-Mode yes\n"})
    server = run(f"--volume {place}:/conf:ro {REDIS} redis-server /conf/redis.conf")

    assert redis(server, "ping").startswith("DENIED")


@pytest.mark.parametrize("command", ["redis-server --version", "--version"])
def test_redis_prints_its_version(once, command):
    assert once(f"{REDIS} {command}").startswith("Redis server v=8.0")


@pytest.mark.parametrize("image", [REDIS, MARIADB, REGISTRY])
def test_image_runs_any_command_and_has_no_health_check_that_may_be_wrong(docker, once, image):
    assert once(f"{image} echo any command") == "any command"

    health = docker("image inspect --format '{{json .Config.Healthcheck}}' %s", image)
    assert health.strip() == "null"


@pytest.fixture(scope="module")
def sql(once):
    """A function that asks a database's server from another container; -u and -p come with it."""
    return lambda server, account, statement: once(
        f"{MARIADB} mariadb --host={server} {account} --batch --skip-column-names"
        f" --execute '{statement}'"
    ).strip()


@pytest.fixture(scope="module")
def ready(docker):
    """A function that waits until a database's server is ready, as a course would."""
    return lambda server: eventually(lambda: docker(f"exec {server} {READY}"))


@pytest.fixture(scope="module")
def shop(run, folder, ready, host):
    """A database's server with all that can be asked of its first start."""
    passwords = folder({"root": "it's \\ root", "user": "of-the-shop\n"})
    host.check_output("chmod 600 %s/root %s/user", passwords, passwords)
    scripts = folder(
        {
            "1.sql": "CREATE TABLE words (word TEXT);",
            "2.sql.gz": "INSERT INTO words VALUES ('gz');",
            "3.sh": 'mariadb -uroot -p"$MYSQL_ROOT_PASSWORD" "$MARIADB_DATABASE"'
            " --execute \"INSERT INTO words VALUES ('sh')\"; echo $UNSET",
            "4.sql": "UPDATE words SET word = CONCAT(word, '!');",
            "5.txt": "no script",
        }
    )
    server = run(
        "--env MARIADB_ROOT_PASSWORD_FILE=/secrets/root --env MARIADB_DATABASE=my_shop"
        " --env MARIADB_USER=keeper --env MARIADB_PASSWORD_FILE=/secrets/user"
        f" --volume {passwords}:/secrets:ro --volume {scripts}:/docker-entrypoint-initdb.d:ro"
        f" {MARIADB} --character-set-server=latin1 --collation-server=latin1_swedish_ci"
    )
    ready(server)
    return server


KEEPER = "-ukeeper -pof-the-shop"


def test_mariadb_makes_an_account_for_a_database_of_its_own(shop, sql):
    assert sql(shop, KEEPER, "SHOW DATABASES").split() == ["information_schema", "my_shop"]


def test_mariadb_runs_scripts_of_every_kind_in_order(shop, sql):
    words = sql(shop, KEEPER, "SELECT word FROM my_shop.words")

    assert words.split() == ["gz!", "sh!"]


def test_mariadb_takes_options_of_the_server(shop, sql):
    assert sql(shop, KEEPER, "SELECT @@character_set_server") == "latin1"


def test_mariadb_lets_root_in_from_anywhere_with_the_password(shop, sql):
    root = '-uroot "-pit\'s \\\\ root"'

    assert sql(shop, root, "SELECT CURRENT_USER()") == "root@%"
    with pytest.raises(AssertionError, match="Access denied"):
        sql(shop, "-uroot -pwrong", "SELECT 1")


def test_mariadb_keeps_passwords_from_files_out_of_its_environment(shop, docker):
    environment = docker("exec --user mysql %s cat /proc/1/environ", shop)

    assert "MARIADB_DATABASE=my_shop" in environment
    assert "of-the-shop" not in environment
    assert "Uid:\t10006\t10006" in docker("exec %s cat /proc/1/status", shop)


def test_mariadb_can_be_dumped(shop, docker):
    assert "gz!" in docker(f"exec {shop} mariadb-dump {KEEPER} my_shop")


def test_mariadb_runs_scripts_at_the_first_start_only(shop, sql, docker, ready):
    docker("restart %s", shop)
    ready(shop)

    assert sql(shop, KEEPER, "SELECT COUNT(*) FROM my_shop.words") == "2"


def test_mariadb_wants_to_know_how_root_is_protected(once):
    with pytest.raises(AssertionError, match="MARIADB_RANDOM_ROOT_PASSWORD=1"):
        once(MARIADB)


def test_mariadb_prints_a_random_password_once(run, ready, sql, docker, volume):
    options = f"--env MYSQL_RANDOM_ROOT_PASSWORD=1 --volume {volume}:/var/lib/mysql {MARIADB}"
    first = run(options)
    ready(first)
    logged = docker("logs %s", first)
    password = logged.partition("GENERATED ROOT PASSWORD: ")[2].split()[0]
    docker("rm --force %s", first)
    second = run(f"--volume {volume}:/var/lib/mysql {MARIADB} mysqld")
    ready(second)

    assert sql(second, f"-uroot -p{password}", "SELECT 1") == "1"
    assert "PASSWORD" not in docker("logs %s", second)


def test_mariadb_starts_its_first_start_anew_when_it_was_cut_short(
    run, ready, docker, host, folder
):
    scripts = folder({"1.sql": "CREATE TABLE words (word TEXT);", "2.sh": "sleep 600"})
    data = folder({"of-mine.txt": "stays"})
    server = run(
        "--env MARIADB_ALLOW_EMPTY_ROOT_PASSWORD=1 --env MYSQL_DATABASE=words"
        f" --volume {scripts}:/docker-entrypoint-initdb.d:ro"
        f" --volume {data}:/var/lib/mysql {MARIADB}"
    )

    def sleeping() -> str:
        logged = docker("logs %s", server)
        assert "2.sh" in logged
        return logged

    eventually(sleeping)
    with pytest.raises(AssertionError):
        docker(f"exec {server} {READY}")
    docker("kill %s", server)
    host.check_output("rm %s", f"{scripts}/2.sh")
    docker("start %s", server)
    ready(server)

    assert "words" in docker(f"exec {server} mariadb --execute 'SHOW TABLES IN words'")
    assert host.check_output("cat %s", f"{data}/of-mine.txt") == "stays"


def test_mariadb_runs_as_another_user(run, ready, docker):
    server = run(
        f"--user 1234:1234 --tmpfs /var/lib/mysql:mode=1777 --env MARIADB_ROOT_PASSWORD=x {MARIADB}"
    )
    ready(server)

    assert "Uid:\t1234\t1234" in docker("exec %s cat /proc/1/status", server)


def test_mariadbs_health_check_says_which_checks_there_are(shop, docker):
    with pytest.raises(AssertionError, match="--innodb_initialized"):
        docker("exec %s healthcheck.sh --whatever", shop)


@pytest.fixture(scope="module")
def serve(run, docker, host):
    """A function that starts a registry and gives its container and its address on the VM."""

    def start(options: str = "", command: str = "") -> tuple[str, str]:
        server = run(f"--publish 127.0.0.1::5000 {options} {REGISTRY} {command}")
        address = docker("port %s 5000", server).strip()
        eventually(lambda: host.check_output("curl --silent --fail http://%s/v2/", address))
        return server, address

    return start


@pytest.fixture(scope="module")
def push(docker):
    """A function that pushes an image to a registry and takes the name away again."""

    def send(address: str) -> str:
        tag = f"{address}/{new_name()}:1"
        docker("tag %s %s", REDIS, tag)
        docker("push --quiet %s", tag)
        docker("image rm %s", tag)
        return tag

    return send


@pytest.fixture(params=["", "volume", "folder"])
def place(request):
    """Where a registry keeps its data: wherever the image says, or in what is mounted there."""
    where = request.param and request.getfixturevalue(request.param)
    return where() if request.param == "folder" else where


def test_registry_gives_back_what_was_pushed(serve, push, docker, place):
    _, address = serve(f"--volume {place}:/var/lib/registry" if place else "")
    tag = push(address)
    docker("pull --quiet %s", tag)
    docker("image rm %s", tag)


def test_registry_deletes_nothing_until_told_otherwise(serve, push, host):
    def delete(address: str) -> str:
        name = push(address).split("/")[1].partition(":")[0]
        manifest = f"http://{address}/v2/{name}/manifests"
        accept = "Accept: application/vnd.docker.distribution.manifest.v2+json"
        head = host.check_output("curl --silent --head --header %s %s", accept, f"{manifest}/1")
        digest = head.lower().partition("docker-content-digest: ")[2].split()[0]
        return host.check_output(
            "curl --silent --output /dev/null --write-out '%%{http_code}' --request DELETE %s",
            f"{manifest}/{digest}",
        )

    assert delete(serve()[1]) == "405"
    assert delete(serve("--env REGISTRY_STORAGE_DELETE_ENABLED=true")[1]) == "202"


def test_registry_collects_its_garbage(serve, push, docker):
    server, address = serve()
    push(address)
    for command in ("registry", "bin/registry", "/entrypoint.sh"):
        said = docker(f"exec {server} {command} garbage-collect /etc/docker/registry/config.yml")

        assert "0 blobs and 0 manifests eligible for deletion" in said


def test_registry_takes_a_configuration_file(serve, folder, host):
    place = folder(
        {
            "my.yml": "version: 0.1\nstorage: {inmemory: {}}\n"
            "http: {addr: ':5000', headers: {X-Of: [mine]}}\n"
        }
    )
    _, address = serve(f"--volume {place}:/conf:ro", "/conf/my.yml")

    assert "X-Of: mine" in host.check_output("curl --silent --head http://%s/v2/", address)


@pytest.mark.parametrize("command", ["--version", "registry --version"])
def test_registry_prints_its_version(once, command):
    assert "2.8" in once(f"{REGISTRY} {command}")
