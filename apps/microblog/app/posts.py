"""What has been written so far."""

from typing import NamedTuple

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


class Post(NamedTuple):
    """Something that somebody says."""

    author: str
    body: LazyString


POSTS = (
    Post("Ada", _l("My image shrank from 900 MB to 130 today. All it took was a second stage.")),
    Post("Joe", _l("A container that stops at once isn't broken. It had nothing left to do.")),
    Post(
        "Grace",
        _l("Whatever changes least goes to the top of a Dockerfile. The cache says thanks."),
    ),
    Post(
        "Ada",
        _l("Two blogs, one image: ports 5000 and 5001 share every layer but the topmost."),
    ),
)
