#!/bin/bash
# Make a signed repository of transitional packages: old names, each depending on today's package.
set -euo pipefail
root=$1
repository=$root/usr/share/identidock-lab/apt
keyring=$root/usr/share/keyrings/identidock-lab.gpg

# Old name, today's packages.
packages=(
    "python         python-is-python3"
    "python-minimal python-is-python3"
    "python-dev     python-is-python3, python3-dev"
    "python-pip     python-is-python3, python3-pip"
    "python-setuptools  python-is-python3, python3-setuptools"
    "python-virtualenv  python-is-python3, python3-virtualenv"
    "python-wheel   python-is-python3, python3-wheel"
)

mkdir -p "$repository" "${keyring%/*}" "$root/etc/apt/sources.list.d" "$root/etc/dpkg/dpkg.cfg.d"
for package in "${packages[@]}"; do
    read -r name depends <<<"$package"
    mkdir -p "$name/DEBIAN"
    cat >"$name/DEBIAN/control" <<CONTROL
Package: $name
Version: 3.11+identidock-lab
Architecture: all
Section: oldlibs
Depends: $depends
Maintainer: identidock-lab
Description: transitional package of identidock-lab
 The old name of $depends.
CONTROL
    dpkg-deb --root-owner-group --build "$name" "$repository" >/dev/null
done

# Debian's pip refuses to stand beside any python-pip. This one does not, and is the newer of the two.
apt-get download python3-pip
dpkg-deb --raw-extract python3-pip_*.deb python3-pip
sed --in-place --expression 's/^Version: .*/&+lab1/' --expression '/^Breaks: python-pip$/d' \
    python3-pip/DEBIAN/control
dpkg-deb --root-owner-group --build python3-pip "$repository" >/dev/null

cd "$repository"
dpkg-scanpackages . >Packages
cat >Release <<RELEASE
Origin: identidock-lab
Date: $(date --utc --rfc-email)
SHA256:
 $(sha256sum Packages | cut -d ' ' -f 1) $(stat --format %s Packages) Packages
RELEASE
# The key signs this once and is thrown away with this stage of the build.
export GNUPGHOME=$HOME/signing
mkdir -m 0700 "$GNUPGHOME"
gpg --batch --quiet --passphrase '' --quick-generate-key identidock-lab ed25519 sign never
gpg --batch --quiet --clearsign --output InRelease Release
gpg --batch --quiet --export identidock-lab >"$keyring"

echo 'deb [signed-by=/usr/share/keyrings/identidock-lab.gpg] file:/usr/share/identidock-lab/apt ./' \
    >"$root/etc/apt/sources.list.d/identidock-lab.list"
# The file by which Debian keeps pip out of the system's Python; Ubuntu had none before 23.04.
echo 'path-exclude=/usr/lib/python3*/EXTERNALLY-MANAGED' >"$root/etc/dpkg/dpkg.cfg.d/identidock-lab"
