"""Monsters kept in Redis."""

import threading
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError
from redis.retry import Retry

from .breaker import CircuitBreaker


class Cache:
    """A cache all replicas share; each method raises UnavailableError when Redis is down."""

    def __init__(self, config: dict[str, Any], connect: Callable[[], Redis] | None = None) -> None:
        """Connect when it is first used, and never for long."""
        self._connect = connect or partial(
            Redis,
            host=config["REDIS_HOST"],
            port=config["REDIS_PORT"],
            unix_socket_path=config["REDIS_SOCKET"] or None,
            db=config["REDIS_DB"],
            password=config["REDIS_PASSWORD"] or None,
            socket_connect_timeout=config["REDIS_TIMEOUT"],
            socket_timeout=config["REDIS_TIMEOUT"],
            single_connection_client=True,
            # Redis may have been started anew since; all else the circuit breaker decides.
            retry=Retry(NoBackoff(), 1, (RedisConnectionError,)),
        )
        self._of_thread = threading.local()
        self._expiry = config["CACHE_EXPIRY"]
        # A claim lasts for as long as drawing may take.
        self._claim_milliseconds = round(1000 * config["RENDERER_TIMEOUT"]) + 500
        self._breaker = CircuitBreaker("redis", RedisError, OSError)

    @property
    def _redis(self) -> Redis:
        """The thread's own connection: taking turns at a pool costs half as much as a command."""
        if not hasattr(self._of_thread, "redis"):
            self._of_thread.redis = self._connect()
        return cast("Redis", self._of_thread.redis)

    def find_or_claim(self, name: str) -> bytes | None:
        """Give a PNG; None when the caller is now to draw it; nothing in it when another one is.

        One command looks up and claims, so that no two callers draw the same. It needs Redis 7.
        """
        with self._breaker.guard():
            key, milliseconds = f"monster:{name}", self._claim_milliseconds
            png = self._redis.set(key, b"", nx=True, get=True, px=milliseconds)
            return cast("bytes | None", png)

    def keep(self, name: str, png: bytes) -> None:
        """Keep what was drawn."""
        with self._breaker.guard():
            self._redis.set(f"monster:{name}", png, ex=self._expiry)

    def give_up(self, name: str) -> None:
        """Leave a claimed monster to somebody else."""
        with self._breaker.guard():
            self._redis.delete(f"monster:{name}")

    def check(self) -> None:
        """Return when Redis answers."""
        with self._breaker.guard():
            self._redis.ping()
