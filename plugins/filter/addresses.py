"""Names and addresses of machines, as URLs and certificates write them."""

from __future__ import annotations

import ipaddress
from typing import Any


def url_host(host: str) -> str:
    """The host of a URL: an address of IPv6 stands in brackets."""
    return f"[{host}]" if ":" in host else host


def subject_alt_names(hosts: list[str]) -> list[str]:
    """What a certificate says of machines that are called so, each once."""
    return list(dict.fromkeys(map(_subject_alt_name, hosts)))


def _subject_alt_name(host: str) -> str:
    try:
        return f"IP:{ipaddress.ip_address(host)}"
    except ValueError:
        return f"DNS:{host}"


class FilterModule:
    """The filters of this file, as Ansible wants them."""

    def filters(self) -> dict[str, Any]:
        return {"subject_alt_names": subject_alt_names, "url_host": url_host}
