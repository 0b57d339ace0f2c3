"""Holding new connections back: the rule goes, whatever happens."""

import re

import pytest
from ansible.module_utils.compose import Done, StackError
from ansible.module_utils.firewall import TOOLS, Hold


class Firewall:
    """The rules of both tools, as they would list them."""

    def __init__(self):
        self.rules = {tool: ["-P PREROUTING ACCEPT"] for tool in TOOLS}
        self.refuses = False

    def __call__(self, argv):
        tool, _, _, _, verb, _, *rule = argv
        if verb == "--list-rules":
            return Done(0, "\n".join(self.rules[tool]))
        if self.refuses:
            return Done(4, "", "Permission denied\n")
        words = [f'"{word}"' if " " in word else word for word in rule]
        # Listed in its short form.
        short = {"--in-interface": "-i", "--protocol": "-p", "--match": "-m", "--jump": "-j"}
        line = " ".join(["-A PREROUTING", *(short.get(word, word) for word in words)])
        if verb == "--insert":
            self.rules[tool].append(line)
        else:
            self.rules[tool].remove(line)
        return Done(0, "")

    @property
    def dropped(self):
        return [
            int(found.group(1))
            for rules in self.rules.values()
            for rule in rules
            if (
                found := re.search(
                    r"! -i lo -p tcp --dport (\d+) --syn -m addrtype --dst-type LOCAL .*-j DROP",
                    rule,
                )
            )
        ]


@pytest.fixture
def firewall():
    return Firewall()


@pytest.fixture
def hold(firewall):
    """A function that makes a hold whose ports answer when the clock says so."""

    def hold(ports, answers_after=0.0):
        time = [0.0]

        def sleep(seconds):
            time[0] += seconds

        held = Hold(
            "edge", ports, firewall, lambda _: time[0] >= answers_after, lambda: time[0], sleep
        )
        held.time = time
        return held

    return hold


def test_ports_are_held_until_they_answer_again(firewall, hold):
    held = hold([9090, 5000], answers_after=0.8)

    with held.during():
        assert firewall.dropped == [9090, 5000] * 2

    assert firewall.dropped == []
    assert held.time == [pytest.approx(0.8, abs=0.06)]


def test_they_are_not_held_for_long_where_nobody_answers(firewall, hold):
    held = hold([9090], answers_after=1000)

    with held.during():
        pass

    assert firewall.dropped == []
    assert held.time[0] < 16


def test_the_rule_goes_when_the_exchange_fails(firewall, hold):
    with pytest.raises(KeyboardInterrupt), hold([9090]).during():
        raise KeyboardInterrupt

    assert firewall.dropped == []


def test_a_rule_that_a_killed_run_left_is_found_by_its_comment(firewall, hold):
    hold([9090])._place()
    firewall.rules["iptables"].append('-A PREROUTING -m comment --comment "a stranger" -j DROP')

    assert len(hold([9090]).left()) == 2
    hold([9090]).release()

    assert firewall.dropped == []
    assert len(firewall.rules["iptables"]) == 2


def test_a_stack_that_holds_nothing_asks_nobody(hold):
    held = hold([])
    held._run = None

    assert held.left() == []
    with held.during():
        pass


def test_a_refusal_is_told(firewall, hold):
    firewall.refuses = True

    with pytest.raises(StackError, match="iptables says: Permission denied"), hold([1]).during():
        pass
