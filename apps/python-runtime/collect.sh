#!/bin/bash
# Copy Python, with its libraries, a shell and small tools, to a root of its own.
set -euo pipefail
version=$1 root=$2
python=/usr/bin/python$version

# libstdc++ is what packages from PyPI expect of any Linux.
packages=(
    base-files bash busybox ca-certificates libc-bin libgcc-s1 libstdc++6 media-types netbase tzdata
    libpython3-stdlib "libpython$version-minimal" "libpython$version-stdlib"
    python3 python3-minimal "python$version" "python$version-minimal"
)
owners=$(ldd /usr/bin/{bash,busybox} "$python" "/usr/lib/python$version/lib-dynload/"*.so |
    sed -n 's/.* => \(.*\) (.*/\1/p' | sort -u | xargs realpath | xargs dpkg-query --search)
mapfile -t packages < <({ printf '%s\n' "${packages[@]}" && cut -d : -f 1 <<<"$owners"; } | sort -u)

mkdir "$root"
{
    # Packages list also what the base image leaves out. Character sets are for iconv alone.
    dpkg-query --listfiles "${packages[@]}" | grep -v /gconv | sort -u | while IFS= read -r path; do
        if [[ -e $path || -L $path ]]; then echo "$path"; fi
        if [[ -d $path/__pycache__ ]]; then find "$path/__pycache__"; fi
    done
    # A package may have its licence in the folder of another one.
    printf '/usr/share/doc/%s/copyright\n' "${packages[@]}" | xargs realpath
    # What no package owns, and OpenSSL's settings without its program.
    find /etc/{group,localtime,nsswitch.conf,passwd} \
        /etc/ssl /usr/lib/ssl /usr/local/share/ca-certificates
    # By these and by the status, scanners tell what is installed.
    for package in "${packages[@]}"; do
        for path in "/var/lib/dpkg/info/$package"{,:*}.{list,md5sums}; do
            if [[ -e $path ]]; then echo "$path"; fi
        done
    done
} | sed 's,^/,,' | tar --create --directory=/ --no-recursion --files-from=- |
    tar --extract --directory="$root"
dpkg-query --status "${packages[@]}" >"$root/var/lib/dpkg/status"

ln -s python3 "$root/usr/bin/python"

# What is not for the administrator of a machine. bash stays itself.
for link in $(busybox --list-full | grep -E '^(usr/)?bin/|/nologin$'); do
    if [ ! -e "$root/$link" ]; then ln -s /usr/bin/busybox "$root/$link"; fi
done
ldconfig -X -r "$root"
rm -r "$root/var/cache/ldconfig"

# The same content at any hour. No module of Python is newer than Python itself, so its bytecode,
# which knows the time of the source, stays good.
find "$root" -newer "$python" -exec touch --no-dereference --reference="$python" {} +
