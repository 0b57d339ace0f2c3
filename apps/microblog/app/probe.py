"""Ask the blog whether it is alive; the exit status is the answer."""

import sys
from http.client import HTTPConnection, HTTPException

ADDRESS = ("127.0.0.1", 5000)


def alive(host: str = ADDRESS[0], port: int = ADDRESS[1]) -> bool:
    """Tell whether /healthz answers 200 in time."""
    connection = HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not alive())
