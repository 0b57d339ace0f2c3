"""Take passwords and other secrets out of an image's history."""

from __future__ import annotations

import re
from functools import partial

HIDDEN = "***"
# Names with the values that were hidden.
Secrets = list[tuple[str, str]]

# Names of secrets, and names that only sound like one.
SECRET = re.compile(
    r"(?i:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|CREDENTIAL)"
    r"|(?:^|_)(?:KEY|PASS)S?(?:_|$)|^--?(?:.*-)?(?:key|pass)$"
)
HARMLESS = re.compile(
    r"(?i)[_-](?:FILE|PATH|DIR|ID|NAME|TYPE|TTL|LENGTH)$|(?:GPG|RECV|PUBLIC|PUB|HOST)[_-]KEYS?$"
)
# Switches, paths, and what the shell puts in are not secrets themselves.
NOT_A_VALUE = re.compile(
    r"(?i)[\"']?(?:(?:/[\w.-]+)+/?|\$[a-z_({].*|0|1|true|false|yes|no|on|off|none|null|)[\"']?$"
)

VALUE = r"\"[^\"]*\"|'[^']*'|[^\s\"';&|)]+"
ASSIGNMENT = re.compile(rf"(?<![\w$-])(?P<name>-{{0,2}}[A-Za-z_][\w-]*)=(?P<value>{VALUE})")
OPTION = re.compile(rf"(?<!\S)(?P<name>--[A-Za-z][\w-]*)\s+(?P<value>{VALUE})")
# In the exec form an option's value is the next word.
EXEC_OPTION = re.compile(r'"(?P<name>--?[A-Za-z][\w-]*)",? (?P<value>"(?:[^"\\]|\\.)*")')
SHELL = (ASSIGNMENT, OPTION, EXEC_OPTION)
# BuildKit writes the values of ENV, ARG, LABEL and build arguments without their quotes.
UNQUOTED = re.compile(
    r"(?<!\S)(?P<name>[A-Za-z_][\w.-]*)=(?P<value>.*?)(?=\s+[A-Za-z_][\w.-]*=|$)", re.DOTALL
)
# What gives itself away by its shape, with the name to report it by.
SHAPES = {
    "password in an address": re.compile(r"(?<=://)[^\s/:@]*:(?P<value>[^\s/@$]+)(?=@)"),
    "authorization header": re.compile(r"(?i)\b(?:bearer|basic)\s+(?P<value>[\w.~+/=-]{8,})"),
    "password of curl": re.compile(
        r"curl\s[^&|;]*?(?:-u|--user)[ =]?[\"']?[^\s:\"'$]+:(?P<value>[^\s\"'$]+)"
    ),
    "password for chpasswd": re.compile(
        r"\becho\s+[\"']?[^\s:\"']+:(?P<value>[^\s\"'|$]+)(?=[\"']?\s*\|\s*chpasswd)"
    ),
    "access token": re.compile(
        r"(?P<value>\bAKIA[0-9A-Z]{16}|\bgh[pousr]_\w{20,}|\bglpat-[\w-]{20,})"
    ),
    "private key": re.compile(r"(?P<value>-----BEGIN [A-Z ]*PRIVATE KEY-----.*)", re.DOTALL),
}

BUILD_ARGUMENTS = re.compile(
    r"(?s)(?P<before>(?:RUN )?\|\d+ )(?P<arguments>.*?)(?P<after> \S*sh -\S+ .*)"
)
NOTES = re.compile(r"(?:/bin/sh -c #\(nop\)\s+)?(?:ENV|ARG|LABEL)\s")


def is_secret(name: str, value: str) -> bool:
    """Whether a variable or an option carries a secret, going by its name."""
    return bool(SECRET.search(name) and not HARMLESS.search(name) and not NOT_A_VALUE.match(value))


def redact(text: str, *patterns: re.Pattern[str]) -> tuple[str, Secrets]:
    """The text without the secrets in it, and these.

    :param patterns: how names and values are written in it
    """
    found: Secrets = []

    def hide(name: str, match: re.Match[str]) -> str:
        found.append((name, match["value"].strip("\"'")))
        start, end = (offset - match.start() for offset in match.span("value"))
        return match[0][:start] + HIDDEN + match[0][end:]

    def hide_named(match: re.Match[str]) -> str:
        if not is_secret(match["name"], match["value"]):
            return match[0]
        return hide(match["name"].lstrip("-"), match)

    for name, shape in SHAPES.items():
        text = shape.sub(partial(hide, name), text)
    for pattern in patterns:
        text = pattern.sub(hide_named, text)
    return text, found


def redact_step(step: str) -> tuple[str, Secrets]:
    """One entry of an image's history, as the engine has it, without its secrets; and these."""
    if arguments := BUILD_ARGUMENTS.fullmatch(step):
        given, found = redact(arguments["arguments"], UNQUOTED)
        command, more = redact(arguments["after"], *SHELL)
        return arguments["before"] + given + command, found + more
    if NOTES.match(step):
        return redact(step, UNQUOTED)
    return redact(step, *SHELL)


def secrets_of(environment: list[str]) -> Secrets:
    """The secrets among variables, each given as NAME=VALUE."""
    pairs = (each.partition("=") for each in environment)
    return [(name, value) for name, _, value in pairs if is_secret(name, value)]


def redact_history(steps: list[str], environment: list[str]) -> list[tuple[str, list[str]]]:
    """An image's history without its secrets; with each entry the names of those it gave away.

    :param steps: entries of the history, as the engine has them
    :param environment: the image's variables, each as NAME=VALUE
    """
    results = [redact_step(step) for step in steps]
    found = [secret for _, secrets in results for secret in secrets] + secrets_of(environment)
    # What one entry gives away may stand in another, where its form does not tell. Short values are
    # too likely to be a part of some other word.
    values = {value for _, value in found if len(value) > 5}
    redacted = []
    for text, secrets in results:
        for value in values:
            text = text.replace(value, HIDDEN)
        redacted.append((text, sorted({name for name, _ in secrets})))
    return redacted
