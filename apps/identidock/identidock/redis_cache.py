"""Monsters kept in Redis."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self

from redis import Redis
from redis.backoff import NoBackoff
from redis.connection import ConnectionInterface
from redis.exceptions import RedisError
from redis.retry import Retry

from .fuse import Fuse
from .journal import journal
from .metrics import metrics
from .monsters import UnavailableError
from .settings import Settings

NAME = "redis"
_BEING_DRAWN = b""
# About the command that follows it.
_NO_REPLY = ("CLIENT", "REPLY", "SKIP")


class RedisCache:
    """A cache all replicas share; it also tells them who draws what is missing."""

    def __init__(self, redis: Redis, expiry: int, claim_expiry: float) -> None:
        """Keep monsters for `expiry` seconds, and a claim for as long as drawing may take."""
        self._redis = redis
        self._expiry = expiry
        self._claim_milliseconds = round(claim_expiry * 1000)
        self._fuse = Fuse(NAME)

    @classmethod
    def from_settings(cls, settings: Settings) -> Self:
        """Connect lazily, and never for long."""
        redis = Redis(
            host=settings.redis_host,
            port=settings.redis_port,
            unix_socket_path=settings.redis_socket or None,
            db=settings.redis_db,
            password=settings.redis_password or None,
            socket_connect_timeout=settings.redis_timeout,
            socket_timeout=settings.redis_timeout,
            # The fuse decides when to try again.
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
        return cls(redis, settings.cache_expiry, claim_expiry=settings.renderer_timeout + 0.5)

    def find_or_claim(self, name: str) -> bytes | None:
        """Look up and claim in one command, which needs Redis 7."""
        claim = ("NX", "GET", "PX", self._claim_milliseconds)
        with self._fuse:
            reply: bytes | None = self._ask("SET", _key(name), _BEING_DRAWN, *claim)
            return reply

    def keep(self, name: str, png: bytes) -> None:
        """Keep a drawn monster, without waiting for Redis to say that it has it."""
        commands = [_NO_REPLY, ("SET", _key(name), png, "EX", self._expiry)]
        with self._fuse, self._connection() as connection:
            connection.send_packed_command(connection.pack_commands(commands))

    def give_up(self, name: str) -> None:
        """Withdraw a claim."""
        with self._fuse:
            self._ask("DEL", _key(name))

    def check(self) -> None:
        """Ask Redis itself, whatever the fuse says."""
        self._ask("PING")

    def _ask(self, *command: str | bytes | int) -> Any:
        with self._connection() as connection:
            connection.send_command(*command)
            return connection.read_response()

    @contextmanager
    def _connection(self) -> Iterator[ConnectionInterface]:
        """Lend a connection: redis-py's own methods take longer than Redis does."""
        pool = self._redis.connection_pool
        try:
            connection = pool.get_connection()
            try:
                yield connection
            finally:
                pool.release(connection)
        except (RedisError, OSError) as error:
            metrics.count("failures", NAME)
            journal.warning("Redis does not answer", extra={"reason": str(error)})
            raise UnavailableError(NAME) from error


def _key(name: str) -> str:
    return f"monster:{name}"
