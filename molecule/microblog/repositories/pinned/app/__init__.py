import platform

import greenlet
from flask import Flask

app = Flask(__name__)


@app.route("/")
def index():
    return f"<h1>greenlet {greenlet.__version__} on Python {platform.python_version()}</h1>"
