"""Users, their posts, and who follows whom."""

from datetime import UTC, datetime
from hashlib import sha256
from threading import Lock

from flask_login import UserMixin
from sqlalchemy import (
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Select,
    String,
    Table,
    and_,
    func,
    or_,
    select,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship
from werkzeug.security import check_password_hash, generate_password_hash

from .database import Base, UtcDateTime, caseless

LONGEST_USERNAME = 32
LONGEST_EMAIL = 120
LONGEST_POST = 280
LONGEST_ABOUT_ME = 280
USERNAME = rf"^[A-Za-z0-9][A-Za-z0-9_.-]{{1,{LONGEST_USERNAME - 1}}}\Z"

# scrypt takes 32 MB for each hash, and a container has memory for few at once.
_hash_lock = Lock()
_DUMMY_HASH = "scrypt:32768:8:1$nobody$" + "0" * 128


def _now() -> datetime:
    return datetime.now(UTC)


follows = Table(
    "follows",
    Base.metadata,
    Column("follower_id", ForeignKey("users.id"), primary_key=True),
    # The key begins with the follower; followers are looked up by whom they follow.
    Column("followed_id", ForeignKey("users.id"), primary_key=True, index=True),
)


class User(UserMixin, Base):
    """Somebody with an account."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(caseless(LONGEST_USERNAME), unique=True)
    email: Mapped[str] = mapped_column(caseless(LONGEST_EMAIL), unique=True)
    password_hash: Mapped[str] = mapped_column(String(255))
    about_me: Mapped[str] = mapped_column(String(LONGEST_ABOUT_ME), default="")
    joined_at: Mapped[datetime] = mapped_column(UtcDateTime, default=_now)

    def get_id(self) -> str:
        """Identify the account and its password, so that a new password ends older sessions."""
        return f"{self.id}.{sha256(self.password_hash.encode()).hexdigest()[:16]}"

    def set_password(self, password: str) -> None:
        """Store a hash of the password."""
        with _hash_lock:
            self.password_hash = generate_password_hash(password)


def has_password(user: User | None, password: str) -> bool:
    """Check the password; an unknown user takes as long as a wrong password."""
    with _hash_lock:
        matches = check_password_hash(user.password_hash if user else _DUMMY_HASH, password)
    return matches and user is not None


class Post(Base):
    """A post of a user."""

    __tablename__ = "posts"
    # SQLite, which only unit tests use, makes it an ordinary index.
    __table_args__ = (Index("ix_posts_body", "body", mysql_prefix="FULLTEXT"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    body: Mapped[str] = mapped_column(String(LONGEST_POST))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime, default=_now)
    author_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)

    author: Mapped[User] = relationship(lazy="joined", innerjoin=True)


def newest_posts() -> Select[Post]:
    """Select all posts; a later one has a higher number."""
    return select(Post).order_by(Post.id.desc())


def posts_by(user: User) -> Select[Post]:
    """Select the posts of a user."""
    return newest_posts().where(Post.author_id == user.id)


def feed_of(user: User) -> Select[Post]:
    """Select the posts of a user and of those whom the user follows."""
    followed = select(follows.c.followed_id).where(follows.c.follower_id == user.id)
    return newest_posts().where(or_(Post.author_id == user.id, Post.author_id.in_(followed)))


def follow_between(follower: User, followed: User) -> ColumnElement[bool]:
    """Match the row that says that one user follows the other."""
    return and_(follows.c.follower_id == follower.id, follows.c.followed_id == followed.id)


def count_following(user: User) -> Select[int]:
    """Count whom a user follows."""
    return select(func.count()).select_from(follows).where(follows.c.follower_id == user.id)


def count_followers(user: User) -> Select[int]:
    """Count the followers of a user."""
    return select(func.count()).select_from(follows).where(follows.c.followed_id == user.id)
