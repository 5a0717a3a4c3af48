#!/usr/bin/env bash
# Runs a command as a person beside an engine: in the engine's network, with this machine's files.
#
#   engine-person.sh SHARE UID GROUP COMMAND...
#
# GROUP: a further group of the person, as a number. UID 0 is root.
set -euo pipefail
share=$1 uid=$2 group=$3
shift 3
# Of root nothing may be in a folder of another user.
home=$share/home/$uid

mount --make-rprivate /
mkdir -p "$home/tmp"
chown "$uid:$uid" "$home" "$home/tmp"
if [ "$uid" != 0 ]; then
    # The person has a name, and reads the programs even if they are in root's home.
    sed "\$a ada:x:$uid:$uid::$home:/bin/bash" /etc/passwd >"$share/passwd"
    sed "\$a ada:x:$uid:" /etc/group >"$share/group"
    mount --bind "$share/passwd" /etc/passwd
    mount --bind "$share/group" /etc/group
    closed=$ENGINES_CHECKOUT
    while [ "$closed" != / ]; do
        closed=$(dirname "$closed")
        [ $((0$(stat -c %a "$closed") & 1)) = 0 ] || continue
        exec {checkout}<"$ENGINES_CHECKOUT"
        mount -t tmpfs -o mode=755 tmpfs "$closed"
        mkdir -p "$ENGINES_CHECKOUT"
        mount --bind "/proc/self/fd/$checkout" "$ENGINES_CHECKOUT"
        exec {checkout}<&-
    done
fi
cd "$home"
exec setpriv --reuid "$uid" --regid "$uid" --groups "$group" env -i "HOME=$home" "TMPDIR=$home/tmp" PATH="$PATH" \
    LANG=C.UTF-8 "DOCKER_HOST=unix://$share/engine.sock" DOCKER_BUILDKIT=0 RUST_BACKTRACE=0 \
    ORCHEST_TEST_SHORT=1 "ORCHEST_TEST_PLAIN=$ENGINES_PLAIN" "$@"
