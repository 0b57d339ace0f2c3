"""The lab's keys of daemon.json beside those of its owner."""

import pytest

LAB = {
    "log-driver": "json-file",
    "log-opts": {"max-size": "10m", "max-file": "3"},
    "live-restore": True,
    "bip": "10.214.0.1/24",
    "registry-mirrors": ["https://registry.lab:5444"],
}


@pytest.fixture
def merge(load):
    """A function that merges the lab's keys into what a machine has."""
    module = load("filter/daemon_config")

    def merge(found, record=None, wanted=None, used=False, defaults=LAB):
        return module.merge_daemon_config(found, record, defaults, wanted or {}, used)

    return merge


def test_a_new_machine_gets_the_labs_configuration(merge):
    first = merge({}, wanted={"log-opts": {"max-size": "50m"}, "debug": True})

    assert first["config"] == LAB | {
        "log-opts": {"max-size": "50m", "max-file": "3"},
        "debug": True,
    }


@pytest.mark.parametrize(
    ("own", "left_out"),
    [
        ({"data-root": "/srv/docker"}, []),
        ({"live-restore": False}, []),
        ({"log-driver": "journald"}, ["log-opts"]),
        ({"log-opts": {"max-size": "1g"}}, ["log-driver"]),
        ({"bip": "172.30.0.1/16"}, []),
    ],
)
def test_the_owners_keys_stay_and_the_labs_join_them(merge, own, left_out):
    ours = {key: value for key, value in LAB.items() if key not in left_out}

    assert merge(own)["config"] == ours | own


def test_the_owners_mirrors_are_asked_after_the_labs(merge):
    merged = merge({"registry-mirrors": ["https://own.example"]})

    assert merged["config"]["registry-mirrors"] == [
        "https://registry.lab:5444",
        "https://own.example",
    ]


def test_an_engine_that_ran_before_keeps_its_networks(merge):
    first = merge({"data-root": "/srv/docker"}, used=True)

    assert "bip" not in first["config"]
    assert "bip" not in merge(first["config"], first["record"], used=True)["config"]


def test_the_labs_own_networks_stay_when_the_engine_has_run(merge):
    first = merge({})

    assert merge(first["config"], first["record"], used=True)["config"] == LAB


@pytest.mark.parametrize(
    "own",
    [{}, {"data-root": "/srv/docker", "log-driver": "local", "registry-mirrors": ["https://own"]}],
)
@pytest.mark.parametrize("wanted", [{}, {"userland-proxy": False, "log-driver": "journald"}])
def test_the_second_time_changes_nothing(merge, own, wanted):
    first = merge(own, wanted=wanted)
    second = merge(first["config"], first["record"], wanted, used=True)

    assert second["changed"] == []
    assert second["record"] == first["record"]


@pytest.mark.parametrize(
    "own",
    [{}, {"log-driver": "local", "userland-proxy": True, "registry-mirrors": ["https://own"]}],
)
def test_what_is_taken_out_of_the_settings_goes_and_what_it_replaced_returns(merge, own):
    plain = merge(own)
    changed = merge(
        plain["config"], plain["record"], {"userland-proxy": False, "log-driver": "journald"}
    )
    back = merge(changed["config"], changed["record"])

    assert changed["config"]["userland-proxy"] is False
    assert back["config"] == plain["config"]
    assert merge(back["config"], back["record"], defaults={})["config"] == own


def test_a_key_that_the_owner_changed_since_is_the_owners(merge):
    first = merge({})
    edited = first["config"] | {"live-restore": False}

    assert merge(edited, first["record"])["config"]["live-restore"] is False


def test_a_lab_from_before_the_record_is_taken_over(merge):
    adopted = merge(dict(LAB), used=True)

    assert adopted["changed"] == []
    assert merge(LAB, adopted["record"], defaults={}, used=True)["config"] == {}


@pytest.mark.parametrize(
    ("own", "restart"),
    [
        ({"log-driver": "local", "bip": "172.30.0.1/16"}, False),
        ({"bip": "172.30.0.1/16"}, True),
    ],
)
def test_the_engine_is_restarted_only_for_what_it_cannot_reload(merge, own, restart):
    assert merge(own)["restart"] is restart


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ({"iptables": False}, ["iptables: false"]),
        ({"bridge": "none"}, ['bridge: "none"']),
        ({"userns-remap": "default"}, ['userns-remap: "default"']),
        ({"iptables": True, "bridge": "br0", "userns-remap": ""}, []),
    ],
)
def test_what_the_lab_cannot_work_with_is_told(merge, own, told):
    assert merge(own)["unusable"] == told
    assert merge(own, wanted={"iptables": True, "bridge": "", "userns-remap": ""})["unusable"] == []


@pytest.mark.parametrize(
    ("network", "shared"),
    [
        ("192.168.7.20/24", False),
        ("10.214.0.0/24", True),
        ("10.214.0.200/32", True),
        # The machine's network contains the containers', and the other way round.
        ("10.0.0.0/8", True),
        ("10.214.128.0/24", False),
        ("fd00::/8", False),
    ],
)
def test_networks_that_share_addresses_are_told(load, network, shared):
    overlaps = load("filter/daemon_config").network_overlaps

    assert overlaps(["10.214.0.1/24"], [network]) == (
        [f"10.214.0.1/24 and {network}"] if shared else []
    )
