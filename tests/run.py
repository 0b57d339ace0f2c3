"""Run the project's tests stage by stage, with timings, and count what passed.

usage: python tests/run.py [STAGE...]

Stages: lint unit controller engine site browser by default, which is what each change must pass.
`make test-long` runs what takes longer than that may: machines scenarios cluster.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REPORTS = ROOT / ".lab" / "reports"
# Each application that has tests and types of its own.
APPS = sorted(file.parent.name for file in ROOT.glob("apps/*/pyproject.toml"))
# Each is a project of its own, with its own settings.
TYPED_APPS = 'for file in apps/*/pyproject.toml; do (cd "${file%/*}" && mypy); done'
PYTEST = [sys.executable, "-m", "pytest", "--quiet"]
# What a file's fixture made serves all its tests.
SIDE_BY_SIDE = ["--numprocesses=auto", "--dist=loadfile"]
ON_THE_VM = [*PYTEST, "--ansible-inventory=molecule/inventory"]
# What `default` leaves to scenarios on its VM. Of two, the tests with other people's applications,
# which are built anew each time, are left to the stage that runs those scenarios whole.
SITE_TESTS = {
    "registry": ["molecule/registry"],
    "identidock": ["molecule/identidock"],
    "lesson": ["checks/lesson"],
    "microblog": ["molecule/microblog/restarted", "molecule/microblog/service"],
}
# Python that belongs to no application.
TYPED = ["plugins", "tools", "checks", "bench", "tests"]
# They work on one core beside those that start machines and wait for them; all are done before the
# stage whose tests time what they see.
ASIDE = ("lint", "unit")
TIMED = "site"
# These run only when they are asked for.
LONG = ("machines", "scenarios", "cluster")
SCHEMA = ["check-jsonschema", "--builtin-schema"]

Commands = dict[str, list[str]]


def found(*patterns: str) -> list[str]:
    """Files of the project that match one of the patterns."""
    return sorted(str(file.relative_to(ROOT)) for each in patterns for file in ROOT.glob(each))


def report(name: str) -> str:
    """Pytest's option that writes what it counted."""
    return f"--junit-xml={REPORTS / name}.xml"


def molecule(action: str, scenario: str, *options: str) -> list[str]:
    """The command for an action of a scenario."""
    return ["molecule", action, f"--scenario-name={scenario}", *options]


def stages() -> dict[str, Commands]:
    """Every stage with its commands by name; a name that ends in @DIR runs there."""
    dockerfiles = found("apps/*/Dockerfile", "bench/*/Dockerfile", "roles/*/files/**/Dockerfile")
    workflows = found(".github/workflows/*.yml")
    install_tools = ["ansible-playbook", "playbooks/test_tools.yml"]
    shell_scripts = [
        ".ci/run",
        *found("apps/*/*.sh", "bench/*.sh", "roles/*/files/**/*.sh", "tests/*/*.sh"),
    ]
    return {
        "lint": {
            "ansible-lint": ["ansible-lint", "--offline"],
            "hadolint": ["hadolint", *dockerfiles],
            "shellcheck": ["shellcheck", *shell_scripts],
            "ruff": ["ruff", "check", "."],
            "ruff format": ["ruff", "format", "--check", "."],
            "mypy": ["mypy", *TYPED],
            "mypy applications": ["sh", "-euc", TYPED_APPS],
            "GitHub workflows": [*SCHEMA, "vendor.github-workflows", *workflows],
            "GitLab pipeline": [*SCHEMA, "vendor.gitlab-ci", ".gitlab-ci.yml"],
        },
        "unit": {
            **{
                f"pytest {app}@apps/{app}": [*PYTEST, "--cov", "--cov-fail-under=95", report(app)]
                for app in APPS
            },
            "pytest modules": [*PYTEST, *SIDE_BY_SIDE, "tests/unit", report("modules")],
        },
        "controller": {
            "pytest controller": [*PYTEST, "tests/controller", report("controller")],
        },
        "engine": {
            # What an earlier run left.
            "molecule destroy": ["molecule", "destroy"],
            # On a VM where nothing was published yet, as when it runs alone. The site comes there.
            "molecule test docker_engine": molecule("test", "docker_engine", "--destroy=never"),
        },
        "site": {
            "molecule converge": molecule("converge", "default"),
            "molecule verify": molecule("verify", "default"),
            # The whole site is what the other scenarios prepare, and it has passed their checks: on
            # the same VM come tests that are theirs alone. Then all must be as it was.
            **{
                f"pytest {name}": [*ON_THE_VM, *tests, report(f"molecule-{name}")]
                for name, tests in SITE_TESTS.items()
            },
            "pytest nothing to do": [
                *(*ON_THE_VM, "molecule/default/alone", "-k", "build or deploy"),
                report("molecule-nothing-to-do"),
            ],
        },
        "browser": {
            "install the test tools": install_tools,
            "browser": [*PYTEST, "tests/browser", report("browser")],
        },
        "machines": {
            "install the test tools": install_tools,
            "pytest machines": [
                *(*PYTEST, "--durations=0", "tests/machines/test_cgroup_v2.py"),
                report("machines"),
            ],
        },
        "scenarios": {
            f"molecule test {name}": molecule("test", name)
            for name in ("provider", "lesson", "microblog")
        },
        "cluster": {
            "install the test tools": install_tools,
            "pytest encrypted network": [
                *(*PYTEST, "tests/machines/test_encrypted_network.py"),
                report("encrypted-network"),
            ],
            "molecule test cluster": molecule("test", "cluster"),
        },
    }


def run(name: str, command: list[str], aside: bool = False) -> bool:
    """Run one command, with its output as it comes, or aside in one piece; whether it went well."""
    title, _, folder = name.partition("@")
    if not aside:
        print(f"\n==> {title}", flush=True)
    started = time.monotonic()
    done = subprocess.run(
        command,
        cwd=ROOT / folder,
        check=False,
        errors="replace",
        env=os.environ | ({"PYTEST_XDIST_AUTO_NUM_WORKERS": "1"} if aside else {}),
        stdout=subprocess.PIPE if aside else None,
        stderr=subprocess.STDOUT if aside else None,
    )
    took = time.monotonic() - started
    if aside:
        print(f"\n==> {title}, meanwhile\n{done.stdout}", end="", flush=True)
    print(f"<== {title}: {'ok' if done.returncode == 0 else 'FAILED'} in {took:.0f} s", flush=True)
    return done.returncode == 0


def run_stage(stage: str, commands: Commands, aside: bool = False) -> dict[str, bool]:
    """Run the commands of a stage; whether each went well."""
    results = {}
    for name, command in commands.items():
        results[f"{stage}: {name}"] = run(name, command, aside)
        # There is no lab to look at.
        if not results[f"{stage}: {name}"] and "converge" in command:
            break
    return results


def counted() -> tuple[int, int, list[str]]:
    """Tests passed and skipped, and the names of those that failed, as pytest's reports say."""
    passed, skipped, failed = 0, 0, []
    for file in sorted(REPORTS.glob("*.xml")):
        for test in ET.parse(file).getroot().iter("testcase"):
            results = {result.tag for result in test}
            if results & {"failure", "error"}:
                failed.append(f"{test.get('classname')}::{test.get('name')}")
            elif "skipped" in results:
                skipped += 1
            else:
                passed += 1
    return passed, skipped, failed


def main(wanted: list[str]) -> int:
    every = stages()
    if unknown := [stage for stage in wanted if stage not in every]:
        print(f"There is no stage {unknown[0]}; there are: {' '.join(every)}", file=sys.stderr)
        return 2
    for directory in (REPORTS.parent, REPORTS):
        directory.mkdir(mode=0o700, exist_ok=True)
    for file in REPORTS.glob("*.xml"):
        file.unlink()
    started = time.monotonic()
    chosen = wanted or [stage for stage in every if stage not in LONG]
    aside = [stage for stage in chosen if stage in ASIDE]
    others = [stage for stage in chosen if stage not in ASIDE]
    results: dict[str, bool] = {}
    with ThreadPoolExecutor(1) as pool:
        running = [pool.submit(run_stage, stage, every[stage], bool(others)) for stage in aside]
        for stage in others:
            if stage == TIMED:
                wait(running)
            results |= run_stage(stage, every[stage])
    for done in running:
        results |= done.result()
    if not wanted:
        results["clean up"] = run("molecule destroy", ["molecule", "destroy"])
    print(f"\nAll of it took {(time.monotonic() - started) / 60:.1f} minutes.")
    for name, good in results.items():
        print(f"  {'ok    ' if good else 'FAILED'}  {name.partition('@')[0]}")
    passed, skipped, failed = counted()
    for test in failed:
        print(f"  failed  {test}")
    passed += sum(results.values())
    bad = len(failed) + sum(not good for good in results.values())
    print(f"{passed} passed, {bad} failed, {skipped} skipped")
    return 1 if bad else 0


if __name__ == "__main__":
    os.environ.setdefault("ANSIBLE_FORCE_COLOR", "0")
    sys.exit(main(sys.argv[1:]))
