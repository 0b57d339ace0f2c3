#!/bin/sh
# Make the disk of a Debian with cgroup v2 and a Docker Engine that has the VM image already.
#
# usage: make_disk.sh DIRECTORY SUITE MIRROR IMAGE_ARCHIVE PUBLIC_KEY
#
# Writes disk.img, vmlinuz, initrd.img and the host key there. Everything is done at the controller's
# own speed: under emulation, apt and `docker load` would take minutes. Wants to be root.
set -eu
umask 022

directory=$1 suite=$2 mirror=$3 image=$4 public_key=$5

work=$directory/work
root=$work/root
# The path of a socket may have about 100 characters only.
sockets=$(mktemp -d)
engine=
clean() {
    if [ -n "$engine" ]; then
        kill "$engine" 2> /dev/null || :
        wait "$engine" || :
    fi
    rm -rf "$work" "$sockets"
}
trap clean EXIT
trap 'exit 1' HUP INT TERM
rm -rf "$work"
mkdir -p "$work"

cat > "$work/customize" <<'HOOK'
#!/bin/sh
set -eu
root=$1
echo guest > "$root/etc/hostname"
echo '/dev/vda / ext4 defaults 0 1' > "$root/etc/fstab"
printf '[Match]\nName=en*\n[Network]\nAddress=10.0.2.15/24\nGateway=10.0.2.2\n' > "$root/etc/systemd/network/user.network"
chroot "$root" systemctl enable --quiet systemd-networkd.service
# Compiling the profiles of programs that are not there takes half a minute, emulated; the engine loads its own.
chroot "$root" systemctl mask --quiet apparmor.service apt-daily.timer apt-daily-upgrade.timer
HOOK
chmod +x "$work/customize"

mmdebstrap --quiet --variant=minbase --keyring=/usr/share/keyrings/debian-archive-keyring.gpg \
    --include=linux-image-cloud-amd64,systemd-sysv,udev,dbus,openssh-server,docker.io,docker-cli,iptables,apparmor \
    --aptopt='Acquire::Languages "none"' --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook="$work/customize" \
    "$suite" "$root" "deb $mirror $suite main"
install -D -m 0600 "$public_key" "$root/root/.ssh/authorized_keys"

# An engine that only fills the guest's directory, of the kind of store that every engine reads. It has
# a network namespace of its own, for with `--bridge none` it removes the docker0 that it finds.
echo '{"features": {"containerd-snapshotter": false}, "storage-driver": "overlay2"}' > "$work/daemon.json"
unshare --net dockerd --config-file "$work/daemon.json" --data-root "$root/var/lib/docker" \
    --exec-root "$sockets" --pidfile "$sockets/dockerd.pid" --host "unix://$sockets/docker.sock" \
    --containerd-namespace machines --containerd-plugins-namespace machines-plugins \
    --bridge none --iptables=false > "$work/dockerd.log" 2>&1 &
engine=$!
timeout 60 sh -c "until docker --host 'unix://$sockets/docker.sock' version > /dev/null 2>&1; do sleep 0.2; done" ||
    { cat "$work/dockerd.log" >&2; exit 1; }
docker --host "unix://$sockets/docker.sock" load --quiet --input "$image"
kill "$engine"
wait "$engine" || :
engine=

cp "$root"/boot/vmlinuz-* "$work/vmlinuz"
cp "$root"/boot/initrd.img-* "$work/initrd.img"
cp "$root/etc/ssh/ssh_host_ed25519_key.pub" "$work/host_key.pub"
mke2fs -q -t ext4 -d "$root" "$work/disk.img" 6G
for file in vmlinuz initrd.img host_key.pub disk.img; do
    chown --reference="$directory" "$work/$file"
    mv "$work/$file" "$directory/$file"
done
