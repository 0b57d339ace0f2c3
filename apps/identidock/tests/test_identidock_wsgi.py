import gc
from importlib import import_module

from werkzeug.test import Client


def test_what_workers_share_is_out_of_the_garbage_collectors_reach():
    try:
        application = import_module("identidock.wsgi").application

        assert gc.get_freeze_count() > 10_000
        assert Client(application).get("/healthz").status_code == 200
    finally:
        gc.unfreeze()
