"""The one address of several machines, as each of them sees it."""

import pytest

testinfra_hosts = ["ansible://swarm_nodes"]


def test_address_serves_the_page(host, lab):
    if not lab["cluster_address"]:
        pytest.skip("the inventory gives none")
    # Its certificate is the edge's matter, and tested there.
    url = f"{lab['lab_scheme']}://{lab['cluster_address']}:{lab['identidock_port']}/"
    said = host.check_output(
        "curl --silent --insecure --max-time 10 --output /dev/null --write-out '%%{http_code}' %s",
        url,
    )

    assert said == "200"
