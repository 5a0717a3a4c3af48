#!/bin/sh
# The first layer of each image: Python, certificate authorities and the user. Runs in the builds of the images.
set -eu
export DEBIAN_FRONTEND=noninteractive
# As Docker's own images of Debian have it. A build that is cut off is thrown away, so dpkg need not wait for the disk
# after each file; and nobody here reads translated descriptions.
echo force-unsafe-io >/etc/dpkg/dpkg.cfg.d/orchest
echo 'Acquire::Languages "none";' >/etc/apt/apt.conf.d/orchest
apt-get update
apt-get install -y --no-install-recommends ca-certificates
command -v python3 >/dev/null || apt-get install -y --no-install-recommends python3 python3-venv
update-ca-certificates
rm -rf /var/lib/apt/lists/* /var/cache/* /var/log/*

python3 -m venv /opt/venv
# A third of a Python program's start is spent compiling what has no .pyc yet.
python3 -m compileall -q -j 0 -x '/(test|tests|lib2to3|idlelib)/' \
    "$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')"

# Any user may be given at run time, so the home belongs to everybody, as /tmp does.
useradd --uid 1000 --user-group --no-create-home --home-dir /home/orchest --shell /bin/bash orchest
install -d -m 1777 /home/orchest /notebooks
# Nobody here becomes another user.
find / -xdev -type f -perm /6000 -exec chmod a-s {} +
