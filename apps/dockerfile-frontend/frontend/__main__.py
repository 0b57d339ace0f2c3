"""Run as BuildKit runs a front end: it is at the other end of standard input and output."""

import os
import sys

from frontend.forward import forward, options
from frontend.grpc import Client

forward(Client(sys.stdin.buffer, sys.stdout.buffer), options(os.environb))
