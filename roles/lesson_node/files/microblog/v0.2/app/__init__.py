"""A small blog: a greeting and a few posts."""

from flask import Flask, render_template

app = Flask(__name__)

POSTS = [
    {"author": "Ada", "body": "My image is 900 MB. A second stage will help, they say."},
    {"author": "Joe", "body": "My container stopped at once. It had nothing to do."},
]


@app.route("/")
@app.route("/index")
def index() -> str:
    """Greet the user and show the posts."""
    return render_template("index.html", user="Miguel", posts=POSTS)
