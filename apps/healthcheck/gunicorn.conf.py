"""How gunicorn serves the demonstration; each name is one of its settings."""

bind = "0.0.0.0:5000"
# Whether it was killed is known in one process only, so there must be no second one to ask.
workers = 1
threads = 4
graceful_timeout = 5
# With the probes: one sees Docker ask, and what it is told.
accesslog = "-"
# Nobody steers a container's server through a socket, and there is no home to put one in.
control_socket_disable = True
