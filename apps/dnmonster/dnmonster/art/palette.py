"""Palettes that go well together, chosen in OKLCH: equal steps look equal to the eye."""

from functools import cache
from math import cos, radians, sin
from typing import NamedTuple

from . import INKS

_HUES = 60
# How far round the colour wheel the accent stands from the body.
_ACCENTS = (180, 150, 210, 120, 240, 60, 300)


class _Tone(NamedTuple):
    lightness: float
    chroma: float


_TONES = (_Tone(0.82, 0.10), _Tone(0.74, 0.15), _Tone(0.66, 0.16))

# The colours as red, green, blue in the order of art.INKS; the first is transparent.
Palette = tuple[bytes, ...]


def palette_of(number: int) -> Palette:
    """Pick a palette by any number."""
    number, hue = divmod(number, _HUES)
    number, accent = divmod(number, len(_ACCENTS))
    tone = number % len(_TONES)
    return _palette(hue * 360 // _HUES, _ACCENTS[accent], _TONES[tone])


@cache
def _palette(hue: int, turn: int, tone: _Tone) -> Palette:
    light, chroma = min(tone.lightness + _lift(hue), 0.90), tone.chroma
    accent = (hue + turn) % 360
    accent_light = (0.66 if light > 0.74 else 0.80) + _lift(accent)
    colours = {
        ".": b"\0\0\0",
        "#": _rgb(0.32, 0.07, hue),
        "b": _rgb(light, chroma, hue),
        "s": _rgb(light - 0.10, chroma, _cooler(hue, 14)),
        "h": _rgb(min(light + 0.09, 0.97), chroma * 0.8, _cooler(hue, -10)),
        "l": _rgb(min(light + 0.14, 0.95), chroma * 0.5, _cooler(hue, -15)),
        "a": _rgb(accent_light, 0.15, accent),
        "d": _rgb(accent_light - 0.17, 0.13, _cooler(accent, 14)),
        "w": b"\xff\xff\xff",
        "k": _rgb(0.24, 0.05, hue),
        "r": _rgb(0.42, 0.12, 10),
        "t": _rgb(0.74, 0.14, 12),
        "y": _rgb(0.92, 0.09, 95),
        "i": _rgb(0.70, 0.15, accent),
    }
    return tuple(colours[ink] for ink in INKS)


def _cooler(hue: int, degrees: int) -> int:
    """Turn a hue towards violet, as shadows are; a light turns it away, towards yellow."""
    return hue + degrees if 110 <= hue < 290 else hue - degrees


def _lift(hue: int) -> float:
    """Yellows are mud unless they are light."""
    return 0.19 * max(0.0, cos(radians(hue - 100)))


def _rgb(lightness: float, chroma: float, hue: int) -> bytes:
    """Turn OKLCH into sRGB, paler where the screen has no such colour."""
    while True:
        channels = _linear(lightness, chroma, hue)
        if chroma < 0.005 or all(0 <= channel <= 1 for channel in channels):
            return bytes(_encoded(channel) for channel in channels)
        chroma -= 0.005


def _linear(lightness: float, chroma: float, hue: int) -> tuple[float, float, float]:
    a, b = chroma * cos(radians(hue)), chroma * sin(radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _encoded(channel: float) -> int:
    channel = min(max(channel, 0.0), 1.0)
    if channel <= 0.0031308:
        return round(255 * 12.92 * channel)
    root: float = channel ** (1 / 2.4)
    return round(255 * (1.055 * root - 0.055))
