"""What has been written so far."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Post:
    """Something that somebody says."""

    author: str
    body: str


POSTS = (
    Post("Ada", "My image shrank from 900 MB to 130 today. All it took was a second stage."),
    Post("Joe", "A container that stops at once isn't broken. It had nothing left to do."),
    Post("Grace", "Whatever changes least goes to the top of a Dockerfile. The cache says thanks."),
    Post("Ada", "Two blogs, one image: ports 5000 and 5001 share every layer but the topmost."),
)
