#!/usr/bin/python
"""Ask a registry for the digests of tags."""

from __future__ import annotations

from http.client import HTTPException
from urllib.error import HTTPError, URLError

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.urls import open_url

DOCUMENTATION = """
module: registry_manifest_info
short_description: Ask a registry for the digests of tags
description:
  - Asks for the headers of each manifest; no image is pulled.
author: identidock-lab maintainers
options:
  registry:
    description: Host and port.
    type: str
    required: true
  references:
    description: What to look for, each as C(<repository>:<tag>).
    type: list
    elements: str
    required: true
  username:
    description: Account of the registry.
    type: str
  password:
    description: Its password.
    type: str
  ca_path:
    description: Certificate of the authority that signed the registry's certificate.
    type: path
  absent_ok:
    description: A registry that does not answer or let us in has nothing; no error.
    type: bool
    default: false
"""

EXAMPLES = """
- name: Find the digest of a tag
  registry_manifest_info:
    registry: registry.lab:5443
    references: [identidock:1.0]
    username: admin
    password: "{{ lab_passwords.admin }}"
    ca_path: /etc/docker/certs.d/registry.lab:5443/ca.crt
  register: found

- name: Print the reference by digest
  ansible.builtin.debug:
    msg: registry.lab:5443/identidock@{{ found.digests["identidock:1.0"] }}
"""

RETURN = """
digests:
  description: The digest of each reference, null where the registry does not have it.
  returned: success
  type: dict
  sample:
    identidock:1.0: sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae
    identidock:2.0: null
"""

# Both forms in which Docker and Buildx push images.
ACCEPT = ", ".join(
    [
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
    ]
)


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "registry": {"type": "str", "required": True},
            "references": {"type": "list", "elements": "str", "required": True},
            "username": {"type": "str"},
            "password": {"type": "str", "no_log": True},
            "ca_path": {"type": "path"},
            "absent_ok": {"type": "bool", "default": False},
        },
        supports_check_mode=True,
    )
    asked = module.params
    digests: dict[str, str | None] = dict.fromkeys(asked["references"])
    for reference in asked["references"]:
        repository, _, tag = reference.rpartition(":")
        try:
            reply = open_url(
                f"https://{asked['registry']}/v2/{repository}/manifests/{tag}",
                method="HEAD",
                headers={"Accept": ACCEPT},
                url_username=asked["username"],
                url_password=asked["password"],
                force_basic_auth=bool(asked["username"]),
                ca_path=asked["ca_path"],
                use_proxy=False,
                timeout=10,
            )
        except HTTPError as error:
            if error.code == 404:
                continue
            if error.code in (401, 403):
                if asked["absent_ok"]:
                    break
                who = f"the account {asked['username']}" if asked["username"] else "strangers"
                module.fail_json(
                    msg=f"The registry {asked['registry']} refuses {who}. Give it the password "
                    "the registry knows, or set the registry's password anew by running "
                    "playbooks/deploy.yml."
                )
            module.fail_json(
                msg=f"The registry {asked['registry']} answered {error.code} when asked for "
                f"{reference}. Its log on the VM: docker compose -f /opt/registry/compose.yaml logs"
            )
        except (URLError, OSError, HTTPException) as error:
            if asked["absent_ok"]:
                break
            module.fail_json(
                msg=f"The registry {asked['registry']} does not answer ({error}). Start it by "
                "running playbooks/deploy.yml."
            )
        else:
            digests[reference] = reply.headers["Docker-Content-Digest"]
    module.exit_json(changed=False, digests=digests)


if __name__ == "__main__":
    main()
