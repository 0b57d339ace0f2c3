#!/usr/bin/env python3
"""Write down what cold_site.sh puts on its VM and what it must know, from the roles and group_vars.

usage: cold_site_files.py DIRECTORY ADDRESS OFFSET

Whoever kept a lab in shell would have these files lying there, so it is no part of what is timed.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import init_plugin_loader
from ansible.template import Templar, trust_as_template

REPOSITORY = Path(__file__).resolve().parent.parent
# What comes later wins.
VARIABLES = [
    "roles/*/defaults/main.yml",
    "playbooks/group_vars/all/*.yml",
    "playbooks/group_vars/lab_vms.yml",
    "roles/*/vars/main.yml",
]


class Lab:
    """The variables of a lab of one VM, without its inventory."""

    def __init__(self) -> None:
        self._loader = DataLoader()
        self._variables: dict[str, Any] = {}
        for pattern in VARIABLES:
            for file in sorted(REPOSITORY.glob(pattern)):
                found = self._loader.load_from_file(str(file), trusted_as_template=True)
                self._variables |= found or {}

    def know(self, **values: Any) -> None:
        """Take values in the place of those in the files."""
        self._variables |= values

    def value(self, expression: str, role: str = "") -> Any:
        """What an expression stands for, in a role if it finds files there."""
        path = str(REPOSITORY / "roles" / role)
        variables = self._variables | {"role_path": path, "ansible_search_path": [path]}
        templar = Templar(self._loader, variables=variables)
        return templar.template(trust_as_template(f"{{{{ {expression} }}}}"))

    def text(self, role: str, template: str) -> str:
        """A template of a role, filled in."""
        return str(self.value(f"lookup('ansible.builtin.template', '{template}')", role))


def module(name: str, **arguments: Any) -> dict[str, Any]:
    """Result of one of the lab's modules, run here."""
    command = [sys.executable, str(REPOSITORY / f"plugins/modules/{name}.py")]
    given = json.dumps({"ANSIBLE_MODULE_ARGS": arguments})
    done = subprocess.run(command, input=given, stdout=subprocess.PIPE, text=True, check=False)
    result: dict[str, Any] = json.loads(done.stdout)
    if done.returncode != 0:
        sys.exit(f"{name}: {result['msg']}")
    return result


def references(lab: Lab, separator: str, key: str) -> dict[str, str]:
    """Every image with its registry and its tag or version, by name."""
    registry = lab.value("lab_registry")
    return {
        image["name"]: f"{registry}/{image['repository']}{separator}{image[key]}"
        for image in lab.value("image_publish_images")
    }


def known_lab(address: str, offset: int) -> Lab:
    """The lab on the VM at this address, its images planned and its passwords made."""
    lab = Lab()
    lab.know(
        ansible_config_file=str(REPOSITORY / "ansible.cfg"),
        lab_registry_address=address,
        lab_port_offset=offset,
        lab_git_built={},
        __lab_vm_apt=module("apt_sources_info"),
        __lab_vm_network_found={},
        # Only there for a second run.
        __registry_config_version="bench",
    )
    lab.know(ansible_facts={"default_ipv4": {"mtu": lab.value("__lab_vm_mtu")}})

    passwords = {account: secrets.token_hex(12) for account in lab.value("passwords_accounts")}
    lab.know(lab_passwords=passwords)

    # The bases' content is not known yet.
    suites = lab.value("base_image_suites")
    lab.know(base_image_tags={suite: f"{version}-bench" for suite, version in suites.items()})
    bases = lab.value("image_build_bases")
    plan = module(
        "build_context_info",
        root=lab.value("image_build_root"),
        images=lab.value("image_build_images"),
        bases=bases,
    )["images"]
    lab.know(
        lab_built={"bases": bases, "images": plan},
        __image_build_missing=plan,
        __image_build_names=[image["name"] for image in plan],
    )
    # A registry takes a tag wherever it takes a digest.
    lab.know(lab_images=references(lab, ":", "tag"), published=references(lab, "@", "tag"))
    return lab


def vm_files(lab: Lab) -> dict[str, str]:
    """Content of each file on the VM, by path; certificates aside."""
    files = {
        "etc/docker/daemon.json": lab.value("__docker_engine_defaults | to_nice_json"),
        "etc/gitconfig": lab.text("lesson_node", "gitconfig.j2"),
        "opt/identidock/edge/haproxy.cfg": lab.text("identidock", "haproxy.cfg.j2"),
        "opt/registry/config/haproxy.cfg": lab.text("registry", "haproxy.cfg.j2"),
        "opt/registry/config/htpasswd": lab.value("__registry_htpasswd"),
        "opt/registry/config/mirror.yml": lab.value("__registry_mirror | to_nice_yaml"),
        "opt/registry/config/registry.yml": lab.value("__registry_server | to_nice_yaml"),
        "root/bench/apps/docker-bake.json": lab.value(
            "lookup('ansible.builtin.template', 'docker-bake.yml.j2') | from_yaml | to_nice_json",
            "image_build",
        ),
    }
    for role in ("registry", "identidock", "microblog", "microblog_complete", "healthcheck"):
        stack = role.replace("_", "-")
        files[f"opt/{stack}/compose.yaml"] = lab.text(role, "compose.yaml.j2")
    for role in ("identidock", "microblog_complete"):
        for name, content in lab.value(f"__{role}_secrets", role).items():
            files[f"opt/{role.replace('_', '-')}/secrets/{name}"] = content
    index = lab.value("site_pip_index_url")
    files["root/bench/apps/pip.conf"] = f"[global]\nindex-url = {index}\n" if index else ""
    for number, certificate in enumerate(lab.value("site_ca_certificates"), 1):
        files[f"root/bench/certificates/site-{number}.crt"] = f"{certificate}\n"
    return files


def settings(lab: Lab) -> dict[str, list[str]]:
    """The lines of each list that the script works through, by name."""
    contents = references(lab, ":", "tag").values()
    versions = references(lab, ":", "version").values()
    base = lab.value("base_image_names[0]")
    return {
        "admin_password": [lab.value("lab_passwords.admin")],
        "bases": [f"{suite} {base}:{tag}" for suite, tag in lab.value("base_image_tags").items()],
        "capabilities": lab.value("__lab_vm_capabilities"),
        "contents": list(contents),
        "debian_mirror": [lab.value("__lab_vm_mirror | trim")],
        "engine_packages": lab.value("__docker_engine_packages.debian"),
        "mtu": [str(lab.value("__lab_vm_mtu"))],
        "ports": lab.value("lab_vm_published_ports"),
        "security_mirror": [lab.value("__lab_vm_security_mirror | trim")],
        "suite": [lab.value("lab_vm_suite")],
        "suites": list(lab.value("base_image_suites")),
        "tags": [" ".join(pair) for pair in zip(contents, versions, strict=True)],
        "versions": list(versions),
        "vm_packages": lab.value("lab_vm_packages"),
    }


def main(directory: str, address: str, offset: int) -> None:
    init_plugin_loader()
    work = Path(directory)
    lab = known_lab(address, offset)
    written = {f"vm/{path}": content for path, content in vm_files(lab).items()}
    for name, lines in settings(lab).items():
        written[f"vm/root/bench/{name}"] = "".join(f"{line}\n" for line in lines)
    arguments = {
        # The module needs Ansible's helpers, so it does not run on the VM.
        "registry": f"localhost:{lab.value('lab_registry_port') + offset}",
        "aliases": lab.value(
            "image_publish_aliases | published_aliases(image_publish_images, published)"
        ),
        "username": "admin",
        "password": lab.value("lab_passwords.admin"),
        "ca_path": str(work / "ca.crt"),
    }
    written["aliases.json"] = json.dumps({"ANSIBLE_MODULE_ARGS": arguments})
    for path, content in written.items():
        (work / path).parent.mkdir(parents=True, exist_ok=True)
        (work / path).write_text(content, encoding="utf-8")
    for name, versions in lab.value("__lesson_node_repositories", "lesson_node").items():
        module(
            "git_history",
            path=f"{work}/vm{lab.value('lesson_node_git_dir')}/{name}.git",
            author="identidock-lab <identidock-lab@localhost>",
            description=f"{name} of identidock-lab, in the place of the course's",
            versions=versions,
        )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
