"""Search in posts, with the database's own full-text index."""

import re

from sqlalchemy import Select, false
from sqlalchemy.dialects.mysql import match

from .database import MYSQL, db
from .models import Post, newest_posts

LONGEST_QUERY = 100
# MariaDB's index leaves out the l of l'été, so a search must not ask for it.
_ELISION = re.compile(r"\b\w['\u2019](?=\w)")
# Operators of a search, such as + and *, are not part of a word.
_WORD = re.compile(r"\w+")
# Shorter words begin too many others.
_SHORTEST_BEGINNING = 3


def posts_with(query: str) -> Select[Post]:
    """Select the posts that have all the words or their beginnings, those that fit best first."""
    words = _WORD.findall(_ELISION.sub(" ", query))
    if not words:
        return newest_posts().where(false())
    if db.engine.dialect.name not in MYSQL:
        return newest_posts().where(*(Post.body.icontains(word, autoescape=True) for word in words))
    wanted = " ".join(
        f"+{word}*" if len(word) >= _SHORTEST_BEGINNING else f"+{word}" for word in words
    )
    fit = match(Post.body.expression, against=wanted).in_boolean_mode()
    return newest_posts().order_by(None).where(fit).order_by(fit.desc(), Post.id.desc())
