"""How gunicorn serves the demonstration; each name is one of its settings."""

bind = "0.0.0.0:5000"
# Whether it was killed is known in one process only, so there must be no second one to ask.
workers = 1
threads = 4
# With the health checks: one sees Docker ask, and what it is answered.
accesslog = "-"
graceful_timeout = 5
# There is no home to put a control socket in, and nobody to use it.
control_socket_disable = True
