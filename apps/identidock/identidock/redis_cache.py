"""Monsters kept in Redis."""

from collections.abc import Callable
from typing import Any, Self

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from .fuse import Fuse
from .journal import journal
from .metrics import metrics
from .monsters import UnavailableError
from .settings import Settings

NAME = "redis"
_BEING_DRAWN = b""


class RedisCache:
    """A cache all replicas share; it also tells them who draws what is missing."""

    def __init__(
        self, redis: Redis, expiry: int, claim_expiry: float, fuse: Fuse | None = None
    ) -> None:
        """Keep monsters for `expiry` seconds, and a claim for as long as drawing may take."""
        self._redis = redis
        self._expiry = expiry
        self._claim_milliseconds = round(claim_expiry * 1000)
        self._fuse = fuse or Fuse(NAME)

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
        with self._fuse:
            reply: bytes | None = self._answer_of(
                self._redis.set,
                _key(name),
                _BEING_DRAWN,
                nx=True,
                get=True,
                px=self._claim_milliseconds,
            )
            return reply

    def keep(self, name: str, png: bytes) -> None:
        """Keep a drawn monster."""
        with self._fuse:
            self._answer_of(self._redis.set, _key(name), png, ex=self._expiry)

    def give_up(self, name: str) -> None:
        """Withdraw a claim."""
        with self._fuse:
            self._answer_of(self._redis.delete, _key(name))

    def check(self) -> None:
        """Ask Redis itself, whatever the fuse says."""
        self._answer_of(self._redis.ping)

    @staticmethod
    def _answer_of(command: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
        try:
            return command(*arguments, **options)
        except (RedisError, OSError) as error:
            metrics.count("failures", NAME)
            journal.warning("Redis does not answer", extra={"reason": str(error)})
            raise UnavailableError(NAME) from error


def _key(name: str) -> str:
    return f"monster:{name}"
