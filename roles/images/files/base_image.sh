#!/bin/sh
# Bootstrap a minimal Debian of one or more suites and turn it into a Docker image.
#
# usage: base_image.sh packages MIRROR SECURITY_MIRROR SUITE...
#          bootstraps, where the mirror has changed, all suites at once, and prints the packages,
#          each with its suite and version
#        base_image.sh build MIRROR SECURITY_MIRROR SUITE CERTIFICATES NAME:TAG...
#          makes the image of it, which trusts the *.crt in the directory CERTIFICATES
#
# The same packages give the same image, digest included: whatever depends on the hour is set to
# the date of the newest package.
set -eu

command=$1 mirror=${2%/} security=${3%/}
shift 3

# Debian 13 keeps /tmp in memory, which spares the disk 10,000 small files; it must have room.
free=$(df --output=avail --block-size=1M /tmp | tail -n 1)
work=$(mktemp -d "$([ "$free" -ge 1000 ] && echo /tmp || echo /var/tmp)/base-image.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# What the mirror has now: its signed lists of contents, a few hundred kilobytes.
releases() {
    for release in "$mirror/dists/$suite" "$mirror/dists/$suite-updates" "$security/dists/$suite-security"; do
        /usr/lib/apt/apt-helper -qq -o APT::Sandbox::User=root \
            download-file "$release/InRelease" "$work/InRelease" >&2
        cat "$work/InRelease"
    done
}

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

# The root file system as $work/root.tar, its packages as $work/packages, its date as $work/date.
make_root() {
    root=$work/root
    bootstrap --quiet --format=directory "$suite" "$root" >&2
    dpkg-query --admindir="$root/var/lib/dpkg" --show --showformat='${Package} ${Version}\n' |
        LC_ALL=C sort > "$work/packages"

    # The builder's own, which mmdebstrap put there; the engine gives each container its own.
    rm -f "$root/etc/hostname" "$root/etc/resolv.conf"

    # As in every Debian image for containers: no service starts by itself, no package file stays.
    printf '#!/bin/sh\nexit 101\n' > "$root/usr/sbin/policy-rc.d"
    chmod 0755 "$root/usr/sbin/policy-rc.d"
    cat > "$root/etc/apt/apt.conf.d/docker-clean" <<'APT'
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/archives/partial/*.deb || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
APT
    (cd "$root" && rm -rf dev/* run/* tmp/* var/log/* \
        var/cache/ldconfig/aux-cache var/lib/apt/lists/* var/cache/apt/*)

    # Only packages put plain files there, with the date of the package.
    find "$root/usr/bin" "$root/usr/lib" -type f -printf '%T@\n' | sort -n | tail -n 1 | cut -d . -f 1 > "$work/date"
    tar --create --directory "$root" --file "$work/root.tar" --sort=name \
        --mtime="@$(cat "$work/date")" --clamp-mtime --numeric-owner --xattrs --xattrs-include='*' .
}

# Bootstrap once for each state of the mirror, keep the outcome in $kept, and list its packages.
keep() {
    suite=$1
    releases > "$work/releases"
    kept=/var/cache/base-image/$suite/$(cat "$0" "$work/releases" | sha256sum | cut -c 1-32)
    if [ ! -e "$kept" ]; then
        make_root
        rm -rf "/var/cache/base-image/$suite"
        install -d "$kept.part"
        mv "$work/root.tar" "$work/packages" "$work/date" "$kept.part"
        mv "$kept.part" "$kept"
    fi
    sed "s/^/$suite /" "$kept/packages"
}

packages() {
    jobs=
    for suite in "$@"; do
        "$0" keep "$mirror" "$security" "$suite" > "$work/$suite" &
        jobs="$jobs $!"
    done
    for job in $jobs; do wait "$job"; done
    cd "$work" && cat "$@"
}

build() {
    suite=$1 certificates=$2
    shift 2
    keep "$suite" > "$work/listed"
    date=$(cat "$kept/date")

    context=$work/context
    mkdir "$context"
    cp "$kept/root.tar" "$context"
    # Where the package ca-certificates takes them up when somebody installs it. They go into the
    # archive: COPY would give their directory the hour of the build.
    store=usr/local/share/ca-certificates
    install -d "$work/site/$store"
    find "$certificates" -name '*.crt' -exec install -m 0644 -t "$work/site/$store" {} +
    tar --append --directory "$work/site" --file "$context/root.tar" --sort=name \
        --mtime="@$date" --owner=0 --group=0 --numeric-owner "./$store"
    cat > "$context/Dockerfile" <<'DOCKERFILE'
FROM scratch
ADD root.tar /
CMD ["bash"]
DOCKERFILE
    for tag in "$@"; do set -- "$@" --tag "$tag"; shift; done
    docker buildx build --quiet --provenance=false "$@" \
        --build-arg "SOURCE_DATE_EPOCH=$date" \
        --label "maintainer=identidock-lab" \
        --label "version=$suite" \
        --label "org.opencontainers.image.title=Debian $suite, bootstrapped by identidock-lab" \
        --label "org.opencontainers.image.description=Minimal Debian from a Debian mirror; not the image of the same name on Docker Hub" \
        --label "org.opencontainers.image.created=$(date --utc --date "@$date" +%Y-%m-%dT%H:%M:%SZ)" \
        "$context"
}

case $command in
    packages | keep | build) "$command" "$@" ;;
    *) echo "base_image.sh: packages or build, not $command" >&2; exit 2 ;;
esac
