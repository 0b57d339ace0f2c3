"""An update, a bad release and the loss of a machine, while people visit two others."""

from __future__ import annotations

import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from releases import ANSWERS_500, RAISES

# How a machine asks for the page again and again, for about half a minute.
ASK = """
for turn in $(seq 100); do
    status=$(curl --silent --output /dev/null --max-time 1 --write-out '%{http_code}' "$0")
    echo "$(date +%s.%N) $status"
    sleep 0.2
done
"""


def test_update_and_rollback_fail_no_visit(visit, machines, swarm, releases, deploy, play):
    before = swarm.images()
    releases.make(identidock=f'LABEL edition="{secrets.token_hex(8)}"')
    with visit(*machines[:2]) as visits:
        deploy()
        assert swarm.images() == {releases.image("identidock")} != before

        began = time.monotonic()
        code, said = play("playbooks/rollback.yml", "--tags=identidock")
        took = time.monotonic() - began
        assert code == 0, said
        assert swarm.images() == before
    print(f"rolled back in {took:.0f} seconds")

    assert took < 60
    assert visits.failures == []
    assert min(visits.answered.values()) >= 1000


@pytest.mark.parametrize(
    ("module", "sentence"),
    [(RAISES, "KeyError: 'salt'"), (ANSWERS_500, "answered 500 to GET /")],
    ids=["raises", "answers-500"],
)
def test_bad_release_touches_no_replica(visit, machines, swarm, releases, play, module, sentence):
    before = swarm.images()
    number = releases.make(identidock=f"COPY <<'E' identidock/wsgi.py\n{module}\nE")
    with visit(*machines[:2]) as visits:
        code, said = play("playbooks/deploy.yml", "--tags=identidock")
    said = " ".join(said.split())
    releases.withdraw()

    assert code != 0
    assert sentence in said
    assert f"Release {number} failed" in said
    assert "KeyError: 'salt'" in said.partition("It said last: `")[2]
    assert swarm.images() == before
    assert visits.failures == []


def test_lost_machine_is_missed_at_no_other_and_joins_by_itself(visit, machines, swarm):
    lost = machines[2]
    limit = swarm.recovery_without(lost)
    with visit(*machines[:2]) as visits:
        lost.kill()
        swarm.away.add(lost.name)
        gone = swarm.wait(limit)
        visits.wait_for(2000)
        lost.start()
        swarm.away.discard(lost.name)
        back = swarm.wait(swarm.comeback)
    print(f"whole without it after {gone:.0f} seconds, and with it after {back:.0f}")

    assert visits.failures == []


def test_cluster_address_moves_within_seconds(machines, swarm, cluster_address):
    """Asked by a machine that does not have it."""
    home = next(each for each in machines if cluster_address in each.run("hostname", "-I").split())
    asking = next(machine for machine in machines if machine is not home)
    with ThreadPoolExecutor(1) as apart:
        asked = apart.submit(asking.run, "sh", "-c", ASK, f"http://{cluster_address}:9090/")
        time.sleep(3)
        home.kill()
        swarm.away.add(home.name)
        answered = [line.split() for line in asked.result().splitlines()]
    served = [float(when) for when, status in answered if status == "200"]
    gap = max(later - earlier for earlier, later in pairwise(served))
    print(f"away for {gap:.1f} seconds")

    assert answered[-1][1] == "200"
    # It was lost and found.
    assert {status for _, status in answered} == {"200", "000"}
    assert gap < 5
