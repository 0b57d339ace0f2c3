"""The application as uWSGI forks it."""

import gc

from . import create_app

application = create_app()
# What exists by now stays shared with the worker: the garbage collector won't write to it.
gc.collect()
gc.freeze()
