"""The checks are right about applications from git, too."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
# What side_effect.yml deployed.
DEPLOYED = {
    "microblog_repo": "file:///srv/git/simple",
    "microblog_version": "v1",
    "microblog_complete_repo": "file:///srv/git/complete",
    "microblog_complete_version": "main",
}


def test_checks_of_the_blogs_pass(ansible_playbook, tmp_path):
    variables = DEPLOYED | {"check_facts_dir": str(tmp_path)}
    code, said = ansible_playbook(
        "--inventory=molecule/inventory",
        "playbooks/check_facts.yml",
        f"--extra-vars={json.dumps(variables)}",
    )
    assert code == 0, said

    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", f"--facts={tmp_path}", "checks/microblog"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
