"""The little of Protocol Buffers' wire format that the front end writes and reads."""

from collections.abc import Iterator

VARINT, BYTES = 0, 2


def varint(number: int) -> bytes:
    """Seven bits in each byte, the lowest first; the eighth says that more follow."""
    head, tail = bytearray(), number
    while tail > 0x7F:
        head.append(tail & 0x7F | 0x80)
        tail >>= 7
    return bytes([*head, tail])


def number_field(field: int, value: int) -> bytes:
    """Encode a field that holds an integer or a boolean."""
    return varint(field << 3 | VARINT) + varint(value)


def bytes_field(field: int, value: bytes) -> bytes:
    """Encode a field that holds a text, bytes or a message."""
    return varint(field << 3 | BYTES) + varint(len(value)) + value


def map_field(field: int, entries: dict[bytes, bytes]) -> bytes:
    """Encode a map: one message for each entry, with its key and its value."""
    return b"".join(
        bytes_field(field, bytes_field(1, key) + bytes_field(2, value))
        for key, value in entries.items()
    )


def read_varint(message: bytes, start: int) -> tuple[int, int]:
    """Decode the integer at a position; also where it ends."""
    value = shift = 0
    while True:
        byte = message[start]
        start += 1
        value |= (byte & 0x7F) << shift
        if byte <= 0x7F:
            return value, start
        shift += 7


def bytes_fields(message: bytes, wanted: int) -> Iterator[bytes]:
    """Decode each text, bytes or message that a field holds."""
    position = 0
    while position < len(message):
        key, position = read_varint(message, position)
        field, kind = key >> 3, key & 7
        if kind == VARINT:
            _value, position = read_varint(message, position)
        elif kind == BYTES:
            length, position = read_varint(message, position)
            if field == wanted:
                yield message[position : position + length]
            position += length
        else:
            raise ValueError(f"field {field} has the wire type {kind}, which no answer has")
