"""The lesson's walk-through, typed by a machine: every command of docs/lesson.*.md is run.

The word behind a fence says what a block is:

    sh             typed on the VM; every command must succeed
    sh fails       likewise, but the last command must fail
    sh terminal    one command that wants a terminal ...
    text typed     ... and what is then typed there; the password is put in where the page names it
    sh controller  typed on the controller: what can be tried there without a change is tried
    text           what the `sh` block just above it prints, all of it

In what is printed, `...` stands for anything in a line, and for any number of lines when it is the
whole line; how many blanks stand between two words does not count.

Each exercise is one shell with `set -eu`, at the page's own line numbers. An exercise goes on with
what those before it left, so run the whole file. It runs in a home of its own on the VM.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import pytest

testinfra_hosts = ["ansible://lesson_nodes"]

ROOT = Path(__file__).resolve().parents[2]
ENGLISH, FRENCH = (ROOT / "docs" / f"lesson.{language}.md" for language in ("en", "fr"))
KINDS = {"sh", "sh fails", "sh terminal", "sh controller", "text", "text typed"}
CLUSTER = "inventory/cluster"
SECRETS = "playbooks/group_vars/all/wiring.yml"
PASSWORD = "the-password-you-were-given"
SECONDS_PER_EXERCISE = 300

# The shell tells by these lines where it is and where it gave up.
MARK = "@@"
STRICT = f"set -e; trap 'echo \"{MARK} $LINENO failed\"' ERR"
# A script's first line; one line, so that the others keep their numbers.
PROLOGUE = (
    'set -u; work=$(dirname "$0"); export HOME=$work/home; mkdir --parents "$HOME"; cd; '
    f"{STRICT}; "
    f'type_in() {{ printf \'%s\\n\' "${{typed//{PASSWORD}/$(cat "$work/password")}}" | '
    'script --quiet --return --echo never --command "$terminal" /dev/null; }'
)


@dataclass(frozen=True)
class Block:
    """A fenced block and the number of its first line in the page."""

    kind: str
    first: int
    lines: tuple[str, ...]

    @property
    def runs(self) -> bool:
        """Whether the VM's shell runs it."""
        return self.kind in {"sh", "sh fails", "text typed"}

    def as_shell(self) -> dict[int, str]:
        """The block and what its fences become, by line number."""
        opening, closing = self.first - 1, self.first + len(self.lines)
        mark = f"echo '{MARK} {self.first}'"
        unhurt = f"{{ echo '{MARK} {closing - 1} did not fail'; exit 1; }}"
        around = {
            "sh": {opening: mark},
            "sh fails": {
                opening: f"{mark}; set +e; trap - ERR",
                closing: f"[ $? -ne 0 ] || {unhurt}; {STRICT}",
            },
            "sh terminal": {
                opening: f"{mark}; terminal=$(cat <<'TERMINAL'",
                closing: "TERMINAL",
                closing + 1: ")",
            },
            "text typed": {
                opening: f"{mark}; typed=$(cat <<'TYPED'",
                closing: "TYPED",
                closing + 1: "); type_in",
            },
        }
        if self.kind not in around:
            return {}
        return {**dict(enumerate(self.lines, self.first)), **around[self.kind]}


@dataclass(frozen=True)
class Exercise:
    """A section of the page that has something to type."""

    title: str
    blocks: list[Block] = field(default_factory=list)

    def script(self) -> str:
        """The section as a shell script whose lines have the page's numbers."""
        lines = {1: PROLOGUE}
        for block in self.blocks:
            lines.update(block.as_shell())
        return "".join(f"{lines.get(number, '')}\n" for number in range(1, max(lines) + 1))

    def expected(self) -> Iterator[tuple[Block, Block]]:
        """Each block that prints what the page shows, with what it shows."""
        for block, after in pairwise(self.blocks):
            if block.runs and after.kind == "text":
                yield block, after


def exercises(page: Path) -> list[Exercise]:
    """The page's sections that have blocks."""
    found = [Exercise("")]
    fence: tuple[str, int] | None = None
    lines = page.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        if fence is None and line.startswith("## "):
            found.append(Exercise(line.removeprefix("## ")))
        elif line.startswith("```") and fence is None:
            fence = line.removeprefix("```"), number + 1
        elif line == "```" and fence:
            kind, first = fence
            found[-1].blocks.append(Block(kind, first, tuple(lines[first - 1 : number - 1])))
            fence = None
    return [exercise for exercise in found if exercise.blocks]


def matches(expected: tuple[str, ...], printed: list[str]) -> bool:
    """Whether it was printed, with `...` for what may be anything."""
    pattern = ""
    for line in expected:
        if line.strip() == "...":
            pattern += r"(?:.*\n)*"
        else:
            pattern += ".*".join(map(re.escape, " ".join(line.split()).split("..."))) + r"\n"
    text = "".join(f"{' '.join(line.split())}\n" for line in printed)
    return re.fullmatch(pattern, text) is not None


def by_block(output: str) -> tuple[dict[int, list[str]], str]:
    """What a shell printed, by the block that printed it, and where it failed."""
    printed: dict[int, list[str]] = {}
    failed = ""
    lines: list[str] = []
    # A terminal's colours and line ends are not the point.
    for line in re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", output).splitlines():
        if mark := re.fullmatch(rf"{MARK} (\d+)( .*)?", line):
            if mark[2]:
                failed = f"line {mark[1]}{mark[2]}"
            else:
                lines = printed.setdefault(int(mark[1]), [])
        else:
            lines.append(line)
    return printed, failed


EXERCISES = exercises(ENGLISH)


@pytest.fixture(scope="module")
def shell(_testinfra_host, place, tmp_path_factory):
    """A function that types an exercise on the VM and gives its output."""
    scripts = tmp_path_factory.mktemp("lesson")
    (scripts / "password").write_text(place.registry.password, encoding="ascii")
    for number, exercise in enumerate(EXERCISES):
        (scripts / f"{number}.sh").write_text(exercise.script(), encoding="utf-8")
    # A file's content stays out of the arguments of processes; a password has to.
    _testinfra_host.ansible(
        "ansible.builtin.copy",
        f"src={scripts}/ dest={place.work}/ mode=0600 directory_mode=0700",
        check=False,
    )

    def run(exercise: Exercise):
        script = f"{place.work}/{EXERCISES.index(exercise)}.sh"
        return place.host.run(f"timeout {SECONDS_PER_EXERCISE} bash {script} 2>&1 < /dev/null")

    return run


@pytest.mark.intrusive
@pytest.mark.parametrize("exercise", EXERCISES, ids=lambda exercise: exercise.title)
def test_every_command_does_what_the_page_says(place, shell, exercise):
    if "docker swarm init" in exercise.script() and place.is_in_the_labs_swarm():
        pytest.skip("the VM is part of the lab's swarm; the exercise would make another")
    done = shell(exercise)
    printed, failed = by_block(done.stdout)

    if done.rc != 0:
        tail = "\n".join(done.stdout.splitlines()[-40:])
        pytest.fail(f"{ENGLISH.name}: {failed or f'status {done.rc}'}\n{tail}", pytrace=False)
    for block, shown in exercise.expected():
        said = printed[block.first]
        if not matches(shown.lines, said):
            wanted, got = "\n".join(shown.lines), "\n".join(said)
            pytest.fail(
                f"{ENGLISH.name}: line {block.first} does not print what line {shown.first} shows\n"
                f"{wanted}\n\nbut\n{got}",
                pytrace=False,
            )


@pytest.mark.intrusive
def test_nothing_of_the_lesson_stays_but_what_was_pushed(place):
    pushed = {kind for kind, _ in place.learners()}

    assert pushed <= {"pushed image"}
    assert not place.host.file(f"{place.work}/home/lesson").exists


def test_both_languages_have_the_same_blocks():
    english, french = (
        [(block.kind, block.lines) for exercise in exercises(page) for block in exercise.blocks]
        for page in (ENGLISH, FRENCH)
    )

    assert french == english


@pytest.mark.parametrize("page", [ENGLISH, FRENCH], ids=lambda page: page.name)
def test_every_block_is_of_a_kind_that_is_tried(page):
    blocks = [block for exercise in exercises(page) for block in exercise.blocks]
    lonely = [
        block.first
        for before, block in pairwise(blocks)
        if (block.kind == "text" and not before.runs)
        or ((before.kind == "sh terminal") != (block.kind == "text typed"))
    ]

    assert {block.kind for block in blocks} <= KINDS
    assert not lonely


@pytest.mark.parametrize("page", [ENGLISH, FRENCH], ids=lambda page: page.name)
def test_every_file_the_page_points_to_is_there(page):
    text = page.read_text(encoding="utf-8")
    links = [page.parent / link for link in re.findall(r"\]\(([^):#]+)\)", text)]
    playbooks = [ROOT / name for name in re.findall(r"`(playbooks/[^`]+)`", text)]

    assert links
    assert playbooks
    assert [file for file in links + playbooks if not file.exists()] == []


def on_the_controller() -> set[str]:
    """What is typed there, in a block or within a sentence."""
    blocks = [block for exercise in EXERCISES for block in exercise.blocks]
    lines = {line for block in blocks if block.kind == "sh controller" for line in block.lines}
    return lines | set(re.findall(r"`(make [^`]+)`", ENGLISH.read_text(encoding="utf-8")))


@pytest.mark.parametrize("command", sorted(on_the_controller()))
def test_what_is_typed_on_the_controller_is_there(command):
    program, *arguments = command.split()
    tried = {
        "ansible-playbook": [program, "--syntax-check", *arguments],
        "make": [program, "--dry-run", *arguments],
        # Prints what it would do, having understood the options.
        "ssh": [program, "-G", *arguments],
        # Where it lies depends on the inventory; `place` reads the file.
        "cat": ["grep", "--word-regexp", Path(arguments[-1]).name, SECRETS],
        # Of the second word, the VM: whether the cluster has it.
        "docker": ["ansible-inventory", "--inventory", CLUSTER, "--host", *arguments[1:2]],
        "while": ["bash", "-n", "-c", command],
    }

    assert (
        subprocess.run(tried[program], cwd=ROOT, capture_output=True, check=False).returncode == 0
    )


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        (["a"], ["b"]),
        (["a"], ["a", "b"]),
        (["...", "a"], ["a", "b"]),
        (["a ... c"], ["a", "c"]),
        (["a."], ["ab"]),
        (["a"], []),
    ],
)
def test_what_the_page_does_not_show_is_noticed(expected, printed):
    assert not matches(tuple(expected), printed)


@pytest.mark.parametrize(
    ("expected", "printed"),
    [
        (["a  b"], ["a b   "]),
        (["a...c"], ["abc"]),
        (["...", "z"], ["z"]),
        (["a", "...", "z"], ["a", "b", "c", "z"]),
    ],
)
def test_what_differs_by_nature_does_not_matter(expected, printed):
    assert matches(tuple(expected), printed)
