"""The report: sharing of layers, warnings, no secret, and pages that strangers cannot write."""

import copy
import hashlib
import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from typing import Any

import jinja2
import pytest
from commands import ROOT

from tools.image_report import collect, model, page, redact

VOID = {"link", "meta"}
ADDRESS = "registry.lab:5443"
EMPTY: dict[str, Any] = {"repositories": {}, "digests": {}, "problems": {}}
INFO = {"ServerVersion": "26.1.5", "Driver": "overlay2", "OperatingSystem": "Debian GNU/Linux 13"}
DISK = [
    {
        "Type": "Images",
        "TotalCount": "3",
        "Active": "1",
        "Size": "150B",
        "Reclaimable": "7B (4%)",
    }
]


def step(instruction, size=0, layer=""):
    """An instruction with the letter of the layer that it made."""
    return {"CreatedBy": instruction, "Size": str(size), "Comment": ""}, layer


DEBIAN = [step("ADD root.tar /", 100, "a"), step('CMD ["bash"]')]
PYTHON = [*DEBIAN, step("RUN apt-get install python3", 50, "b"), step('CMD ["python"]')]


def image(name="web:1.0", steps=PYTHON, tags=None, **config):
    """An image as the collector has it."""
    return {
        "Id": f"sha256:{hashlib.sha256(name.encode()).hexdigest()}",
        "RepoTags": [name] if tags is None else tags,
        "RepoDigests": [],
        "Created": "2026-11-24T06:27:46.804623491Z",
        "Size": sum(int(entry["Size"]) for entry, _ in steps),
        "RootFS": {"Layers": [f"sha256:{layer:0>64}" for _, layer in steps if layer]},
        "History": [entry for entry, _ in reversed(steps)],
        "Config": {"User": "10001:10001"} | config,
    }


def container(of, name="web-1", user="10001", health="healthy", **state):
    usual: dict[str, Any] = {
        "Status": "running",
        "Running": True,
        "StartedAt": "2026-11-24T06:31:17Z",
        "FinishedAt": "0001-01-01T00:00:00Z",
        "ExitCode": 0,
    }
    return {
        "Name": f"/{name}",
        "Image": of["Id"],
        "Created": "2026-11-24T06:31:16Z",
        "Config": {"Image": "web", "User": user},
        "State": usual | ({"Health": {"Status": health}} if health else {}) | state,
        "NetworkSettings": {"Ports": {"80/tcp": [{"HostIp": "0.0.0.0", "HostPort": "8080"}]}},
    }


def seen(*images, containers=()):
    """What `collect` printed on a VM, as Ansible returns it."""
    found = {"images": images, "containers": containers, "disk": DISK, "info": INFO}
    return {"rc": 0, "stdout": json.dumps(found)}


def report(*images, containers=(), catalogue=EMPTY):
    return model.read_report({"lab1": seen(*images, containers=containers)}, ADDRESS, catalogue)


def by_name(*images):
    return {image.name: image for image in report(*images).images}


# Layers


def test_each_instruction_is_noted_with_the_smallest_image_that_has_it():
    web = image("web:1.0", [*PYTHON, step("COPY app/ /app", 5, "c"), step('CMD ["serve"]')])
    found = by_name(web, image("python:3.13", PYTHON), image("debian:13", DEBIAN))

    assert [step.base for step in found["web:1.0"].steps] == [
        *["debian:13"] * 2,
        *["python:3.13"] * 2,
        *[""] * 2,
    ]
    assert found["web:1.0"].base == "python:3.13"
    assert found["debian:13"].base == ""


def test_an_image_that_only_adds_a_label_still_starts_from_its_base():
    labelled = image("web:1.0", [*PYTHON, step("LABEL version=1.0")])

    assert by_name(labelled, image("python:3.13", PYTHON))["web:1.0"].base == "python:3.13"


def test_a_shared_layer_has_one_letter_the_largest_first():
    one = image("one:1", [*PYTHON, step("COPY one", 5, "c")])
    two = image("two:1", [*PYTHON, step("COPY two", 7, "d")])
    found = report(one, two)
    shared = list(found.shared.values())

    assert [(layer.letter, layer.step.size, len(layer.images)) for layer in shared] == [
        ("A", 100, 2),
        ("B", 50, 2),
    ]
    assert [image.unique for image in found.images] == [5, 7]


def test_empty_layers_are_not_listed_as_shared():
    workdir = [*DEBIAN, step("WORKDIR /app", 0, "c")]
    found = report(image("one:1", workdir), image("two:1", [*workdir, step("RUN x", 1, "d")]))

    assert [layer.step.instruction for layer in found.shared.values()] == ["ADD root.tar /"]


def test_on_another_stack_of_layers_the_same_files_are_a_layer_of_their_own():
    venv = step("COPY /venv /venv", 7, "c")
    one = image("one:1", [*PYTHON, venv])
    two = image("two:1", [*PYTHON, step("RUN x", 1, "d"), venv])

    assert [image.unique for image in report(one, two).images] == [7, 8]


def test_a_layer_of_a_dangling_image_is_shared_too():
    older = image("older", [*PYTHON, step("COPY old", 7, "d")], tags=["<none>:<none>"])
    found = report(image(), older)

    assert [(len(layer.images), layer.dangling) for layer in found.shared.values()] == [
        (1, 1),
        (1, 1),
    ]
    assert (found.vms[0].images, found.vms[0].dangling, len(found.images)) == (2, 1, 1)


def test_a_dangling_image_that_runs_is_shown():
    older = image("older", tags=[])

    assert report(older, containers=[container(older)]).images[0].name == older["Id"][7:19]


def test_an_image_on_two_vms_is_one_with_the_names_of_both():
    renamed = image() | {"RepoTags": ["shop:1.0"]}
    found = model.read_report({"vm1": seen(image()), "vm2": seen(renamed)}, ADDRESS, EMPTY)

    assert [image.vms for image in found.images] == [["vm1", "vm2"]]
    assert found.images[0].tags == {"web:1.0", "shop:1.0"}
    assert found.shared == {}


def test_only_instructions_that_made_a_layer_have_a_digest():
    steps = [
        step("ADD root.tar / # buildkit", 100, "a"),
        step('CMD ["bash"]'),
        step("RUN /bin/sh -c true # buildkit", 20, "b"),
        step("WORKDIR /app", 0, "c"),
        step('CMD ["flask"]'),
    ]

    assert [bool(step.digest) for step in by_name(image(steps=steps))["web:1.0"].steps] == [
        True,
        False,
        True,
        True,
        False,
    ]


def test_layers_without_a_history_are_shown():
    imported = image(steps=[step("", 7, "a")])
    imported["History"][0]["Comment"] = "Imported from -"
    imported["RootFS"]["Layers"].append(f"sha256:{'b' * 64}")

    assert [step.instruction for step in by_name(imported)["web:1.0"].layers] == [
        "Imported from -",
        "",
    ]


@pytest.mark.parametrize(
    ("recorded", "text"),
    [
        ("COPY app/ /app # buildkit", "COPY app/ /app"),
        ("RUN /bin/sh -c apt-get update   && true # buildkit", "RUN apt-get update && true"),
        ("RUN |1 VERSION=3.13 /bin/sh -c pip list # buildkit", "RUN pip list"),
        ("RUN /bin/bash -o pipefail -c a | b # buildkit", "RUN a | b"),
        ('/bin/sh -c #(nop)  CMD ["bash"]', 'CMD ["bash"]'),
        ("/bin/sh -c pip install flask", "RUN pip install flask"),
        (f"/bin/sh -c #(nop) COPY dir:{'0' * 64} in /app ", "COPY … /app"),
        ("EXPOSE map[9090/tcp:{} 9191/tcp:{}]", "EXPOSE 9090/tcp 9191/tcp"),
        ('CMD ["flask" "run"]', 'CMD ["flask", "run"]'),
        ('HEALTHCHECK &{["NONE"] "0s" "0s" "0s" "0s" \'\\x00\'}', "HEALTHCHECK NONE"),
        (
            'HEALTHCHECK &{["CMD" "probe" "\\"b\\""] "10s" "3s" "0s" "1s" \'\\x00\'}',
            'HEALTHCHECK --interval=10s --timeout=3s --start-interval=1s CMD ["probe", "\\"b\\""]',
        ),
        (
            'HEALTHCHECK &{["CMD-SHELL" "curl -f a || exit 1"] "0s" "0s" "0s" "0s" \'\\x00\'}',
            "HEALTHCHECK CMD curl -f a || exit 1",
        ),
    ],
)
def test_history_reads_like_a_dockerfile(recorded, text):
    assert model.readable(recorded) == text


def test_letters_never_run_out():
    layers = [
        model.SharedLayer(model.Step("", 0, "", []), number, [], 0)
        for number in (0, 25, 26, 51, 52, 701, 702)
    ]

    assert [layer.letter for layer in layers] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]


# Secrets


@pytest.mark.parametrize(
    "name",
    [
        *("PASSWORD", "MYSQL_ROOT_PASSWORD", "PGPASSWORD", "SECRET_KEY", "API_TOKEN", "API_KEY"),
        *("db_pass_", "--key", "-pass"),
    ],
)
@pytest.mark.parametrize("value", ["1234", "$2b$12$KIXQ", "/9j/4AAQSk+Zg=="])
def test_secrets_are_known_by_their_names(name, value):
    assert redact.is_secret(name.upper() if "_" in name else name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_PASSWORD_FILE", "whatever"),
        ("PASSWORD", ""),
        ("PASSWORD", "$(cat /run/secrets/password)"),
        ("SSL_KEY", "/etc/ssl/server.key"),
        ("PASSWORD", '"$PASSWORD"'),
        ("MYSQL_RANDOM_ROOT_PASSWORD", "yes"),
        ("GPG_KEY", "7169605F62C751356D054A26A821E680E5FA6305"),
        ("KEYBOARD", "fr"),
        ("MONKEY", "island"),
    ],
)
def test_what_only_sounds_like_a_secret_is_none(name, value):
    assert not redact.is_secret(name, value)


@pytest.mark.parametrize(
    ("entry", "names"),
    [
        ("ENV SECRET_KEY=correct hunter2 staple PATH=/bin", ["SECRET_KEY"]),
        ("/bin/sh -c #(nop)  ENV DB_PASSWORD=hunter2", ["DB_PASSWORD"]),
        ("ARG API_TOKEN=hunter2", ["API_TOKEN"]),
        ("LABEL api_token=hunter2", ["api_token"]),
        ("ENV DATABASE_URL=mysql://blog:hunter2@db/blog", ["password in an address"]),
        ("RUN |2 A=b API_TOKEN=my hunter2 /bin/sh -c true # buildkit", ["API_TOKEN"]),
        ("RUN /bin/sh -c export TOKEN='a hunter2' && true # buildkit", ["TOKEN"]),
        ("RUN /bin/sh -c tool --password hunter2 # buildkit", ["password"]),
        ("RUN /bin/sh -c tool --api-key=hunter2 # buildkit", ["api-key"]),
        ('CMD ["serve" "--password" "hunter2"]', ["password"]),
        ('/bin/sh -c #(nop)  CMD ["serve", "-pass", "hunter2"]', ["pass"]),
        (
            "RUN /bin/sh -c git clone https://me:hunter2@example.org/a.git",
            ["password in an address"],
        ),
        ("RUN /bin/sh -c curl -u me:hunter2 http://a", ["password of curl"]),
        ("RUN /bin/sh -c echo root:hunter2 | chpasswd", ["password for chpasswd"]),
        ("RUN /bin/sh -c curl -H 'Authorization: Bearer hunter2hunter2'", ["authorization header"]),
        ("RUN /bin/sh -c git clone ghp_hunter2hunter2hunter2hunter2", ["access token"]),
    ],
)
def test_secrets_in_the_history_are_named_and_never_shown(entry, names):
    text, found = redact.redact_step(entry)

    assert [name for name, _ in found] == names
    assert "hunter2" not in text


@pytest.mark.parametrize(
    "entry",
    [
        "RUN /bin/sh -c useradd --uid 10001 --gid 10001 uwsgi",
        "RUN /bin/sh -c apt-key adv --recv-keys 7169605F62C751356D054A26",
        "RUN /bin/sh -c python -c 'sorted(names, key=len)'",
        "RUN /bin/sh -c REDISCLI_AUTH=$(cat /run/secrets/redis_password) redis-cli ping",
        "RUN /bin/sh -c curl --fail http://localhost:5000/health || exit 1",
        "LABEL org.opencontainers.image.title=debian:13 maintainer=me",
        "EXPOSE map[5000/tcp:{}]",
        'CMD ["redis-server" "--port" "6379"]',
    ],
)
def test_ordinary_entries_of_the_history_stay_as_they_are(entry):
    assert redact.redact_step(entry) == (entry, [])


@pytest.mark.parametrize("language", page.PAGES)
def test_no_secret_of_an_image_is_on_its_page(language):
    steps = [
        *DEBIAN,
        step("RUN |1 TOKEN=hunter2 /bin/sh -c make # buildkit", 20, "b"),
        # Nothing here but the other places shows that these are secrets.
        step("RUN /bin/sh -c fetch -a hunter2 # buildkit"),
        step("RUN /bin/sh -c fetch -a hunter3 # buildkit"),
    ]
    bad = image(steps=steps, Env=["SECRET_KEY=hunter3"])
    text = page.render(report(bad, containers=[container(bad)]), language)

    assert "<strong>SECRET_KEY, TOKEN.</strong>" in text
    assert "hunter" not in text


# Containers and the registry


@pytest.mark.parametrize(
    ("health", "state", "status", "failed"),
    [
        ("healthy", {}, "healthy", False),
        ("unhealthy", {}, "unhealthy", True),
        (None, {}, "running", False),
        ("starting", {}, "starting", False),
        ("healthy", {"Status": "exited", "Running": False}, "exited", False),
        (None, {"Status": "exited", "Running": False, "ExitCode": 137}, "exited (137)", True),
        (None, {"Status": "restarting", "Restarting": True, "ExitCode": 1}, "restarting (1)", True),
        (None, {"Status": "created", "Running": False}, "created", False),
    ],
)
def test_the_status_of_a_container(health, state, status, failed):
    found = model.read_container("lab1", container(image(), health=health, **state))

    assert (found.status, found.failed) == (status, failed)


def test_a_container_whose_image_was_removed_is_shown_with_its_name():
    text = page.render(report(containers=[container(image())]), "en")

    assert "web, removed" in text
    assert "0.0.0.0:8080→80/tcp" in text


def test_the_catalogue_groups_tags_by_digest_and_finds_the_image():
    web = image() | {"RepoDigests": [f"{ADDRESS}/web@sha256:11"]}
    catalogue = {
        "repositories": {"web": ["1.0", "1.0-ab", "2.0"], "empty": []},
        "digests": {"web:1.0": "sha256:11", "web:1.0-ab": "sha256:11", "web:2.0": "sha256:22"},
    }
    found = report(web, catalogue=catalogue)

    assert [(each.repository, each.tags, each.digest) for each in found.catalogue] == [
        ("empty", [], None),
        ("web", ["1.0", "1.0-ab"], "sha256:11"),
        ("web", ["2.0"], "sha256:22"),
    ]
    assert [each.image for each in found.catalogue] == [None, found.images[0], None]


def test_a_damaged_tag_is_shown_and_so_are_the_others():
    catalogue = {
        "repositories": {"web": ["1.0", "2.0"]},
        "digests": {"web:1.0": "sha256:11", "web:2.0": None},
        "problems": {"web:2.0": "the registry answered 500 to HEAD <web>"},
    }
    text = page.render(report(catalogue=catalogue), "en")

    assert "<strong>web:2.0</strong>: the registry answered 500 to HEAD &lt;web" in text
    assert "sha256:11" in text


@pytest.mark.parametrize(
    ("result", "problem"),
    [
        ({"unreachable": True, "msg": "No route to host"}, "No route to host"),
        ({"rc": 1, "stdout": "", "stderr": "Docker is not installed."}, "Docker is not installed."),
        ({"rc": 1, "msg": "Missing sudo password"}, "Missing sudo password"),
    ],
)
@pytest.mark.parametrize("language", page.PAGES)
def test_a_vm_that_does_not_answer_is_shown_and_so_are_the_others(result, problem, language):
    found = model.read_report(
        {"vm1": seen(image()), "vm2": result}, ADDRESS, {"msg": "the registry refused: 401"}
    )
    text = page.render(found, language)

    assert problem in text
    assert "the registry refused: 401" in text
    assert "web:1.0" in text


# The page


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0B"), (999, "999B"), (26_386_699, "26.39MB"), (10**9, "1GB")]
)
def test_sizes_are_written_as_docker_does(size, text):
    assert page.size_text(size) == text


@pytest.mark.parametrize(
    ("date", "text"),
    [
        ("2026-11-24T06:27:46.804623491Z", "2026-11-24 06:27 UTC"),
        ("2026-11-24T06:27:46+01:00", "2026-11-24 05:27 UTC"),
        ("0001-01-01T00:00:00Z", ""),
        ("", ""),
    ],
)
def test_dates_are_written_to_the_minute(date, text):
    assert page.moment(date) == text


class Outline(HTMLParser):
    """Whether each element is closed where it must be, and what links lead to."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.tags = [], [], [], set()
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.add((tag, *sorted(given)))
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if "href" in given else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_data(self, data):
        self.text += data

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def hostile(text):
    """A report in which strangers wrote wherever they can."""
    bad = image(
        f"bad{text}:latest",
        [*PYTHON, step(f"COPY {text} " + "&& x " * 60, 5, "c"), step(f"LABEL a={text}")],
        User=text,
        Env=[f"SECRET{text.replace('=', '')}=hunter2"],
    )
    started = container(bad, f"bad{text}", user=text, health=text)
    gone = copy.deepcopy(container(image("gone"), f"gone{text}"))
    gone["Config"]["Image"] = text
    catalogue = {
        "repositories": {text: [text]},
        "digests": {f"{text}:{text}": text},
        "problems": {text: text},
    }
    return report(bad, containers=[started, gone], catalogue=catalogue)


@pytest.mark.parametrize("language", page.PAGES)
@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        '" onmouseover="alert(1)',
        "' style='x",
        "</style></title><img src=x>",
        "{{ 7 * 7 }}{% raw %}",
        "&amp;",
        "%(name)s %d",
    ],
)
def test_strangers_cannot_write_the_page(text, language):
    outline = Outline(page.render(hostile(text), language))
    usual = Outline(page.render(hostile("ordinary"), language))

    assert outline.open == []
    assert outline.tags == usual.tags
    # It stands there to be read, cut short here and there, and is nothing else.
    assert outline.text.count(text[:4]) == usual.text.count("ordi")


@pytest.mark.parametrize("language", page.PAGES)
def test_every_link_leads_somewhere_and_ids_are_unique(language):
    images = [image(f"web{number}:1") for number in range(30)]
    outline = Outline(page.render(report(*images, containers=[container(images[0])]), language))

    assert outline.open == []
    assert len(outline.ids) == len(set(outline.ids))
    assert {link.removeprefix("#") for link in outline.links} <= {
        *outline.ids,
        *page.PAGES.values(),
        "data:,",
    }


@pytest.mark.parametrize("language", page.PAGES)
def test_the_page_needs_nothing_from_elsewhere(language):
    text = page.render(report(image(), image("debian:13", DEBIAN)), language)

    for foreign in ("http://", "https://", "<script", "@import", "url("):
        assert foreign not in text


def test_every_sentence_is_translated_and_no_translation_is_left_over():
    environment = jinja2.Environment(extensions=["jinja2.ext.i18n"])
    environment.policies["ext.i18n.trimmed"] = True
    template = (page.FOLDER / "page.html.j2").read_text("utf-8")
    used: set[str | None] = set()
    for _, _, message in environment.extract_translations(template):  # type: ignore[attr-defined]
        used |= {message} if isinstance(message, str) else {*message} - {None}

    assert used == set(json.loads((page.FOLDER / "fr.json").read_text("utf-8")))


# The programs


def run(directory, given):
    return subprocess.run(
        [sys.executable, "-m", "tools.image_report", directory],
        cwd=ROOT,
        input=json.dumps(given),
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()


def test_pages_are_their_owners_alone_and_only_written_when_something_changed(tmp_path):
    directory = tmp_path / "new" / "reports"
    given = {
        "engines": {"lab1": seen(image())},
        "registry": ADDRESS,
        "catalogue": EMPTY,
        "stacks": {},
        "swarm": {},
    }
    pages = [directory / "lab.html", directory / "lab.fr.html"]

    assert run(directory, given) == [str(each) for each in pages]
    assert run(directory, given) == []
    assert {each.stat().st_mode & 0o777 for each in directory.iterdir()} == {0o600}
    assert 'lang="fr"' in pages[1].read_text("utf-8")


@pytest.fixture
def client(tmp_path, monkeypatch):
    """A function that makes `docker` a shell script, and runs the collector with it."""

    def collected(script):
        program = tmp_path / "docker"
        program.write_text(f"#!/bin/sh\nshift\n{script}")
        program.chmod(0o700)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
        return subprocess.run(
            [sys.executable, collect.__file__], capture_output=True, text=True, check=False
        )

    return collected


def test_what_is_removed_while_the_collector_looks_is_left_out(client):
    done = client(
        """
case "$*" in
"image ls "*) printf 'sha256:a\\nsha256:b\\nsha256:a\\n' ;;
"image inspect "*" sha256:a sha256:b")
    echo '{"Id": "sha256:a"}'
    echo 'Error response from daemon: No such image: sha256:b' >&2
    exit 1 ;;
"image history "*) echo 'No such image: sha256:a' >&2; exit 1 ;;
"container ls "*) ;;
"system df "*) echo '{"Type": "Images"}' ;;
"info "*) echo '{"Driver": "overlay2"}' ;;
*) exit 9 ;;
esac
"""
    )

    assert json.loads(done.stdout) == {
        "images": [{"Id": "sha256:a", "History": []}],
        "containers": [],
        "disk": [{"Type": "Images"}],
        "info": {"Driver": "overlay2"},
    }


def test_an_engine_that_does_not_answer_ends_the_collector_with_the_reason(client):
    done = client("echo 'Cannot connect to the Docker daemon.' >&2; exit 1")

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == "`docker image ls` failed: Cannot connect to the Docker daemon.\n"


def test_a_machine_without_docker_is_told_the_playbook(monkeypatch):
    monkeypatch.setenv("PATH", "")

    with pytest.raises(SystemExit, match=r"playbooks/nodes\.yml"):
        collect.main()


def test_a_client_that_hangs_is_not_waited_for(monkeypatch):
    def hang(*_, **__):
        raise subprocess.TimeoutExpired("docker", collect.TIMEOUT)

    monkeypatch.setattr(subprocess, "run", hang)

    with pytest.raises(SystemExit, match="`docker image ls` took longer than 60 s"):
        collect.main()


# The swarm

NODES = [
    {
        "hostname": name,
        "role": "manager",
        "availability": availability,
        "state": state,
        "leader": name == "vm1",
        "address": "192.0.2.1",
    }
    for name, state, availability in [("vm2", "down", "drain"), ("vm1", "ready", "active")]
]


def task(node, desired="running", state="running", error=""):
    return {
        "service": "redis",
        "node": node,
        "desired": desired,
        "state": state,
        "at": "2026-11-24T06:31:17Z",
        "error": error,
    }


def with_swarm(**looks):
    stacks = {"lab1": {"stacks": {"identidock": {"release": 7}, "own": {"release": None}}}}
    return model.read_report({"lab1": seen()}, ADDRESS, EMPTY, stacks, looks)


def test_a_lab_without_a_swarm_says_nothing_of_one():
    assert with_swarm().swarm is None
    assert 'id="swarm"' not in page.render(with_swarm(), "en")


def test_the_swarm_is_told_by_a_manager_that_knows():
    tasks = [task("vm1"), task("vm2", "shutdown", "failed", "<killed>")]
    look = {"quorum": True, "nodes": NODES, "services": ["redis"], "tasks": tasks}
    look["events"] = tasks[1:]
    found = with_swarm(vm1={"quorum": False, "problem": "alone"}, vm2=look)

    assert found.swarm is not None
    assert [node["hostname"] for node in found.swarm.nodes] == ["vm1", "vm2"]
    assert [each.error for each in found.swarm.events] == ["<killed>"]
    text = " ".join(page.render(found, "en").split())
    assert '<th scope="row">redis</th><td class="number">1 / 1</td>' in text
    assert '<span class="chip bad">down</span><span class="chip warn">drain</span>' in text
    assert "&lt;killed&gt;" in text
    assert "Releases: identidock 7." in text


@pytest.mark.parametrize("language", page.PAGES)
def test_a_swarm_that_nobody_knows_is_shown_with_the_reason(language):
    looks = {"vm1": {"quorum": False, "problem": "no leader"}, "vm2": {"msg": "unreachable"}}
    found = with_swarm(**looks)

    assert found.swarm == model.Swarm("no leader")
    assert "no leader" in page.render(found, language)
