"""How gunicorn serves the blog."""

import logging

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
accesslog = "-"
# Health checks come all day long; only their failures are worth a line.
_CHECKS = ("/healthz", "/readyz")
logging.getLogger("gunicorn.access").addFilter(
    lambda line: line.args["U"] not in _CHECKS or line.args["s"] >= "500"
)
