"""Headers of every response, about security and caching."""

from flask import Flask, Response

_SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; img-src 'self'; style-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def init_app(app: Flask) -> None:
    """Add the headers to every response."""
    app.after_request(_add_headers)


def _add_headers(response: Response) -> Response:
    response.headers.extend(_SECURITY_HEADERS)
    # Pages are for the one who is logged in.
    response.headers.setdefault("Cache-Control", "no-store")
    return response
