"""Pass a build on to the front end that the engine has built in."""

from collections.abc import Mapping
from typing import Protocol

from frontend.grpc import CallError
from frontend.protobuf import bytes_field, bytes_fields, map_field, number_field

ENGINES_OWN = b"dockerfile.v0"
OPTION = b"BUILDKIT_FRONTEND_OPT_"


class Bridge(Protocol):
    """What the engine offers a front end."""

    def call(self, method: str, message: bytes = b"") -> bytes:
        """Call a method of the LLBBridge with a message; the answer is one, too."""


def options(environment: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """Read the build's options; BUILDKIT_FRONTEND_OPT_<n> holds <key>=<value>."""
    pairs = (
        value.partition(b"=") for name, value in environment.items() if name.startswith(OPTION)
    )
    return {key: value for key, _, value in pairs}


def solve_request(options: dict[bytes, bytes], inputs: list[bytes]) -> bytes:
    """Make the SolveRequest for the engine's own front end.

    One of the options is `cmdline`, the text after `# syntax=`. Where it is set, that front end
    does not look for the line again, which would lead back to here.
    """
    return b"".join(
        [
            bytes_field(2, ENGINES_OWN),
            map_field(3, options),
            # The answer may hold several results, one for each platform, and their definitions.
            number_field(5, True),
            number_field(6, True),
            *(bytes_field(13, entry) for entry in inputs),
        ]
    )


def forward(bridge: Bridge, options: dict[bytes, bytes]) -> None:
    """Have the engine's own front end do the build, and return what it returns, be it an error."""
    try:
        # What a build with linked targets takes from the others; named contexts are options.
        inputs = list(bytes_fields(bridge.call("Inputs"), 1))
        (result,) = bytes_fields(bridge.call("Solve", solve_request(options, inputs)), 3)
        outcome = bytes_field(1, result)
    except CallError as error:
        outcome = bytes_field(2, error.status)
    bridge.call("Return", outcome)
