"""Names and addresses as URLs and certificates write them."""

import pytest


@pytest.fixture(scope="module")
def filters(load):
    """The filters, as Ansible finds them."""
    return load("filter/addresses").FilterModule().filters()


@pytest.mark.parametrize(
    ("host", "written"),
    [("lab1", "lab1"), ("192.0.2.11", "192.0.2.11"), ("2001:db8::11", "[2001:db8::11]")],
)
def test_an_ipv6_address_stands_in_brackets(filters, host, written):
    assert filters["url_host"](host) == written


def test_a_certificate_tells_names_from_addresses_and_has_each_once(filters):
    hosts = ["lab1", "192.0.2.11", "2001:DB8:0:0::11", "lab1"]

    names = filters["subject_alt_names"](hosts)

    assert names == ["DNS:lab1", "IP:192.0.2.11", "IP:2001:db8::11"]
