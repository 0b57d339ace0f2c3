"""What a run shows on the screen, and what it keeps in its log."""

import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

CALLBACKS = Path(__file__).resolve().parents[2] / "plugins" / "callback"
CONFIGURATION = f"""
[defaults]
callback_plugins = {CALLBACKS}
stdout_callback = concise
callbacks_enabled = preload, run_log
filter_plugins = filters
display_skipped_hosts = false
callback_result_format = yaml
library = .
localhost_warning = false
[inventory]
inventory_unparsed_warning = false
[callback_concise]
progress_after = 1
progress_interval = 1
shared_width = 0
[callback_run_log]
directory = logs
keep = 2
"""
# Done at the second attempt; until then it tells its progress.
COUNTING = """\
#!/usr/bin/python
import json, pathlib, time
tally = pathlib.Path("TALLY")
attempts = len(tally.read_text()) + 1 if tally.exists() else 1
tally.write_text("x" * attempts)
time.sleep(3)
print(json.dumps({"changed": True, "done": attempts > 1, "progress": f"{attempts} of 2 done"}))
"""


class Runner:
    """Runs playbooks in a directory of their own."""

    def __init__(self, directory):
        self.directory = directory
        (directory / "ansible.cfg").write_text(CONFIGURATION)
        tally = directory / "tally"
        (directory / "counting.py").write_text(COUNTING.replace("TALLY", str(tally)))

    def command(self, tasks, *arguments, hosts="localhost"):
        lines = [f"- hosts: {hosts}", "  gather_facts: false", "  tasks:"]
        lines += [f"    {line}" for line in tasks.strip("\n").splitlines()]
        (self.directory / "play.yml").write_text("\n".join(lines) + "\n")
        return [
            Path(sys.executable).with_name("ansible-playbook"),
            "--inventory=localhost,other,",
            "--connection=local",
            f"--extra-vars={json.dumps({'ansible_python_interpreter': sys.executable})}",
            "play.yml",
            *arguments,
        ]

    def environment(self, **more):
        kept = {name: value for name, value in os.environ.items() if "ANSIBLE" not in name}
        return kept | {"ANSIBLE_CONFIG": str(self.directory / "ansible.cfg")} | more

    def run(self, tasks, *arguments, hosts="localhost", **environment):
        done = subprocess.run(
            self.command(tasks, *arguments, hosts=hosts),
            cwd=self.directory,
            env=self.environment(**environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            check=False,
            timeout=120,
        )
        return done.stdout.rstrip("\n")

    @property
    def logs(self):
        return sorted((self.directory / "logs").glob("*.log"))


@pytest.fixture
def runner(tmp_path):
    return Runner(tmp_path)


STEPS = """
- name: Change something
  # Steps of over a second are listed at the end.
  ansible.builtin.shell: sleep 1.1; echo changed-output
- name: Find all in order
  ansible.builtin.command: echo ok-output
  changed_when: false
- name: Leave this out
  ansible.builtin.command: echo left-out
  when: false
- name: Change several things
  ansible.builtin.command: echo {{ item }}
  loop: [one, two]
- name: Carry a secret
  ansible.builtin.command: echo s3cr3t
  no_log: true
- name: Print addresses
  ansible.builtin.debug:
    msg: ["page http://127.0.0.1:9090/", "registry"]
"""


@pytest.fixture(scope="module")
def steps(tmp_path_factory):
    """A run that changes, finds in order, skips, loops and tells."""
    runner = Runner(tmp_path_factory.mktemp("steps"))
    return runner.run(STEPS), runner.logs


def test_each_step_that_changes_something_has_one_line_with_its_time(steps):
    before_the_end = steps[0].partition("The longest steps")[0]

    assert re.findall(r"^ +\d+\.\d s  (.*)$", before_the_end, re.MULTILINE) == [
        "Change something",
        "Change several things",
        "Carry a secret",
    ]


def test_what_was_skipped_or_in_order_is_not_shown(steps):
    screen = steps[0].partition("The longest steps")[0]

    assert "Leave this out" not in screen
    assert "Find all in order" not in screen
    assert "output" not in screen


def test_messages_are_printed_as_text(steps):
    assert "\npage http://127.0.0.1:9090/\nregistry\n" in steps[0]


def test_the_recap_and_the_longest_steps_come_last(steps):
    assert steps[0].rindex("The longest steps") < steps[0].rindex("PLAY RECAP")
    assert "changed=3" in steps[0].splitlines()[-1]


def test_log_has_every_task_with_its_results(steps):
    (log,) = steps[1]

    text = log.read_text()
    for told in (
        "changed-output",
        "ok-output",
        "TASK [Leave this out]",
        "(item=two)",
        "PLAY RECAP",
    ):
        assert told in text


def test_secrets_are_neither_printed_nor_logged(steps):
    (log,) = steps[1]

    assert "s3cr3t" not in steps[0]
    assert "s3cr3t" not in log.read_text()


def test_only_the_owner_reads_the_log(steps):
    (log,) = steps[1]

    assert log.stat().st_mode & 0o777 == 0o600
    assert log.parent.stat().st_mode & 0o777 == 0o700


def test_short_steps_of_one_role_share_a_line_and_those_that_do_not_fit_are_counted(runner):
    configuration = runner.directory / "ansible.cfg"
    text = configuration.read_text().replace("progress_after = 1", "progress_after = 60")
    text = text.replace("progress_interval = 1", "progress_interval = 60")
    configuration.write_text(text.replace("shared_width = 0", "shared_width = 40"))
    for role in ("web", "cache"):
        tasks = runner.directory / "roles" / role / "tasks"
        tasks.mkdir(parents=True)
        (tasks / "main.yml").write_text(
            "".join(
                f"- name: {title}\n  ansible.builtin.command: echo\n"
                for title in ("Make the directory", "Write the page", "Start it")
            )
        )

    screen = runner.run(
        "- ansible.builtin.import_role: {name: web}\n- ansible.builtin.import_role: {name: cache}"
    )

    assert "s  web: Make the directory; Write the page; and 1 more\n" in screen
    assert "s  cache: Make the directory; Write the page; and 1 more\n" in screen


FAILURE = """
- name: Fail with the remedy
  ansible.builtin.fail:
    msg: The lab needs 4 GB of memory. Close something and type make lab.
"""


def test_the_reason_is_the_last_line_once_for_all_hosts(runner):
    screen = runner.run(FAILURE, hosts="all")

    assert screen.splitlines()[-1].startswith("The lab needs 4 GB of memory.")
    assert screen.count("The lab needs 4 GB") == 1
    assert "Failed on other: Fail with the remedy (play.yml:" in screen


def test_a_failed_command_shows_the_end_of_its_output(runner):
    screen = runner.run("- ansible.builtin.command: sh -c 'echo no room left >&2; exit 3'")

    assert screen.splitlines()[-1] == "no room left"
    assert "stderr_lines" not in screen


def test_a_failed_item_is_named(runner):
    screen = runner.run("- ansible.builtin.command: test {{ item }} = a\n  loop: [a, b]")

    assert re.match("b: .*non-zero return code", screen.splitlines()[-1])


def test_a_failure_that_is_handled_is_explained_there_and_not_at_the_end(runner):
    screen = runner.run("""
- block:
    - name: Try it
      ansible.builtin.command: sh -c 'echo no such host >&2; exit 1'
  rescue:
    - name: Go back
      ansible.builtin.command: echo back
""")

    assert screen.index("Try it [localhost] FAILED") < screen.index("no such host")
    assert screen.index("no such host") < screen.index("Go back")
    assert screen.count("no such host") == 1


def test_a_long_step_shows_that_it_goes_on_and_how_far_it_is(runner):
    screen = runner.run("""
- name: Build 2 images
  counting:
  register: count
  until: count.done
  delay: 0
  retries: 5
""")

    assert re.search(r"^ +\d+ s  Build 2 images \.\.\.$", screen, re.MULTILINE)
    assert re.search(r"^ +\d+ s  Build 2 images \.\.\. 1 of 2 done$", screen, re.MULTILINE)
    assert "RETRYING" not in screen


def test_on_a_terminal_one_line_is_rewritten(runner):
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        runner.command("- name: Wait for it\n  ansible.builtin.command: sleep 3"),
        cwd=runner.directory,
        env=runner.environment(TERM="xterm", COLUMNS="60"),
        stdin=end,
        stdout=end,
        stderr=end,
    )
    os.close(end)
    screen = b""
    # Reading ends with an error when the other side is closed.
    try:
        while data := os.read(terminal, 4096):
            screen += data
    except OSError:
        pass
    os.close(terminal)

    assert process.wait(60) == 0
    assert re.search(rb"\r\x1b\[K +\d s  Wait for it \.\.\.\r\x1b\[K", screen)


def test_a_dry_run_shows_differences(runner):
    screen = runner.run(
        '- ansible.builtin.copy: {content: "new line\\n", dest: "{{ playbook_dir }}/file"}',
        "--check",
        "--diff",
    )

    assert "+new line" in screen


def test_verbose_runs_print_what_the_default_callback_prints(runner):
    screen = runner.run(STEPS, "-v")

    assert "TASK [Find all in order]" in screen
    assert "ok-output" in screen


def test_only_the_newest_logs_are_kept(runner):
    (runner.directory / "logs").mkdir()
    for day in (1, 2, 3):
        (runner.directory / "logs" / f"2020010{day}-000000.log").touch()

    runner.run("- ansible.builtin.debug: {msg: hello}")

    assert len(runner.logs) == 2
    assert runner.logs[0].name == "20200103-000000.log"


def test_another_callback_on_the_screen_needs_no_log(runner):
    runner.run("- ansible.builtin.debug: {msg: hello}", ANSIBLE_STDOUT_CALLBACK="default")

    assert runner.logs == []


def test_warnings_are_shown_except_those_that_are_expected(runner):
    expected = ["Module remote_tmp is new", "failed to look up user with uid 10001"]
    for module, warnings in {"expected": expected, "old_disk": ["the disk is old"]}.items():
        (runner.directory / f"{module}.py").write_text(
            f"#!/usr/bin/python\nimport json\nprint(json.dumps({{'warnings': {warnings}}}))\n"
        )

    screen = runner.run("- expected:\n- old_disk:")

    assert "the disk is old" in screen
    assert "remote_tmp" not in screen
    assert "10001" not in screen


def test_filters_are_loaded_once_and_not_by_each_task(runner):
    filters = runner.directory / "filters"
    filters.mkdir()
    (filters / "tell.py").write_text(
        f"open({str(runner.directory / 'loaded')!r}, 'a').write('once ')\n"
        "class FilterModule:\n"
        "    def filters(self):\n"
        "        return {'tell': str}\n"
    )
    task = '- ansible.builtin.debug: {msg: "{{ 1 | tell }}"}\n'

    said = runner.run(task * 3)

    assert "WARNING" not in said
    assert (runner.directory / "loaded").read_text() == "once "
