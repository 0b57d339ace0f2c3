"""How gunicorn serves the blog; each name is one of its settings."""

import logging

workers = 2
threads = 4
# A refused setting ends the program at once, not one worker after the other.
preload_app = True
graceful_timeout = 5
accesslog = "-"
# There is no home to put a control socket in, and nobody to use it.
control_socket_disable = True
# Health checks come all day long; only their failures are worth a line.
logging.getLogger("gunicorn.access").addFilter(
    lambda line: (line.args["U"], line.args["s"]) != ("/healthz", "200")
)
