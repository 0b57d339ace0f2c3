"""What comes before the first request: the database answers, and has the tables of this version."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import OperationalError

from .database import MYSQL, SECONDS_TO_CONNECT, reason_of

_SECONDS_BETWEEN_TRIES = 1.0
# Locks have names that are the server's, not the database's.
_LOCK = text("SELECT GET_LOCK(CONCAT(DATABASE(), '.migrations'), :patience)")
_UNLOCK = text("SELECT RELEASE_LOCK(CONCAT(DATABASE(), '.migrations'))")


class NotReadyError(SystemExit):
    """The database is not there in time. Where nobody catches it, the program ends so."""


def patient_engine(url: URL) -> Engine:
    """Make an engine on which a statement may take its time, as one that alters a table does."""
    connect_args = (
        {"connect_timeout": SECONDS_TO_CONNECT} if url.get_backend_name() in MYSQL else {}
    )
    return create_engine(url, poolclass=NullPool, connect_args=connect_args)


def wait_for_database(engine: Engine, patience: float) -> None:
    """Come back when the database answers, or give up after some seconds."""
    deadline = time.monotonic() + patience
    while True:
        try:
            engine.connect().close()
        except OperationalError as error:
            if time.monotonic() + _SECONDS_BETWEEN_TRIES > deadline:
                raise NotReadyError(
                    f"The database at {engine.url.host} could not be used within "
                    f"{patience:g} seconds: {reason_of(error)}."
                ) from None
            time.sleep(_SECONDS_BETWEEN_TRIES)
        else:
            return


@contextmanager
def migrating_alone(engine: Engine, patience: int) -> Iterator[Connection]:
    """Lend a connection to one replica at a time; others wait, and find the work done."""
    with engine.connect() as connection:
        if engine.dialect.name not in MYSQL:
            yield connection
            return
        # A session's lock goes with the session, so a replica that dies holds up nobody.
        with engine.connect() as holder:
            if holder.scalar(_LOCK, {"patience": patience}) != 1:
                raise NotReadyError(
                    f"Another replica is still migrating the database after {patience} seconds."
                )
            yield connection
            holder.execute(_UNLOCK)
