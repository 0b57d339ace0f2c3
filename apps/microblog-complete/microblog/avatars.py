"""Avatars: the initial of a name, on a colour that follows from it."""

import re
from hashlib import sha256

from flask import Blueprint, Response, abort, render_template

from .models import USERNAME

avatars = Blueprint("avatars", __name__)


@avatars.get("/avatar/<username>.svg")
def avatar(username: str) -> Response:
    """Draw the avatar of a name, without asking the database."""
    if not re.match(USERNAME, username):
        abort(404)
    digest = sha256(username.lower().encode()).digest()
    svg = render_template(
        "avatar.svg",
        initial=username[0].upper(),
        hue=digest[0] * 360 // 256,
        turn=20 + digest[1] % 50,
        x=digest[2] % 100,
        y=digest[3] % 100,
    )
    response = Response(svg, mimetype="image/svg+xml")
    response.cache_control.public = True
    response.cache_control.max_age = 86400
    return response
