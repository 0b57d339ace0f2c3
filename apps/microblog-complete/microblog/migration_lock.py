"""One replica at a time migrates the database; migrations/env.py asks for it here."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, text

from .database import MYSQL, DatabaseNotReadyError

# Locks have names that are the server's, not the database's.
_LOCK = text("SELECT GET_LOCK(CONCAT(DATABASE(), '.migrations'), :timeout)")
_UNLOCK = text("SELECT RELEASE_LOCK(CONCAT(DATABASE(), '.migrations'))")


@contextmanager
def locked_connection(engine: Engine, timeout: int) -> Iterator[Connection]:
    """Give a connection to one replica; the others wait, and then find the work done."""
    with engine.connect() as connection:
        if engine.dialect.name not in MYSQL:
            yield connection
            return
        # A session's lock goes with the session, so a replica that dies holds up nobody.
        with engine.connect() as holder:
            if holder.scalar(_LOCK, {"timeout": timeout}) != 1:
                raise DatabaseNotReadyError(
                    f"Another replica is still migrating the database after {timeout} seconds."
                )
            yield connection
            holder.execute(_UNLOCK)
