"""The lesson's application, as a learner has it in the end."""

import hashlib
from html import escape

import redis
import requests
from flask import Flask, Response, request

app = Flask(__name__)
cache = redis.StrictRedis(host="redis", port=6379, db=0)
salt = "UNIQUE_SALT"


@app.route("/", methods=["GET", "POST"])
def mainpage():
    name = request.form.get("name", "Joe Bloggs")
    salted = hashlib.sha256((salt + name).encode()).hexdigest()
    return f"""<form method="POST">Hello <input name="name" value="{escape(name)}">
<input type="submit" value="submit"></form>
<p>You look like a: <img src="/monster/{salted}"/></p>"""


@app.route("/monster/<name>")
def get_identicon(name):
    image = cache.get(name)
    if image is None:
        image = requests.get(f"http://dnmonster:8080/monster/{name}?size=80", timeout=10).content
        cache.set(name, image)
    return Response(image, mimetype="image/png")


if __name__ == "__main__":
    app.run(debug=True, host="0.0.0.0")
