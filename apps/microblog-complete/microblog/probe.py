"""Ask the application whether it is alive; the exit status is the answer."""

import sys
from http.client import HTTPConnection, HTTPException


def is_alive() -> bool:
    """Tell whether /healthz answers 200 in time."""
    connection = HTTPConnection("127.0.0.1", 5000, timeout=2)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not is_alive())
