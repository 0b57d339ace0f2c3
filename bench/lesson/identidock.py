"""identidock as the lesson describes it, with its defects: the opponent of speed.py.

Nothing here is an example to follow.
"""

import hashlib

import redis
import requests
from flask import Flask, Response, request

app = Flask(__name__)
cache = redis.StrictRedis(host="redis", port=6379, db=0)
salt = "UNIQUE_SALT"
default_name = "Joe Bloggs"


@app.route("/", methods=["GET", "POST"])
def page() -> str:
    name = default_name
    if request.method == "POST":
        name = request.form["name"]
    name_hash = hashlib.sha256((salt + name).encode()).hexdigest()
    return f"""<html><head><title>Identidock</title></head><body>
<form method="POST">Hello <input type="text" name="name" value="{name}">
<input type="submit" value="submit"></form>
<p>You look like a:
<img src="/monster/{name_hash}"/></p>
</body></html>"""


@app.route("/monster/<name>")
def monster(name: str) -> Response:
    picture = cache.get(name)
    if picture is None:
        picture = requests.get(f"http://dnmonster:8080/monster/{name}?size=80").content
    cache.set(name, picture)
    return Response(picture, mimetype="image/png")
