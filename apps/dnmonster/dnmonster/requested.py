"""What a request asks for, checked: a name, a size, a format."""

import re
from collections.abc import Mapping
from unicodedata import category
from urllib.parse import parse_qs

from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

LONGEST_NAME = 256  # characters
SMALLEST, LARGEST, DEFAULT_SIZE = 12, 1024, 20  # pixels
SIZES = ("size", "width", "height")
FORMATS = {"png": "image/png", "svg": "image/svg+xml"}


class UnusableError(ValueError):
    """A request that can't be served; the message is one sentence for whoever sent it."""


def name_in(path: bytes) -> str:
    """Decode and check a name."""
    try:
        name = path.decode()
    except UnicodeDecodeError:
        raise UnusableError("A name is written in UTF-8.") from None
    if not 0 < len(name) <= LONGEST_NAME:
        raise UnusableError(f"A name has 1 to {LONGEST_NAME} characters.")
    if not name.isprintable() and any(category(character) == "Cc" for character in name):
        raise UnusableError("A name has no control characters.")
    return name


def arguments_in(query: str) -> Mapping[str, str]:
    """Take a query apart."""
    try:
        arguments = parse_qs(query, keep_blank_values=True, max_num_fields=20)
    except ValueError:
        raise UnusableError("A query has at most 20 arguments.") from None
    if any(len(arguments.get(key, ())) > 1 for key in (*SIZES, "format")):
        raise UnusableError("A size or a format is given once.")
    return {key: values[-1] for key, values in arguments.items()}


def size_in(arguments: Mapping[str, str]) -> int:
    """Take the largest of the sizes given."""
    texts = [arguments[key] for key in SIZES if key in arguments]
    if not all(re.fullmatch("[0-9]{1,9}", text) for text in texts):
        raise UnusableError("A size is a whole number of pixels.")
    size = max(map(int, texts), default=DEFAULT_SIZE)
    if not SMALLEST <= size <= LARGEST:
        raise UnusableError(f"A size is from {SMALLEST} to {LARGEST} pixels.")
    return size


def format_in(arguments: Mapping[str, str], accept: str) -> str:
    """Take the format asked for, or else the one the client likes better: PNG when in doubt."""
    if "format" in arguments:
        if arguments["format"] not in FORMATS:
            raise UnusableError("A format is png or svg.")
        return arguments["format"]
    accepted = parse_accept_header(accept.lower(), MIMEAccept)
    return "svg" if accepted[FORMATS["svg"]] > accepted[FORMATS["png"]] else "png"
