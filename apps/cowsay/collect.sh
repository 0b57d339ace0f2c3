#!/bin/bash
# Copy cowsay, with nothing but what it needs to run, to a root of its own.
set -euo pipefail
root=$1
parts=$(mktemp -d)

# Perl itself knows what it has read by the time the cow has spoken.
perl -e 'END { print STDERR map { "$_\n" } values %INC, @DynaLoader::dl_shared_objects }
         do "/usr/games/cowsay" or die $@' Salut 2>"$parts/modules"
find /usr/games /usr/share/cowsay /usr/lib/locale/C.utf8 ! -type d >"$parts/files"
echo /usr/bin/perl >>"$parts/files"
# The libraries of perl and of its modules, and what loads them.
grep '\.so$' "$parts/modules" | xargs ldd /usr/bin/perl |
    grep -o '/lib[^ :]*\.so\.[0-9]*' >"$parts/libraries"

# Whose files are taken, their licences go along.
sort -u "$parts/modules" "$parts/files" "$parts/libraries" >"$parts/all"
xargs realpath <"$parts/all" | xargs dpkg-query --search | cut -d : -f 1 | sort -u >"$parts/packages"
sed 's,.*,/usr/share/doc/&/copyright,' "$parts/packages" >"$parts/copyrights"
xargs grep -Eho '/usr/share/common-licenses/[[:alnum:].-]*[[:alnum:]]' <"$parts/copyrights" |
    sort -u >"$parts/licences"

mkdir "$root"
cat "$parts/all" "$parts/copyrights" "$parts/licences" |
    xargs cp --parents --dereference --target-directory="$root"
# By this one can tell what is installed, and what of it Debian has updated.
mkdir --parents "$root/var/lib/dpkg"
xargs dpkg-query --status <"$parts/packages" >"$root/var/lib/dpkg/status"
# The same content at any hour: everything is as old as cowsay.
find "$root" -exec touch --reference=/usr/games/cowsay {} +
