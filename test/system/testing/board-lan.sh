# A network of its own with boards on it, each in a namespace with the real Avahi: test/system/testing/boards.ts starts it.
# $1 is a folder with one folder a board: below root what its announcement wrote, and its address. $2 is the board, in that board's namespaces.
set -e
folder=$1
ip link set lo up

if [ -n "$2" ]; then
  name=$2
  # Its end of the cable comes from outside.
  until ip link show "$name" >/dev/null 2>&1; do sleep 0.05; done
  ip addr add "$(cat "$folder/$name/address")/24" dev "$name"
  ip link set "$name" up
  # An /etc of its own, over the machine's.
  mkdir "$folder/$name/over"
  mount -t tmpfs none "$folder/$name/over"
  mkdir "$folder/$name/over/upper" "$folder/$name/over/work"
  mount -t overlay overlay -o "lowerdir=/etc,upperdir=$folder/$name/over/upper,workdir=$folder/$name/over/work" /etc
  # One Avahi a machine, says its file there.
  mount -t tmpfs none /run
  rm -f /etc/avahi/services/*
  cp "$folder/$name/root/etc/avahi/services/"* /etc/avahi/services/
  printf '[server]\nhost-name=%s\nuse-ipv6=no\nenable-dbus=no\nallow-interfaces=%s\n' "$name" "$name" > "$folder/$name/avahi.conf"
  exec avahi-daemon --no-drop-root --no-chroot --no-rlimits -f "$folder/$name/avahi.conf"
fi

ip link add lan type bridge
ip addr add 10.99.0.1/24 dev lan
ip link set lan up
outside=$(readlink /proc/self/ns/net)
for board in "$folder"/*/; do
  name=$(basename "$board")
  ip link add "up-$name" type veth peer name "$name"
  ip link set "up-$name" master lan up
  unshare --net --mount sh "$0" "$folder" "$name" &
  until [ "$(readlink "/proc/$!/ns/net")" != "$outside" ]; do sleep 0.05; done
  ip link set "$name" netns "$!"
done
echo ready
wait
