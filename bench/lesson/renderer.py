"""A stand-in for the lesson's renderer: dnmonster's own monsters, composed and saved by Pillow."""

from flask import Flask, Response
from pillow_monster import Pillow

app = Flask(__name__)
pillow = Pillow()


@app.route("/monster/<name>")
def monster(name: str) -> Response:
    return Response(pillow.draw(name), mimetype="image/png")
