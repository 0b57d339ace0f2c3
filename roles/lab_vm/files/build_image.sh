#!/bin/sh
# Bootstrap a Debian with systemd, OpenSSH, Python and sudo, and import it as a Docker image.
#
# usage: build_image.sh IMAGE SUITE MIRROR SECURITY_MIRROR USER [PACKAGE...]
set -eu
# Whatever the umask of who types the command, the VM is the same.
umask 022

image=$1 suite=$2 mirror=$3 security=$4 user=$5
shift 5
packages=$(IFS=,; echo "$*")

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
work=$(mktemp -d "${TMPDIR:-/tmp}/lab-vm.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# With cgroup v2 Docker mounts the container's control groups read-only, and systemd cannot start.
# With cgroup v1 the VM has the controller's, writable already.
cat > "$work/vm-init" <<'SCRIPT'
#!/bin/sh
[ -w /sys/fs/cgroup ] || mount -o remount,bind,rw /sys/fs/cgroup
exec /sbin/init "$@"
SCRIPT

# Docker mounts a hosts file of its own at each start, so what was added to it is forgotten, and
# /proc/sys without the right to write. A VM has neither: mend both before anything else runs.
cat > "$work/vm-mounts.service" <<'UNIT'
[Unit]
Description=Undo the mounts that make a container of this machine
DefaultDependencies=no
Before=sysinit.target systemd-sysctl.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=sh -c 'mountpoint -q /etc/hosts || exit 0; cp /etc/hosts /run/hosts; umount /etc/hosts; [ -s /etc/hosts ] || cp /run/hosts /etc/hosts'
ExecStart=mount -o remount,bind,rw /proc/sys

[Install]
WantedBy=sysinit.target
UNIT

# Each VM has host keys of its own; and /home may be older than its user.
cat > "$work/ssh-host-keys.conf" <<UNIT
[Service]
ExecStartPre=
ExecStartPre=ssh-keygen -A
ExecStartPre=install -d -m 0700 -o $user -g $user /home/$user
ExecStartPre=sshd -t
UNIT

# The key that may log in is handed to the VM when it is made, as a cloud's metadata would.
cat > "$work/authorized-key" <<'SCRIPT'
#!/bin/sh
tr '\0' '\n' < /proc/1/environ | sed -n 's/^LAB_VM_AUTHORIZED_KEY=//p'
SCRIPT
cat > "$work/authorized-key.conf" <<CONF
AuthorizedKeysCommand /usr/local/sbin/authorized-key
AuthorizedKeysCommandUser root
AllowUsers $user
PasswordAuthentication no
CONF

# What does not stop in time is stopped for it, before Docker on the controller loses patience.
printf '[Manager]\nDefaultTimeoutStopSec=10s\n' > "$work/timeout.conf"

cat > "$work/customize" <<HOOK
#!/bin/sh
set -eu
root=\$1
install -m 0755 "$work/vm-init" "\$root/usr/local/sbin/vm-init"
install -D -m 0644 "$work/vm-mounts.service" "\$root/etc/systemd/system/vm-mounts.service"
install -D -m 0644 "$work/ssh-host-keys.conf" "\$root/etc/systemd/system/ssh.service.d/host-keys.conf"
install -m 0755 "$work/authorized-key" "\$root/usr/local/sbin/authorized-key"
install -D -m 0644 "$work/authorized-key.conf" "\$root/etc/ssh/sshd_config.d/authorized-key.conf"
install -D -m 0644 "$work/timeout.conf" "\$root/etc/systemd/system.conf.d/timeout.conf"
rm -f "\$root"/etc/ssh/ssh_host_*
chroot "\$root" systemctl enable --quiet vm-mounts.service ssh.service
# The controller's kernel and console are not the VM's to set up.
chroot "\$root" systemctl mask --quiet systemd-modules-load.service systemd-udevd.service \\
    console-getty.service getty@.service systemd-logind.service
chroot "\$root" useradd --create-home --shell /bin/bash "$user"
echo "$user ALL=(ALL) NOPASSWD: ALL" > "\$root/etc/sudoers.d/$user"
chmod 0440 "\$root/etc/sudoers.d/$user"
HOOK
chmod +x "$work/customize"

# force-unsafe-io stays in the image: a lab VM is thrown away, not mended after a power cut.
TMPDIR=$work mmdebstrap --quiet --variant=minbase --keyring="$keyring" \
    --include=systemd-sysv,dbus,openssh-server,python3,python3-apt,sudo,iproute2,iputils-ping,ca-certificates,curl,less${packages:+,$packages} \
    --aptopt='Acquire::Languages "none"' \
    --dpkgopt=force-unsafe-io \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook="$work/customize" \
    "$suite" "$work/root.tar" \
    "deb $mirror $suite main" \
    "deb $mirror $suite-updates main" \
    "deb $security $suite-security main"

docker import \
    --change 'CMD ["/usr/local/sbin/vm-init"]' \
    --change 'LABEL org.opencontainers.image.title="identidock-lab VM"' \
    "$work/root.tar" "$image"
