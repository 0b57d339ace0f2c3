"""A gRPC client over two streams of bytes: one call at a time, HTTP/2 without TLS.

Libraries for gRPC want an address to connect to; BuildKit has none, only a pair of pipes.
"""

import base64
import struct
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import unquote_to_bytes

from h2.connection import H2Connection
from h2.events import (
    ConnectionTerminated,
    DataReceived,
    Event,
    ResponseReceived,
    StreamEnded,
    StreamReset,
    TrailersReceived,
)
from h2.settings import SettingCodes

from frontend.protobuf import bytes_field, number_field

SERVICE = "moby.buildkit.v1.frontend.LLBBridge"
# An error's details carry the whole Dockerfile, and they come as a header. As large as Go's gRPC.
HEADER_LIMIT = 16 * 1024 * 1024
UNKNOWN = 2


class CallError(Exception):
    """A call that the engine answered with an error; status is a google.rpc.Status message."""

    def __init__(self, status: bytes) -> None:
        self.status = status


class Client:
    """Calls methods of the engine's LLBBridge."""

    def __init__(self, source: BinaryIO, sink: BinaryIO) -> None:
        self._source, self._sink = source, sink
        self._http2 = H2Connection()
        self._http2.initiate_connection()
        self._http2.update_settings({SettingCodes.MAX_HEADER_LIST_SIZE: HEADER_LIMIT})

    def call(self, method: str, message: bytes = b"") -> bytes:
        """Send a message and wait for the answer, which may take as long as a build."""
        stream = self._http2.get_next_available_stream_id()
        self._http2.send_headers(
            stream,
            [
                (":method", "POST"),
                (":scheme", "http"),
                (":authority", "localhost"),
                (":path", f"/{SERVICE}/{method}"),
                ("te", "trailers"),
                ("content-type", "application/grpc"),
            ],
        )
        # Not compressed, and this long.
        unsent = struct.pack(">?I", False, len(message)) + message
        headers: dict[bytes, bytes] = {}
        body, ended = bytearray(), False
        while not ended:
            unsent = self._send(stream, unsent)
            for event in self._receive():
                if isinstance(event, ResponseReceived | TrailersReceived):
                    headers.update(event.headers)
                elif isinstance(event, DataReceived):
                    body += event.data
                    self._http2.acknowledge_received_data(event.flow_controlled_length, stream)
                elif isinstance(event, StreamEnded):
                    ended = True
                elif isinstance(event, StreamReset | ConnectionTerminated):
                    raise ConnectionAbortedError(f"the engine ended {method}: {event}")
        if headers.get(b"grpc-status") != b"0":
            raise CallError(status(headers))
        return bytes(body[5:])

    def _send(self, stream: int, data: bytes) -> bytes:
        """Send as much as the engine takes for now; the rest is the result."""
        while data and (room := self._http2.local_flow_control_window(stream)) > 0:
            size = min(room, self._http2.max_outbound_frame_size)
            self._http2.send_data(stream, data[:size], end_stream=len(data) <= size)
            data = data[size:]
        return data

    def _receive(self) -> Iterator[Event]:
        """Wait for what the engine sends next."""
        self._flush()
        if not (received := self._source.read1(65536)):  # type: ignore[attr-defined]
            raise ConnectionAbortedError("the engine closed the connection")
        yield from self._http2.receive_data(received)
        # What was received is acknowledged at once.
        self._flush()

    def _flush(self) -> None:
        self._sink.write(self._http2.data_to_send())
        self._sink.flush()


def status(headers: dict[bytes, bytes]) -> bytes:
    """Tell what the headers say of an error, as a google.rpc.Status message."""
    if details := headers.get(b"grpc-status-details-bin"):
        # The whole message, with the lines that the client marks; padding may be left out.
        return base64.b64decode(details + b"==")
    text = unquote_to_bytes(headers.get(b"grpc-message", b"the engine gave no reason"))
    return number_field(1, int(headers.get(b"grpc-status", UNKNOWN))) + bytes_field(2, text)
