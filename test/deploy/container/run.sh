#!/bin/sh
# What `docker run --read-only --cap-drop=ALL --security-opt=no-new-privileges --user 10001:10001 --tmpfs /tmp -v …` does, without
# docker: run.sh <root> <application> <spangate> <audit volume> <node> <argument of node>… in mount and process namespaces of its own.
set -eu
root=$1 application=$2 spangate=$3 volume=$4 node=$5
shift 5
user=10001

mount -t tmpfs -o mode=755 tmpfs "$root"
mkdir -p "$root/usr" "$root/proc" "$root/dev" "$root/tmp" "$root/opt/agent" "$root/opt/node" "$root/var/lib/agent"
for link in bin lib lib64 sbin; do [ ! -L "/$link" ] || cp -P "/$link" "$root/$link"; done
bind() {
  mount --bind "$1" "$root$2"
  mount -o remount,bind,ro "$root$2"
}
bind /usr /usr
cp "$application"/* "$root/opt/agent/"
# Not the folder itself, which may be one that only its owner enters.
package=/opt/agent/node_modules/spangate
mkdir -p "$root$package/dist" "$root$package/node_modules"
bind "$spangate/dist" $package/dist
bind "$spangate/node_modules" $package/node_modules
cp "$spangate/package.json" "$root$package/"
touch "$root/opt/node/node"
bind "$node" /opt/node/node
for device in null urandom; do
  touch "$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
mount -t proc proc "$root/proc"
mount -t tmpfs -o mode=1777,rw,noexec,nosuid,size=16m tmpfs "$root/tmp"
mount --bind "$volume" "$root/var/lib/agent"
mount -o remount,ro "$root"
cd "$root"
exec chroot "$root" setpriv --reuid $user --regid $user --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
  /bin/sh -c 'cd /opt/agent && exec /opt/node/node "$@"' node "$@"
