"""The list that `make releases` prints."""

import json

GOOD = {"number": 2, "made": "2026-11-01T10:00:00Z", "by": "ada", "changed": ["redis: new"]}


def test_a_damaged_release_is_named_and_hides_no_other(printed, tmp_path):
    releases = tmp_path / "releases"
    releases.mkdir()
    (releases / "1.json").write_text('{"number": 1, "images')
    (releases / "2.json").write_text(json.dumps(GOOD))
    (releases / "current.json").symlink_to("1.json")
    inventory = tmp_path / "hosts.ini"
    # Nobody answers at that port.
    inventory.write_text("[docker_nodes]\nvm ansible_host=127.0.0.1 ansible_port=1\n")

    lines = printed(
        f"--inventory={inventory}",
        f"--extra-vars={json.dumps({'images_releases_dir': str(releases)})}",
        "playbooks/releases.yml",
    )
    words = [line.split() for line in lines]

    assert ["*", "1", "damaged:", "remove", str(releases / "1.json")] in words
    assert ["2", "2026-11-01", "10:00", "ada", "redis:", "new"] in words
