"""apt's sources, whatever their format, with mirrors that others can reach."""

import os

import pytest


@pytest.fixture(scope="module")
def info(load):
    """The module's functions."""
    return load("modules/apt_sources_info")


def listing(*sources):
    """What apt-get prints of sources, each an address and a release."""
    lines = []
    for uri, release in sources:
        lines.append(f"'{uri}/dists/{release}/InRelease' some_dists_{release}_InRelease 0 ")
        lines.append(f"'{uri}/dists/{release}/main/binary-all/Packages.xz' some_Packages 0 ")
    return "\n".join(lines)


def test_each_source_is_told_once_and_in_order(info):
    debian = "http://deb.debian.org/debian"
    found = info.sources(
        listing((debian, "trixie"), (debian, "trixie-updates"), (debian, "trixie"))
    )

    assert found == [
        {"release": "trixie", "uri": f"{debian}/"},
        {"release": "trixie-updates", "uri": f"{debian}/"},
    ]


@pytest.mark.parametrize("form", ["mirror+file:{}", "mirror+file://{}"])
@pytest.mark.parametrize(
    "mirrors",
    [
        "http://one.example/debian\nhttps://two.example/debian\n",
        "http://one.example/debian/\tpriority:1\n",
        "file:/srv/debian\nhttp://one.example/debian\n",
        "# ours\n\n  http://one.example/debian\n",
    ],
)
def test_a_list_of_mirrors_is_replaced_by_the_first_that_is_reached_over_http(
    info, tmp_path, form, mirrors
):
    (tmp_path / "debian.list").write_text(mirrors)
    uri = form.format(tmp_path / "debian.list")

    assert info.sources(listing((uri, "trixie"))) == [
        {"release": "trixie", "uri": "http://one.example/debian/"}
    ]


@pytest.mark.parametrize(
    "uri", ["mirror+file:/nowhere/debian.list", "mirror+https://m.example/list", "file:/srv/debian"]
)
def test_what_is_not_reached_over_http_is_told_as_it_is(info, uri):
    assert info.sources(listing((uri, "trixie"))) == [{"release": "trixie", "uri": f"{uri}/"}]


@pytest.fixture
def path_with(tmp_path):
    """A function that makes a PATH on which apt-get prints a text."""

    def make(text):
        (tmp_path / "apt-get").write_text(f"#!/bin/sh\ncat <<'EOF'\n{text}\nEOF\n")
        (tmp_path / "apt-get").chmod(0o755)
        return f"{tmp_path}:{os.environ['PATH']}"

    return make


def test_module_asks_apt(run_module, path_with):
    path = path_with(listing(("http://one.example/debian", "trixie")))

    assert run_module("apt_sources_info", environment={"PATH": path})["sources"] == [
        {"release": "trixie", "uri": "http://one.example/debian/"}
    ]
