"""The database: what its columns hold, and the time limits of its connections."""

from datetime import UTC, datetime
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    URL,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    NullPool,
    String,
    TypeDecorator,
    create_engine,
)
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase

MYSQL = ("mysql", "mariadb")
_SECONDS_TO_CONNECT = 3
_SECONDS_TO_ANSWER = 5


class Base(DeclarativeBase):
    """What all tables have in common: constraints with names, so that migrations can find them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment in UTC; the database keeps it without its time zone."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 -- the signature is SQLAlchemy's
    ) -> datetime | None:
        """Leave the time zone out."""
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(
        self,
        value: datetime | None,
        dialect: Dialect,  # noqa: ARG002 -- the signature is SQLAlchemy's
    ) -> datetime | None:
        """Put it back."""
        return value.replace(tzinfo=UTC) if value else None


def caseless(length: int) -> String:
    """Text in which Ada and ada are the same, in comparisons and in a unique index."""
    return String(length, collation="NOCASE").with_variant(
        String(length, collation="utf8mb4_unicode_ci"), *MYSQL
    )


class DatabaseNotReadyError(SystemExit):
    """The database is not there in time. Where nobody catches it, the program ends so."""


def reason_of(error: SQLAlchemyError) -> str:
    """Say what the database, or the connection to it, reports."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return str(cause.args[-1]) if cause and cause.args else str(error)


def engine_options(url: URL) -> dict[str, Any]:
    """Choose the options with which a pool of connections survives a restart of the database."""
    if url.get_backend_name() not in MYSQL:
        return {}
    return {
        "pool_pre_ping": True,
        "pool_recycle": 1800,
        "pool_timeout": _SECONDS_TO_ANSWER,
        "connect_args": {
            "connect_timeout": _SECONDS_TO_CONNECT,
            "read_timeout": _SECONDS_TO_ANSWER,
            "write_timeout": _SECONDS_TO_ANSWER,
        },
    }


def unpooled_engine(url: URL) -> Engine:
    """Make an engine without a limit for statements, for the long ones that alter tables."""
    connect_args = (
        {"connect_timeout": _SECONDS_TO_CONNECT} if url.get_backend_name() in MYSQL else {}
    )
    return create_engine(url, poolclass=NullPool, connect_args=connect_args)
