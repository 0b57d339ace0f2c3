"""Prove over HTTP that an application works."""

from __future__ import annotations

import http.client
import secrets
import time
import urllib.parse
from collections.abc import Callable
from typing import Any

from ansible.module_utils.compose import StackError

# Seconds for one answer, and its size at most.
ANSWER_TIMEOUT = 10
ANSWER_SIZE = 1024 * 1024
# What a proxy says while nobody stands behind it: ask again, as after silence.
NOBODY = (502, 503, 504)
# A wrong answer is asked for again so often.
TRIES = 3


def ask(
    url: str, form: dict[str, Any] | None = None, method: str = "GET"
) -> tuple[int, str, bytes]:
    """Status, type and content of an answer; no proxy is asked, and no redirect followed."""
    parts = urllib.parse.urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=ANSWER_TIMEOUT)
    body = urllib.parse.urlencode(form or {}) if method == "POST" else None
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
    path = urllib.parse.urlunsplit(("", "", parts.path or "/", parts.query, ""))
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers.get_content_type(), answer.read(ANSWER_SIZE)
    finally:
        connection.close()


def filled(value: Any, random: str) -> Any:
    """A value with its {random} filled in."""
    if isinstance(value, dict):
        return {name: filled(part, random) for name, part in value.items()}
    return value.replace("{random}", random) if isinstance(value, str) else value


def problem(url: str, step: dict[str, Any]) -> tuple[str, bool]:
    """What is wrong with an answer, else nothing, and whether it may be too early."""
    method = "POST" if step.get("post") else "GET"
    path = step.get("post") or step["get"]
    request = f"{method} {path}"
    try:
        status, kind, content = ask(url + path, step.get("form"), method)
    except (OSError, http.client.HTTPException) as error:
        return f"it did not answer {request} ({error or type(error).__name__})", True
    expected = step.get("status")
    # A redirect is as good an answer as a page, unless one of them is asked for.
    if status != expected if expected else not 200 <= status < 400:
        return f"it answered {status} to {request} ({expected or 200} expected)", status in NOBODY
    if step.get("type") and kind != step["type"]:
        return f"it answered {request} with {kind} ({step['type']} expected)", False
    if step.get("has") and step["has"].encode() not in content:
        return f"it answered {request} without {step['has']!r}", False
    return "", False


def prove(
    url: str,
    steps: list[dict[str, Any]],
    timeout: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Go through all steps; silence is asked until the time is over, a wrong answer thrice."""
    end = clock() + timeout
    tries = 0
    while True:
        random = secrets.token_hex(6)
        repeated = [step for step in steps for _ in range(step.get("times") or 1)]
        answers = (problem(url, filled(step, random)) for step in repeated)
        wrong, early = next((answer for answer in answers if answer[0]), ("", False))
        if not wrong:
            return
        tries += not early
        if tries == TRIES or clock() >= end:
            raise StackError(wrong)
        sleep(0.5)
