"""An engine's images layer by layer, and no secret that leaves the machine."""

import hashlib
import json
from pathlib import Path

import pytest

BASE, VENV, APP = (f"sha256:{letter * 64}" for letter in "abc")


@pytest.fixture(scope="module")
def info(load):
    """The module's functions, as the VM runs them."""
    return load("modules/docker_layers_info")


@pytest.fixture
def store(info, tmp_path):
    """An engine's directory with three layers; the second has package lists."""
    chain = ""
    for number, digest in enumerate([BASE, VENV, APP]):
        chain = (
            hashlib.sha256(f"sha256:{chain} {digest}".encode()).hexdigest() if chain else "a" * 64
        )
        known = tmp_path / "image/overlay2/layerdb/sha256" / chain
        known.mkdir(parents=True)
        (known / "cache-id").write_text(f"layer{number}")
        (tmp_path / f"overlay2/layer{number}/diff/etc").mkdir(parents=True)
    lists = tmp_path / "overlay2/layer1/diff/var/lib/apt/lists"
    (lists / "partial").mkdir(parents=True)
    (lists / "lock").write_bytes(b"-" * 10)
    (lists / "deb.debian.org_Packages").write_bytes(b"-" * 2000)
    return info.Store(tmp_path, "overlay2")


def entry(created_by, size=0, comment="buildkit.dockerfile.v0"):
    return {"CreatedBy": created_by, "Size": size, "Comment": comment}


@pytest.mark.parametrize(
    ("recorded", "said"),
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
def test_history_reads_like_a_dockerfile(info, recorded, said):
    assert info.readable(recorded) == said


def test_only_steps_that_made_a_layer_carry_a_digest(info):
    newest_first = [
        entry('CMD ["flask"]'),
        entry("WORKDIR /app"),
        entry("RUN /bin/sh -c true # buildkit", 20),
        entry('CMD ["bash"]'),
        entry("ADD root.tar / # buildkit", 100),
    ]
    empty = [False, True, False, False, True]

    # The engine does not always keep who made a layer; the instruction tells it, too.
    for known in (empty, None):
        steps = info.steps_of(newest_first, [BASE, VENV, APP], known)
        assert [step["digest"] for step in steps] == [BASE, None, VENV, APP, None]
        assert [step["size"] for step in steps] == [100, 0, 20, 0, 0]


def test_layers_without_a_history_are_not_forgotten(info):
    steps = info.steps_of([entry("", 7, "Imported from -")], [BASE, VENV], None)

    assert [(step["instruction"], step["digest"]) for step in steps] == [
        ("Imported from -", BASE),
        ("", VENV),
    ]


def test_package_lists_are_found_in_the_layer_that_has_them(info, store):
    chain = list(info.chain_ids([BASE, VENV, APP]))

    assert [store.package_lists(layer) for layer in chain] == [0, 2000, 0]


def test_lock_and_directories_of_apt_are_no_package_lists(info, tmp_path):
    lists = tmp_path / "var/lib/apt/lists"
    (lists / "partial").mkdir(parents=True)
    (lists / "lock").write_text("locked")

    assert info.package_lists(tmp_path) == 0


@pytest.mark.parametrize("part", ["var", "var/lib", "var/lib/apt/lists"])
def test_a_strangers_links_do_not_lead_out_of_the_layer(info, tmp_path, part):
    elsewhere = tmp_path / "elsewhere"
    layer = tmp_path / "layer"
    rest = Path("var/lib/apt/lists").relative_to(part)
    (elsewhere / rest).mkdir(parents=True)
    (elsewhere / rest / "secret").write_text("of the VM")
    link = layer / part
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere)

    assert info.package_lists(layer) == 0


def test_what_cannot_be_looked_into_is_not_called_clean(info, tmp_path):
    chain = next(info.chain_ids([BASE]))

    assert info.Store(tmp_path, "overlay2").package_lists(chain) is None
    assert info.Store(tmp_path, "btrfs").package_lists(chain) is None
    assert info.Store(tmp_path, "overlay2").empty(BASE) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PASSWORD", "1234"),
        ("MYSQL_ROOT_PASSWORD", "hunter2"),
        ("PGPASSWORD", "hunter2"),
        ("SECRET_KEY", "you-will-never-guess"),
        ("API_TOKEN", "abc"),
        ("API_KEY", "abc"),
        ("ADMIN_PASSWORD", "$2b$12$KIXQ"),
        ("SIGNING_KEY", "/9j/4AAQSk+Zg=="),
    ],
)
def test_secrets_are_known_by_their_names(info, name, value):
    assert info.is_secret(name, value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REDIS_PASSWORD_FILE", "whatever"),
        ("PASSWORD", ""),
        ("PASSWORD", "$(cat /run/secrets/password)"),
        ("SSL_KEY", "/etc/ssl/server.key"),
        ("PASSWORD", '"$PASSWORD"'),
        ("PASSWORD", "''"),
        ("MYSQL_RANDOM_ROOT_PASSWORD", "yes"),
        ("GPG_KEY", "7169605F62C751356D054A26A821E680E5FA6305"),
        ("KEYBOARD", "fr"),
        ("MONKEY", "island"),
        ("PATH", "/usr/bin"),
    ],
)
def test_what_only_sounds_like_a_secret_is_none(info, name, value):
    assert not info.is_secret(name, value)


@pytest.mark.parametrize(
    ("step", "names"),
    [
        ("ENV SECRET_KEY=correct hunter2 staple PATH=/bin", ["SECRET_KEY"]),
        ("/bin/sh -c #(nop)  ENV DB_PASSWORD=hunter2", ["DB_PASSWORD"]),
        ("ARG API_TOKEN=hunter2", ["API_TOKEN"]),
        ("RUN |2 A=b API_TOKEN=my hunter2 /bin/sh -c true # buildkit", ["API_TOKEN"]),
        ("RUN /bin/sh -c export TOKEN='a hunter2' && true # buildkit", ["TOKEN"]),
        ("RUN /bin/sh -c tool --password hunter2 # buildkit", ["password"]),
        ("RUN /bin/sh -c tool --api-key=hunter2 # buildkit", ["api-key"]),
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
def test_secrets_in_the_history_are_named_and_never_shown(info, step, names):
    shown, found = info.hide_in_step(step)

    assert [name for name, _ in found] == names
    assert "hunter2" not in shown


@pytest.mark.parametrize(
    "step",
    [
        "RUN /bin/sh -c useradd --uid 10001 --gid 10001 uwsgi",
        "RUN /bin/sh -c apt-key adv --recv-keys 7169605F62C751356D054A26",
        "RUN /bin/sh -c python -c 'sorted(names, key=len)'",
        "RUN /bin/sh -c REDISCLI_AUTH=$(cat /run/secrets/redis_password) redis-cli ping",
        "RUN /bin/sh -c curl --fail http://localhost:5000/health || exit 1",
        "LABEL org.opencontainers.image.title=debian:13 maintainer=me",
        "EXPOSE map[5000/tcp:{}]",
    ],
)
def test_ordinary_steps_stay_as_they_are(info, step):
    assert info.hide_in_step(step) == (step, [])


def test_a_word_of_a_command_may_be_the_value_of_the_word_before(info):
    shown, found = info.hide_in_list(["tool", "--password", "hunter2", "--token=hunter2", "run"])

    assert shown == ["tool", "--password", "***", "--token=***", "run"]
    assert found == [("password", "hunter2"), ("token", "hunter2")]


def test_an_environment_is_shown_without_its_secrets(info):
    given = ["PATH=/bin", "DB_PASSWORD=hunter2", "DATABASE_URL=mysql://blog:hunter3@db/blog"]
    shown, found = info.hide_in_values(info.variables(given))

    assert shown == {
        "PATH": "/bin",
        "DB_PASSWORD": "***",
        "DATABASE_URL": "mysql://blog:***@db/blog",
    }
    assert found == [("DB_PASSWORD", "hunter2"), ("DATABASE_URL", "hunter3")]


def test_no_secret_of_an_image_is_handed_on(info, store):
    facts = {
        "Id": f"sha256:{'d' * 64}",
        "RepoTags": ["bad:latest"],
        "RepoDigests": [],
        "Size": 120,
        "RootFS": {"Layers": [BASE, VENV]},
        "Config": {
            "Env": ["SECRET_KEY=hunter2"],
            "Cmd": ["serve", "--password", "hunter2"],
            "Labels": {"api_token": "hunter2", "PASSWORD": "hunter2"},
            # Nothing here but the other places tells that this is one.
            "Healthcheck": {"Test": ["CMD", "probe", "-a", "hunter2"], "Interval": 10**10},
        },
    }
    history = [
        entry("RUN /bin/sh -c TOKEN=hunter2 make # buildkit", 20),
        entry("ADD root.tar / # buildkit", 100),
    ]
    image = info.described_image({"SharedSize": 100}, facts, history, store)

    assert "hunter2" not in json.dumps(image)
    assert image["secrets"] == {
        "environment": ["SECRET_KEY"],
        "command": ["password"],
        "labels": ["PASSWORD", "api_token"],
    }
    assert [step["package_lists"] for step in image["steps"]] == [0, 2000]
    assert image["healthcheck"] == 'HEALTHCHECK --interval=10s CMD ["probe", "-a", "***"]'


def test_disk_is_counted_as_docker_counts_it(info):
    usage = {
        "LayersSize": 300,
        "Images": [
            {"Size": 150, "SharedSize": 100, "Containers": 2},
            {"Size": 100, "SharedSize": 100, "Containers": 0},
        ],
        "Containers": [{"State": "running", "SizeRw": 5}, {"State": "exited", "SizeRw": 7}],
        "Volumes": [
            {"UsageData": {"RefCount": 1, "Size": 40}},
            {"UsageData": {"RefCount": 0, "Size": 2}},
        ],
        "BuildCache": [
            {"Size": 100, "Shared": True, "InUse": False},
            {"Size": 30, "Shared": False, "InUse": False},
            {"Size": 8, "Shared": False, "InUse": True},
        ],
    }

    assert [tuple(row.values()) for row in info.disk_usage(usage)] == [
        ("Images", 2, 1, 300, 250),
        ("Containers", 2, 1, 12, 7),
        ("Local Volumes", 2, 1, 42, 2),
        ("Build Cache", 3, 1, 38, 30),
    ]


def test_a_machine_without_an_engine_says_so(run_module, tmp_path):
    reply = run_module("docker_layers_info", docker_host=f"unix://{tmp_path}/nobody.sock")

    assert "does not answer" in reply["problem"]
    assert not reply["changed"]
