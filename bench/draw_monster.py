#!/usr/bin/env python3
"""Compare drawing one monster of 80 pixels with composing the same picture with Pillow.

Both start from a name and end with a PNG. Pillow has every part ready as an image of palette
numbers; it colours those that the monster is made of, lays them over each other as RGBA, enlarges
the result and saves it. A second Pillow finds its parts coloured already, which nobody could keep
ready for all names: it is the limit of what a cache would give. The sides take turns in one
process, and CPU time is what counts.
"""

from __future__ import annotations

import argparse
import io
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "apps" / "dnmonster"))

from dnmonster.art.layers import prepare
from dnmonster.monster import monster_of
from pillow_monster import SIZE, ColouredPillow, Pillow

TARGET_RATIO, TARGET_BYTES = 8, 400


def draw(name: str) -> bytes:
    """Draw the monster of a name as dnmonster does."""
    return monster_of(name).png(SIZE)


def seconds(draw_one: Callable[[str], bytes], names: list[str]) -> float:
    """Tell the CPU seconds that drawing one takes."""
    started = time.process_time()
    for name in names:
        draw_one(name)
    return (time.process_time() - started) / len(names)


def pixels(picture: bytes) -> bytes:
    """Decode a PNG."""
    return Image.open(io.BytesIO(picture)).convert("RGBA").tobytes()


def main() -> None:
    """Draw, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=9, help="measurements of each side (9)")
    parser.add_argument("--names", type=int, default=400, help="monsters in each (400)")
    parser.add_argument("--json", action="store_true", help="print Pillow's ratio for speed.py")
    arguments = parser.parse_args()

    names = [f"name {number}" for number in range(arguments.names)]
    prepare()
    sides: dict[str, Callable[[str], bytes]] = {
        "dnmonster": draw,
        "Pillow": Pillow().draw,
        "Pillow, parts coloured before": ColouredPillow(names).draw,
    }
    for name in names:
        if len({pixels(side(name)) for side in sides.values()}) != 1:
            sys.exit(f"The sides draw different pictures of {name!r}.")

    times: dict[str, list[float]] = {who: [] for who in sides}
    for _ in range(arguments.pairs):
        for who, side in sides.items():
            times[who].append(seconds(side, names))

    if arguments.json:
        ratios = [
            their / our for their, our in zip(times["Pillow"], times["dnmonster"], strict=True)
        ]
        length = statistics.mean(len(draw(name)) for name in names)
        print(json.dumps({"ratios": ratios, "bytes": length}))
        return

    print(f"{'':30} {'CPU':>11} {'PNG':>10}  times as much CPU (range)")
    for who, side in sides.items():
        length = statistics.mean(len(side(name)) for name in names)
        ratios = [their / our for their, our in zip(times[who], times["dnmonster"], strict=True)]
        print(
            f"{who:30} {statistics.median(times[who]) * 1e6:8.1f} µs {length:4.0f} bytes"
            f"  {statistics.median(ratios):.1f} ({min(ratios):.1f} to {max(ratios):.1f})"
        )
    print(
        f"Medians of {arguments.pairs}, means of {len(names)} monsters."
        f" Targets: Pillow {TARGET_RATIO} times as much CPU, PNG at most {TARGET_BYTES} bytes."
    )


if __name__ == "__main__":
    main()
