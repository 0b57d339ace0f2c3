"""Draw the report as an HTML page that needs nothing from elsewhere, in English or in French."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import jinja2

from tools.image_report.model import Report, short_id, without_host

FOLDER = Path(__file__).parent
# File name by language; the pages link to each other.
PAGES = {"en": "lab.html", "fr": "lab.fr.html"}


def size_text(size: float) -> str:
    """Bytes as Docker prints them, in both languages: a class compares."""
    units = ["B", "kB", "MB", "GB", "TB"]
    while size >= 1000 and len(units) > 1:
        size /= 1000
        units.pop(0)
    return f"{size:.4g}{units[0]}"


def moment(text: str) -> str:
    """A date of the engine, ISO 8601, to the minute; empty where there is none."""
    try:
        when = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        return ""
    # Year 1 is the engine's word for never.
    return f"{when:%Y-%m-%d %H:%M} UTC" if when.year > 1 else ""


def in_lines(instruction: str) -> str:
    """A long RUN, one command on each line."""
    return re.sub(r"\s+(&&|\|\|)\s+", r"\n    \1 ", instruction)


def render(report: Report, language: str) -> str:
    """The page.

    :param language: one of PAGES
    :raises KeyError: when a sentence was not translated
    """
    french = json.loads((FOLDER / "fr.json").read_text("utf-8")) if language == "fr" else None

    def gettext(message: str) -> str:
        return french[message] if french else message

    def ngettext(singular: str, plural: str, number: int) -> str:
        return gettext(singular if number == 1 or (french and number == 0) else plural)

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        # Labels, instructions and names were written by strangers.
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
        extensions=["jinja2.ext.i18n"],
    )
    environment.policies["ext.i18n.trimmed"] = True
    # The extension adds this method.
    environment.install_gettext_callables(gettext, ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters |= {
        "in_lines": in_lines,
        "moment": moment,
        "short_id": short_id,
        "size": size_text,
        "without_host": without_host,
    }
    return environment.get_template("page.html.j2").render(
        report=report,
        by_id={image.id: image for image in report.images},
        language=language,
        pages=PAGES,
    )
