"""How gunicorn serves the blog."""

from typing import Any

from gunicorn.glogging import Logger

bind = "0.0.0.0:5000"
worker_class = "gthread"
workers = 2
threads = 4
# Loaded once, then shared by the workers; no connection is opened before they fork.
preload_app = True
timeout = 30
graceful_timeout = 8
max_requests = 10000
max_requests_jitter = 1000
# Always in memory, and writable in a container that is otherwise read-only.
worker_tmp_dir = "/dev/shm"  # noqa: S108
control_socket_disable = True


class QuietLogger(Logger):
    """Leaves out the probes, which come all day long; only their failures are worth a line."""

    def access(self, resp: Any, req: Any, environ: Any, request_time: Any) -> None:
        """Write a request's line."""
        if req.path not in {"/healthz", "/readyz"} or resp.status_code >= 500:
            super().access(resp, req, environ, request_time)


logger_class = QuietLogger
accesslog = "-"
