"""Which packages of images have newer versions, from what apt-cache prints."""

import pytest

# As apt 3.0 of Debian 13 prints it: up to date, newer, not in the mirror, removed but for its
# settings, and an image of another name with a package of the same.
OUTPUT = """\
image debian
libc6:
  Installed: 2.41-12
  Candidate: 2.41-12+deb13u1
  Version table:
     2.41-12+deb13u1 500
        500 http://deb.debian.org/debian-security trixie-security/main amd64 Packages
 *** 2.41-12 100
        100 /updates/debian
bash:
  Installed: 5.2.37-2+b10
  Candidate: 5.2.37-2+b10
  Version table:
 *** 5.2.37-2+b10 500
        500 http://deb.debian.org/debian trixie/main amd64 Packages
        100 /updates/debian
image redis
libc6:
  Installed: 2.41-12
  Candidate: 2.41-12+deb13u1
  Version table:
     2.41-12+deb13u1 500
        500 http://deb.debian.org/debian-security trixie-security/main amd64 Packages
 *** 2.41-12 100
        100 /updates/redis
libssl3t64:
  Installed: 3.5.1-1
  Candidate: 3.5.1-1+deb13u1
  Version table:
     3.5.1-1+deb13u1 500
        500 http://deb.debian.org/debian-security trixie-security/main amd64 Packages
 *** 3.5.1-1 100
        100 /updates/redis
gone:
  Installed: 1:1.0
  Candidate: 1:1.0
  Version table:
 *** 1:1.0 100
        100 /updates/redis
exim4-config:
  Installed: (none)
  Candidate: 4.98.2-1
  Version table:
     4.98.2-1 500
        500 http://deb.debian.org/debian trixie/main amd64 Packages
never-there:
  Installed: 1.0
  Candidate: (none)
  Version table:
image cowsay
"""
LIBC = "libc6 2.41-12 → 2.41-12+deb13u1"
LIBSSL = "libssl3t64 3.5.1-1 → 3.5.1-1+deb13u1"
IMAGES = {
    "debian": {"from": {}},
    "debian-12": {"from": {}},
    "python": {"from": {"debian": "13-0c1d5be1f2aa"}},
    "runtime": {"from": {"python": "3.13-77aabb010203"}},
    "redis": {"from": {"debian": "13-0c1d5be1f2aa"}},
    "cowsay": {"from": {"debian": "13-0c1d5be1f2aa"}},
}


@pytest.fixture(scope="module")
def info(load):
    return load("modules/image_updates_info")


def test_newer_packages_are_told_from_version_to_version(info):
    assert info.parsed(OUTPUT) == {"debian": [LIBC], "redis": [LIBC, LIBSSL], "cowsay": []}


def test_what_an_image_has_from_its_parent_is_left_out(info):
    assert info.own(info.parsed(OUTPUT), IMAGES) == {"debian": [LIBC], "redis": [LIBSSL]}


def test_another_version_of_the_parents_package_counts(info):
    older = "libssl3t64 3.5.0-1 → 3.5.1-1+deb13u1"

    assert info.own({"python": [LIBSSL], "runtime": [older]}, IMAGES) == {
        "python": [LIBSSL],
        "runtime": [older],
    }


@pytest.mark.parametrize(
    ("name", "layers", "base"),
    [
        ("redis", ["13", "redis"], "debian"),
        # Which Python an application from git was built on is known by its layers alone.
        ("redis", ["12", "redis"], "debian-12"),
        # An image from scratch has none of them.
        ("runtime", ["runtime"], "debian"),
        ("debian-12", ["12"], "debian-12"),
    ],
)
def test_an_image_is_compared_with_the_mirror_of_its_base(info, name, layers, base):
    layers = {"debian": ["13"], "debian-12": ["12"], name: layers}

    assert info.base_of(name, IMAGES, layers) == base
