"""How gunicorn serves the blog; each name is one of its settings."""

from datetime import timedelta
from typing import Any

from gunicorn.glogging import Logger


class QuietLogger(Logger):
    """Leaves out the probes, which come all day long; only their failures are worth a line."""

    def access(self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta) -> None:
        """Log one request."""
        if environ["PATH_INFO"] != "/healthz" or resp.status_code != 200:
            super().access(resp, req, environ, request_time)


bind = "0.0.0.0:5000"
workers = 2
threads = 4
# A setting that can't be used ends the program; without this, one worker after the other would
# fail on it.
preload_app = True
graceful_timeout = 5
logger_class = QuietLogger
accesslog = "-"
# Nobody steers a container's server through a socket, and there is no home to put one in.
control_socket_disable = True
