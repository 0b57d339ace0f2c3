#!/bin/sh
# Bootstrap a minimal Debian and turn it into a Docker image.
#
# usage: base_image.sh packages SUITE MIRROR SECURITY_MIRROR
#          prints the packages the image would hold, with their versions
#        base_image.sh build SUITE MIRROR SECURITY_MIRROR CERTIFICATES NAME:TAG...
#          builds the image, which trusts the *.crt in the directory CERTIFICATES
#
# The same packages give the same image, digest included: whatever depends on the hour is set to
# the date of the newest package.
set -eu

command=$1 suite=$2 mirror=${3%/} security=${4%/}
shift 4

# Debian 13 keeps /tmp in memory, which spares the disk 10,000 small files; it must have room.
free=$(df --output=avail --block-size=1M /tmp | tail -n 1)
work=$(mktemp -d "$([ "$free" -ge 1000 ] && echo /tmp || echo /var/tmp)/base-image.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

bootstrap() {
    # The date goes into /etc/shadow; any fixed one will do. This is the release of Debian 13.
    SOURCE_DATE_EPOCH=1754697600 TMPDIR=$work mmdebstrap --variant=minbase \
        --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
        --aptopt='Acquire::Languages "none"' \
        --aptopt='Acquire::GzipIndexes "true"' \
        --aptopt='APT::AutoRemove::SuggestsImportant "false"' \
        --dpkgopt=force-unsafe-io \
        --dpkgopt='path-exclude=/usr/share/doc/*' \
        --dpkgopt='path-include=/usr/share/doc/*/copyright' \
        --dpkgopt='path-exclude=/usr/share/info/*' \
        --dpkgopt='path-exclude=/usr/share/lintian/*' \
        --dpkgopt='path-exclude=/usr/share/locale/*' \
        --dpkgopt='path-exclude=/usr/share/man/*' \
        "$@" \
        "deb $mirror $suite main" \
        "deb $mirror $suite-updates main" \
        "deb $security $suite-security main"
}

# What the mirror has now: its signed lists of contents, a few hundred kilobytes.
releases() {
    for release in "$mirror/dists/$suite" "$mirror/dists/$suite-updates" "$security/dists/$suite-security"; do
        /usr/lib/apt/apt-helper -qq -o APT::Sandbox::User=root \
            download-file "$release/InRelease" "$work/InRelease" >&2
        cat "$work/InRelease"
    done
}

packages() {
    releases > "$work/releases"
    # Only a mirror that changed is worth the five seconds that apt takes to work it out.
    known=/var/cache/base-image/$(cat "$0" "$work/releases" | sha256sum | cut -c 1-32)
    if [ ! -s "$known" ]; then
        install -d /var/cache/base-image
        find /var/cache/base-image -type f -delete
        resolve > "$work/packages"
        mv "$work/packages" "$known"
    fi
    cat "$known"
}

resolve() {
    bootstrap --verbose --simulate "$suite" /dev/null > "$work/log" 2>&1 || {
        grep '^E:' "$work/log" >&2
        exit 1
    }
    sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1 \2/p' "$work/log" | LC_ALL=C sort
}

build() {
    certificates=$1
    shift
    root=$work/root

    bootstrap --quiet --format=directory "$suite" "$root"

    # As in every Debian image for containers: no service starts by itself, no package file stays.
    printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
    chmod 0755 "$root/usr/sbin/policy-rc.d"
    cat > "$root/etc/apt/apt.conf.d/docker-clean" <<'APT'
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
APT

    # The package ca-certificates takes these up when somebody installs it.
    install -d -m 0755 "$root/usr/local/share/ca-certificates"
    find "$certificates" -name '*.crt' \
        -exec install -m 0644 -t "$root/usr/local/share/ca-certificates" {} +

    rm -rf "$root"/dev/* "$root"/run/* "$root"/tmp/* "$root"/var/log/* \
        "$root"/var/cache/ldconfig/aux-cache "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/*

    # Only packages put plain files there, with the date of the package.
    newest=$(find "$root/usr/bin" "$root/usr/lib" -type f -printf '%T@\n' | sort -n | tail -n 1)
    newest=${newest%.*}

    mkdir "$work/context"
    tar --create --directory "$root" --file "$work/context/root.tar" \
        --sort=name --mtime="@$newest" --clamp-mtime --numeric-owner --xattrs --xattrs-include='*' .
    cat > "$work/context/Dockerfile" <<'DOCKERFILE'
FROM scratch
ADD root.tar /
CMD ["bash"]
DOCKERFILE
    for tag in "$@"; do set -- "$@" --tag "$tag"; shift; done
    docker buildx build --quiet --provenance=false "$@" \
        --build-arg "SOURCE_DATE_EPOCH=$newest" \
        --label "maintainer=identidock-lab" \
        --label "version=$suite" \
        --label "org.opencontainers.image.title=Debian $suite, bootstrapped by identidock-lab" \
        --label "org.opencontainers.image.description=Minimal Debian from a Debian mirror; not the image of the same name on Docker Hub" \
        --label "org.opencontainers.image.created=$(date --utc --date "@$newest" +%Y-%m-%dT%H:%M:%SZ)" \
        "$work/context"
}

case $command in
    packages | build) "$command" "$@" ;;
    *) echo "base_image.sh: packages or build, not $command" >&2; exit 2 ;;
esac
