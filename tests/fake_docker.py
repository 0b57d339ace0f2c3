"""A docker command for tests."""

from __future__ import annotations

from typing import Any

from ansible.module_utils.compose import Done


class Docker:
    """A docker command with answers given beforehand, by a part of what is asked."""

    def __init__(self) -> None:
        """Answer nothing to everything."""
        # A list is for one question after the other; its last answer stays.
        self.answers: dict[str, Any] = {}
        self.asked: list[tuple[str, str]] = []

    def __call__(self, argv: list[str], stdin: str = "", **_: Any) -> Done:
        """Note what is asked, and answer it."""
        words = " ".join(argv)
        self.asked.append((words, stdin))
        found = [part for part in self.answers if part in words]
        answer = self.answers[max(found, key=len)] if found else ""
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        return answer if isinstance(answer, Done) else Done(0, answer)

    def ran(self, words: str) -> list[str]:
        """The commands that had these words."""
        return [command for command, _ in self.asked if words in command]
