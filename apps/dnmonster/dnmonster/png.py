"""PNG files of at most 16 colours, the first of them transparent, assembled without a library.

Everything in them follows from the pixels, but for the compressed bytes: those are zlib's, and
another version may find others. All replicas run one image, with one zlib, so they agree.
"""

from functools import cache
from struct import pack
from zlib import compressobj, crc32

_BITS, _PALETTE_COLOURS = 4, 3
_UNFILTERED = "00"  # How a row begins.
_AS_ABOVE = b"\2"  # How a row begins that tells the differences from the one above.
# A repeated row this long takes fewer bytes as no difference than as a copy.
_LONG_ROW = 128
_LOOKAHEAD = 262  # Bytes of its window that zlib does not look back into.


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
    lines = [packed[start : start + length] for start in range(0, len(packed), length)]
    if length > _LONG_ROW:
        again = (_AS_ABOVE + bytes(length - 1)) * (scale - 1)
        tall = [line + again for line in lines]
    else:
        tall = [line * scale for line in lines]
    scanlines = b"".join((bytes(before * length), *tall, bytes(after * length)))

    used = len(palette)
    while f"{used - 1:x}" not in pixels:
        used -= 1
    drawing = chunk(b"IDAT", _deflated(scanlines, length))
    return b"".join((_opening(size), _colours(palette, used), drawing, END))


def chunk(kind: bytes, content: bytes) -> bytes:
    """Wrap one part of a file."""
    named = kind + content
    return b"".join((len(content).to_bytes(4, "big"), named, crc32(named).to_bytes(4, "big")))


SIGNATURE = b"\x89PNG\r\n\x1a\n"
END = chunk(b"IEND", b"")
_TRANSPARENCY = chunk(b"tRNS", b"\0")


def _deflated(scanlines: bytes, length: int) -> bytes:
    # Just enough memory to look back over four rows: a shorter way back is a shorter code.
    window = max(9, (4 * length + _LOOKAHEAD).bit_length())
    # Level 3 takes four fifths of the time and a tenth more bytes, level 5 a tenth more time and
    # a twentieth fewer bytes.
    deflate = compressobj(level=4, wbits=window, memLevel=3)
    return deflate.compress(scanlines) + deflate.flush()


@cache
def _opening(size: int) -> bytes:
    header = pack(">IIBBBBB", size, size, _BITS, _PALETTE_COLOURS, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header)


@cache
def _colours(palette: tuple[bytes, ...], used: int) -> bytes:
    return chunk(b"PLTE", b"".join(palette[:used])) + _TRANSPARENCY
