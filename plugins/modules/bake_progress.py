#!/usr/bin/python
"""Wait for a bake that runs in the background, and tell how far it is."""

from __future__ import annotations

import re
import time
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: bake_progress
short_description: Wait for a C(docker buildx bake) in the background, and tell how far it is
description:
  - Returns when the bake has ended, when another image is done, or after O(wait) seconds. Call it
    with C(until) as long as RV(ended) is false.
  - Fails when the bake failed.
options:
  log:
    description: File with the output of C(docker buildx bake --progress plain).
    type: path
    required: true
  status:
    description: File that holds the exit status, once the bake has ended.
    type: path
    required: true
  images:
    description: How many images the bake makes.
    type: int
    required: true
  wait:
    description: Seconds to wait at most.
    type: int
    default: 5
"""

EXAMPLES = """
- name: Wait for the images
  bake_progress:
    log: /var/lib/build/bake.log
    status: /var/lib/build/bake.status
    images: 12
  register: bake
  until: bake.ended
  retries: 1000
  delay: 0
"""

RETURN = """
ended:
  description: Whether the bake has ended.
  returned: always
  type: bool
  sample: false
done:
  description: How many images are done.
  returned: always
  type: int
  sample: 4
progress:
  description: How far it is, in words.
  returned: always
  type: str
  sample: "4 of 12 images done, now mariadb, redis"
stderr_lines:
  description: The output of the bake.
  returned: on failure
  type: list
  sample: ["ERROR: failed to solve"]
"""

STEP = re.compile(r"#(?P<number>\d+) \[(?P<image>[\w-]+)(?P<step>[^\]]*)\](?P<action>.*)")
END = re.compile(r"#(?P<number>\d+) (?:DONE|CACHED|ERROR|CANCELED)\b")
# Between two looks at the files.
PAUSE = 0.3


def progress(log: str) -> tuple[int, list[str]]:
    """How many images are done, and the names of those in work."""
    done = 0
    running: dict[str, tuple[str, bool]] = {}
    for line in log.splitlines():
        if step := STEP.match(line):
            # The other steps are short, or wait for another image.
            export = step["action"].startswith(" exporting")
            if export or step["action"].startswith(" RUN"):
                running[step["number"]] = (step["image"], export)
        elif end := END.match(line):
            done += running.pop(end["number"], ("", False))[1]
    return done, sorted({image for image, _ in running.values()})


def read(path: str) -> str:
    """What a file holds; nothing when it is not there yet."""
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "log": {"type": "path", "required": True},
            "status": {"type": "path", "required": True},
            "images": {"type": "int", "required": True},
            "wait": {"type": "int", "default": 5},
        }
    )
    log, status = module.params["log"], module.params["status"]
    until = time.monotonic() + module.params["wait"]
    before, _ = progress(read(log))
    while True:
        ended = read(status).strip()
        output = read(log)
        done, running = progress(output)
        if ended or done > before or time.monotonic() >= until:
            break
        time.sleep(PAUSE)
    if ended not in ("", "0"):
        module.fail_json(
            msg=f"docker buildx bake ended with status {ended}",
            ended=True,
            done=done,
            stderr_lines=output.splitlines(),
        )
    text = f"{done} of {module.params['images']} images done"
    if running:
        text += f", now {', '.join(running)}"
    module.exit_json(changed=bool(ended), ended=bool(ended), done=done, progress=text)


if __name__ == "__main__":
    main()
