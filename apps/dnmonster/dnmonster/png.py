"""PNG files of at most 16 colours, the first of them transparent, assembled without a library."""

from functools import cache
from struct import pack
from zlib import compressobj, crc32

_BITS, _PALETTE_COLOURS = 4, 3
_UNFILTERED = "00"  # How a row begins.


def encode(pixels: str, palette: tuple[bytes, ...], side: int, size: int) -> bytes:
    """Draw a square of hexadecimal digits, `side` in a row, in the middle of `size` pixels.

    Every digit becomes a block of whole pixels, as large as fits.
    """
    scale = size // side
    width = scale * side
    before = (size - width) // 2
    after = size - width - before
    padding = size % 2  # Two pixels share a byte.

    digits = pixels.encode()
    widened = bytearray(scale * len(digits))
    for offset in range(scale):
        widened[offset::scale] = digits
    wide = widened.decode()
    left, right = _UNFILTERED + "0" * before, "0" * (after + padding)
    rows = [wide[start : start + width] for start in range(0, len(wide), width)]
    packed = bytes.fromhex(f"{left}{(right + left).join(rows)}{right}")

    length = len(packed) // side
    tall = [packed[start : start + length] * scale for start in range(0, len(packed), length)]
    return _file(size, palette, bytes(before * length) + b"".join(tall) + bytes(after * length))


def chunk(kind: bytes, content: bytes) -> bytes:
    """Wrap one part of a file."""
    named = kind + content
    return b"".join((len(content).to_bytes(4, "big"), named, crc32(named).to_bytes(4, "big")))


SIGNATURE = b"\x89PNG\r\n\x1a\n"
END = chunk(b"IEND", b"")
_TRANSPARENCY = chunk(b"tRNS", b"\0")


def _file(size: int, palette: tuple[bytes, ...], scanlines: bytes) -> bytes:
    header = chunk(b"IHDR", pack(">IIBBBBB", size, size, _BITS, _PALETTE_COLOURS, 0, 0, 0))
    # A small window and a small table: setting up the usual ones takes longer than the work.
    deflate = compressobj(level=4, wbits=12, memLevel=4)
    drawing = chunk(b"IDAT", deflate.compress(scanlines) + deflate.flush())
    return b"".join((SIGNATURE, header, _colours(palette), _TRANSPARENCY, drawing, END))


@cache
def _colours(palette: tuple[bytes, ...]) -> bytes:
    return chunk(b"PLTE", b"".join(palette))
