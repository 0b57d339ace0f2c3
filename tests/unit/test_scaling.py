"""What docs/scaling.md says of many machines agrees with what was measured of one."""

import copy
import json
import re
import sys
import xml.etree.ElementTree as ET

import pytest
import scaling
from commands import ROOT

PAGE = (ROOT / "docs/scaling.md").read_text()
PERFORMANCE = (ROOT / "docs/performance.md").read_text()
MEASURED = {kind: case for kind, case in scaling.CASES.items() if "measured_rate" in case}


@pytest.fixture
def cases(monkeypatch):
    """The cases, to be changed by one test."""
    for kind, case in copy.deepcopy(scaling.CASES).items():
        monkeypatch.setitem(scaling.CASES, kind, case)
    return scaling.CASES


def test_simulation_agrees_with_every_measured_case():
    found = scaling.checked()

    assert len(found) == 5
    assert scaling.disagreeing(found) == []


@pytest.mark.parametrize(("kind", "part"), [("cached", "edge"), ("new_monster", "replica")])
def test_part_that_costs_more_than_was_measured_is_noticed(cases, kind, part):
    cases[kind]["one_machine"][part] *= 2

    assert scaling.disagreeing(scaling.checked()) == [cases[kind]["title"]]


def test_check_fails_when_more_was_measured_than_is_simulated(cases, monkeypatch, capsys):
    cases["page"]["measured_rate"] *= 1.5
    monkeypatch.setattr(sys, "argv", ["scaling.py", "--check"])

    assert scaling.main() == 1
    assert cases["page"]["title"] in capsys.readouterr().err


@pytest.mark.parametrize("kind", MEASURED)
def test_figures_are_those_of_the_performance_page(kind):
    case = MEASURED[kind]
    title = re.escape(case["title"])
    cpu = re.findall(rf"(?m)^\| {title} \| [\d.]+ \| ([\d.]+) \| \*\*.* at least ", PERFORMANCE)
    rate = re.findall(rf"(?m)^\| {title} \| ours \| (\d+) \|", PERFORMANCE)

    assert [float(each) for each in cpu] == [pytest.approx(sum(case["one_machine"].values()))]
    assert rate == [str(case["measured_rate"])]


def test_every_figure_says_where_it_comes_from():
    entries = [
        entry
        for group in ("of_cases", "mixes", "figures")
        for entry in scaling.FIGURES[group].values()
    ]

    assert all(entry["what"] and entry["source"] for entry in entries)


@pytest.mark.parametrize("name", [name for name in scaling.TABLES if name != "machines"])
def test_page_has_the_table_that_the_script_prints(name):
    table = scaling.markdown(scaling.TABLES[name]())

    assert scaling.place(PAGE, name, table) == PAGE


def test_page_names_the_limits_of_the_script():
    assert f"{scaling.USE_LIMIT * 100:.0f} percent of the time" in PAGE
    assert f"longer than {scaling.P99_LIMIT * 1000:.0f} ms" in PAGE
    assert f"more than {scaling.TOLERANCE * 100:.0f} percent" in PAGE


def test_mark_that_is_missing_is_an_error():
    with pytest.raises(SystemExit, match="machines"):
        scaling.place("# Scaling\n", "machines", "| a |\n")


def test_same_seed_gives_the_same_outcome():
    runs = [scaling.simulated(scaling.Lab(3), "usual", 20_000) for _ in range(2)]

    assert runs[0] == runs[1]


def test_more_machines_carry_what_one_cannot():
    rate = 40_000
    one, more = (scaling.simulated(scaling.Lab(count), "usual", rate) for count in (1, 6))

    assert one.rate < 0.7 * rate
    assert more.rate == pytest.approx(rate, rel=0.05)
    assert more.p99 < scaling.P99_LIMIT < one.p99


def test_redis_that_is_asked_too_much_ends_first(cases):
    cases["kept"]["swarm"]["redis"] = 100
    run = scaling.Simulation(scaling.Lab(8, cores=4), {"kept": 1}, rate=20_000).run()

    assert run.busiest == "redis"
    assert run.rate == pytest.approx(10_000, rel=0.05)


def test_chart_is_an_svg_with_its_axes_and_lines():
    lines = [scaling.Line("one <b>", [(100, 1), (1000, 20)]), scaling.Line("two", [(100, 2)])]
    chart = ET.fromstring(scaling.Chart("Title", "per second", "ms", lines).svg())
    texts = [text.text for text in chart.iter("{http://www.w3.org/2000/svg}text")]

    assert {"Title", "per second", "ms", "one <b>", "two", "100", "1,000"} <= set(texts)
    assert len(list(chart.iter("{http://www.w3.org/2000/svg}polyline"))) == 2


def test_data_is_sound():
    parts = {"edge", "replica", "dnmonster", "redis"}
    for case in json.loads((ROOT / "bench/scaling.json").read_text())["cases"].values():
        assert case["one_machine"].keys() == case["swarm"].keys() <= parts
        assert ("redis" in case["one_machine"]) == bool(case["redis_commands"])
