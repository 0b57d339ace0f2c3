"""Write an htpasswd file."""

from __future__ import annotations

import hashlib
from typing import Any

import bcrypt
from ansible.errors import AnsibleFilterError

# bcrypt reads no more of a password.
LONGEST = 72


def htpasswd(accounts: dict[str, Any], secret: str, rounds: int) -> str:
    """One line for each account, its password hashed with bcrypt.

    :param accounts: passwords by account
    :param secret: the salts are derived from it, so that the same passwords give the same lines
    :param rounds: cost of a password check, as a power of two
    """
    lines = []
    for account, value in accounts.items():
        password = str(value).encode()
        if len(password) > LONGEST:
            raise AnsibleFilterError(
                f"The password of the account {account} is longer than {LONGEST} bytes, which "
                "bcrypt cannot hash. Choose a shorter one."
            )
        # 22 letters, of which the last may be one of four only.
        salt = hashlib.sha256(f"{secret}{account}".encode()).hexdigest()[:21] + "e"
        hashed = bcrypt.hashpw(password, f"$2b${rounds:02}${salt}".encode())
        lines.append(f"{account}:{hashed.decode()}\n")
    return "".join(lines)


class FilterModule:
    """The filters of this file, as Ansible wants them."""

    def filters(self) -> dict[str, Any]:
        return {"htpasswd": htpasswd}
