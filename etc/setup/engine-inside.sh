#!/usr/bin/env bash
# Becomes an engine, in a network and mount namespace of its own: with another root, but this kernel.
#
#   engine-inside.sh ROOT SHARE KIND USER [ARGUMENT...]
#
# ROOT: a system with the engine. SHARE: a folder that both sides see at the same path; the socket is in it. KIND: docker,
# or podman. USER: root, or the name of a user who runs the engine without root's rights.
set -euo pipefail
system=$1 share=$2 kind=$3 user=$4
shift 4
socket=$share/engine.sock

mount --make-rprivate /
# A chrooted process may make no user namespace, so the root is exchanged, for which it has to be a mount.
mount --bind "$system" "$system"
cd "$system"
mount -t proc proc proc
mount --rbind /sys sys
if [ -n "${ENGINE_CGROUP2:-}" ]; then
    umount -R sys/fs/cgroup
    mount -t cgroup2 cgroup2 sys/fs/cgroup
fi
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
    touch "dev/$device"
    mount --bind "/dev/$device" "dev/$device"
done
mkdir -p dev/net dev/pts dev/shm dev/mqueue
mknod -m 666 dev/fuse c 10 229
mknod -m 666 dev/net/tun c 10 200
mount -t devpts -o newinstance,ptmxmode=0666 devpts dev/pts
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
mount -t tmpfs tmpfs dev/shm
mount -t mqueue mqueue dev/mqueue
mount -t tmpfs -o mode=755 tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
mkdir -p ".$share" before
mount --bind "$share" ".$share"
# The address at which slirp4netns answers names.
echo nameserver 10.0.2.3 >run/resolv.conf
touch etc/resolv.conf
mount --bind run/resolv.conf etc/resolv.conf
pivot_root . before
cd /
umount -l /before

runtime=/run/user/$(id -u "$user")
as_user=()
if [ "$user" != root ]; then
    mkdir -p "$runtime"
    chown "$user:" "$runtime"
    chmod 700 "$runtime"
    as_user=(setpriv --reuid "$user" --regid "$user" --clear-groups)
fi
as_user+=(env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin "HOME=$share/engine" "USER=$user" "XDG_RUNTIME_DIR=$runtime")

if [ "$kind" = docker ]; then
    daemon=(dockerd)
    if [ "$user" != root ]; then
        # Its own sandboxes need more than a namespace in a namespace has.
        as_user+=(DOCKERD_ROOTLESS_ROOTLESSKIT_NET=slirp4netns DOCKERD_ROOTLESS_ROOTLESSKIT_SLIRP4NETNS_SANDBOX=false
            DOCKERD_ROOTLESS_ROOTLESSKIT_SLIRP4NETNS_SECCOMP=false)
        daemon=(/usr/share/docker.io/contrib/dockerd-rootless.sh)
    else
        daemon+=(--cgroup-parent "/${share##*/}")
    fi
    exec "${as_user[@]}" "${daemon[@]}" --host "unix://$socket" --data-root "$share/engine/data" \
        --exec-root "$runtime/docker" --pidfile "$share/engine/pid" "$@"
fi

# Without systemd it manages control groups by itself, and root of a virtual machine may not raise its limits.
printf '[storage]\ndriver="overlay"\ngraphroot="%s"\nrunroot="%s"\n' "$share/engine/data" "$runtime/storage" >/run/storage.conf
printf '[containers]\ndefault_ulimits=["nofile=20000:20000","nproc=30000:30000"]\n[engine]\nevents_logger="file"\ncgroup_manager="cgroupfs"\n[network]\nnetwork_config_dir="%s"\n' \
    "$share/engine/networks" >/run/containers.conf
mkdir -p "$runtime"
as_user+=(CONTAINERS_STORAGE_CONF=/run/storage.conf CONTAINERS_CONF=/run/containers.conf)
exec "${as_user[@]}" podman --cgroup-manager=cgroupfs system service --time=0 "unix://$socket"
