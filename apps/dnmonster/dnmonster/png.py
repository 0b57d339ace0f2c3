"""PNG files of at most 16 colours, the first of them transparent, assembled without a library.

Everything in them follows from the pixels, but for the compressed bytes: those are zlib's, and
another version may find others. All replicas run one image, with one zlib, so they agree.
"""

from functools import cache
from struct import pack
from zlib import compressobj, crc32

_BITS, _PALETTE_COLOURS = 4, 3
# A row begins with its filter: 0 tells its pixels, 2 their differences from the row above.
_AS_ABOVE = b"\2"
# A repeated row this long takes fewer bytes as no difference than as a copy.
_LONG_ROW = 128
_LOOKAHEAD = 262  # Bytes of its window that zlib does not look back into.


def encode(pixels: str, palette: tuple[bytes, ...], side: int, size: int) -> bytes:
    """Draw a square of hexadecimal digits, `side` in a row, in the middle of `size` pixels.

    Every digit becomes a block of whole pixels, as large as fits.
    """
    scale = size // side
    before = (size - scale * side) // 2
    after = size - scale * side - before
    length = 1 + (size + 1) // 2
    # Where no two different pixels share a byte, whole bytes take little more than half the time.
    lines_of = _lines if scale % 2 or before % 2 else _lines_of_pairs
    lines = lines_of(pixels, side, scale, before, length)
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


def _lines(pixels: str, side: int, scale: int, before: int, length: int) -> list[bytes]:
    """Widen every row and put its margin around it: a digit is half a byte."""
    width = scale * side
    wide = _widened(pixels.encode(), scale).decode()
    left = "00" + "0" * before
    rows = [wide[start : start + width] for start in range(0, len(wide), width)]
    return [bytes.fromhex((left + row).ljust(2 * length, "0")) for row in rows]


def _lines_of_pairs(pixels: str, side: int, scale: int, before: int, length: int) -> list[bytes]:
    """Do the same with whole bytes."""
    width = scale // 2 * side
    wide = _widened(pixels.encode().translate(_PAIRS), scale // 2)
    left = bytes(1 + before // 2)
    rows = [wide[start : start + width] for start in range(0, len(wide), width)]
    return [(left + row).ljust(length, b"\0") for row in rows]


def _widened(pixels: bytes, times: int) -> bytes:
    wide = bytearray(times * len(pixels))
    for offset in range(times):
        wide[offset::times] = pixels
    return bytes(wide)


def chunk(kind: bytes, content: bytes) -> bytes:
    """Wrap one part of a file."""
    named = kind + content
    return b"".join((len(content).to_bytes(4, "big"), named, crc32(named).to_bytes(4, "big")))


SIGNATURE = b"\x89PNG\r\n\x1a\n"
END = chunk(b"IEND", b"")
_PAIRS = bytes.maketrans(b"0123456789abcdef", bytes(0x11 * digit for digit in range(16)))
_TRANSPARENCY = chunk(b"tRNS", b"\0")


def _deflated(scanlines: bytes, length: int) -> bytes:
    # Just enough memory to look back over four rows: a shorter way back is a shorter code.
    window = max(9, (4 * length + _LOOKAHEAD).bit_length())
    # A drawing takes a fifth less time at level 3 and a tenth more bytes; at level 5 it takes a
    # tenth more time and a twentieth fewer bytes.
    deflate = compressobj(level=4, wbits=window, memLevel=3)
    return deflate.compress(scanlines) + deflate.flush()


@cache
def _opening(size: int) -> bytes:
    header = pack(">IIBBBBB", size, size, _BITS, _PALETTE_COLOURS, 0, 0, 0)
    return SIGNATURE + chunk(b"IHDR", header)


@cache
def _colours(palette: tuple[bytes, ...], used: int) -> bytes:
    return chunk(b"PLTE", b"".join(palette[:used])) + _TRANSPARENCY
