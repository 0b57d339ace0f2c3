"""The list that `make releases` prints."""

import json
import os
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
GOOD = {"number": 2, "made": "2026-11-01T10:00:00Z", "by": "ada", "changed": ["redis: new"]}


def test_a_damaged_release_is_named_and_hides_no_other(tmp_path):
    releases = tmp_path / "releases"
    releases.mkdir()
    (releases / "1.json").write_text('{"number": 1, "images')
    (releases / "2.json").write_text(json.dumps(GOOD))
    (releases / "current.json").symlink_to("1.json")
    inventory = tmp_path / "hosts.ini"
    # Nobody answers at that port.
    inventory.write_text("[docker_nodes]\nvm ansible_host=127.0.0.1 ansible_port=1\n")

    done = subprocess.run(
        [
            Path(sys.executable).with_name("ansible-playbook"),
            f"--inventory={inventory}",
            f"--extra-vars={json.dumps({'images_releases_dir': str(releases)})}",
            "playbooks/releases.yml",
        ],
        cwd=PROJECT,
        env=os.environ | {"ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    lines = [line.split() for line in done.stdout.splitlines()]

    assert ["*", "1", "damaged:", "remove", str(releases / "1.json")] in lines
    assert ["2", "2026-11-01", "10:00", "ada", "redis:", "new"] in lines
