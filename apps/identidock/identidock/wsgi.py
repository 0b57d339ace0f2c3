"""The application as uWSGI forks it."""

import gc

from . import create_app

application = create_app()
# Workers share what is there by now. Python's garbage collection would write to every object, and
# what a worker writes to is its own from then on.
gc.collect()
gc.freeze()
