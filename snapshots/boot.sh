#!/bin/bash
# Boots a root folder's own kernel in a virtual machine, lets its services come up, and lays what the running kernel then
# says (/proc, parts of /sys) into that folder, where `capture --root` reads it.
#
#   snapshots/boot.sh ROOT CPUS MEMORY       (as root: needs qemu-system-x86, e2fsprogs; MEMORY as QEMU takes it, 4G;
#                                              ACCEL=tcg where the processor cannot help)
#
# The machine has no network and its disk is a copy: nothing in the root is changed but proc/ and sys/, which are made anew.
set -euo pipefail
root=$(cd "$1" && pwd)
cpus=$2 memory=$3
work=$(mktemp -d "${TMPDIR:-/tmp}/driftglass-boot.XXXXXX")
trap 'rm -rf "$work"' EXIT

release=$(ls "$root/lib/modules" | sort -V | tail -n 1)
[ -n "$release" ] || { printf '%s: no kernel is installed\n' "$root" >&2; exit 1; }

# A root without a boot loader may have no initial file system for its newest kernel; its own tools make one.
unshare --mount bash -euc '
    mount -t proc proc "$1/proc"; mount --rbind /dev "$1/dev"; mount -t tmpfs tmpfs "$1/tmp"
    env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C chroot "$1" mkinitramfs -o /tmp/initrd "$2"
    cp "$1/tmp/initrd" "$3/initrd"' boot "$root" "$release" "$work"

# What is recorded. Files below /proc and /sys have no size before they are read, so they are read one by one (by perl, which
# every Debian has: one process for all of them) and packed afterwards; what cannot be read is left out, as for any user. A
# process is kept with what says which service it is, where it listens and what its environment is.
cat >"$work/record" <<'RECORD'
#!/bin/bash
out=/run/record
mkdir -p "$out"
take() { # paths on standard input, each ended by NUL
    perl -0ne 'chomp; my $to = "'"$out"'$_"; my $dir = $to =~ s{/[^/]*$}{}r; system("mkdir", "-p", $dir) unless -d $dir;
        if (-l $_) { symlink(readlink($_), $to); next }
        next unless -f $_ && open(my $in, "<", $_);
        my $text = do { local $/; <$in> }; next unless defined $text;
        open(my $file, ">", $to) or next;
        print $file $text'
}
timeout 90 systemctl is-system-running --wait >/dev/null
sleep 3
{
    find /proc/sys -type f ! -name '*stable_secret' -print0
    printf '%s\0' /proc/{cmdline,version,modules,filesystems,swaps,uptime,loadavg,stat,vmstat,devices}
    printf '%s\0' /proc/net/{arp,dev,dev_snmp6,if_inet6,ipv6_route,netstat,packet,protocols,route,snmp,snmp6,sockstat,sockstat6,softnet_stat,tcp,tcp6,udp,udp6}
    for pid in $(ls /proc | grep -E '^[0-9]+$'); do
        [ -n "$(readlink "/proc/$pid/exe")" ] || continue # a thread of the kernel
        printf "/proc/$pid/%s\0" comm cmdline cgroup environ limits status stat exe
        find "/proc/$pid/fd" -lname 'socket:*' -print0 2>/dev/null
    done
    find /sys/module -path '*/parameters/*' -type f -print0
    find /sys/module -maxdepth 2 \( -name version -o -name srcversion -o -name taint -o -name refcnt \) -print0
    find /sys/fs/cgroup -type f \( -name 'cgroup.*' -o -name '*.max' -o -name 'cpu.weight' -o -name '*limit_in_bytes' \
        -o -name 'cpu.cfs_*' \) -print0
    find /sys/kernel/mm /sys/devices/system/clocksource -type f -print0
    # Of the rest there, one file answers only when a policy changes.
    printf '%s\0' /sys/kernel/security/{lsm,lockdown,apparmor/profiles} /sys/module/apparmor/parameters/enabled
} | take
# The recorder itself stands for a process that somebody starts.
mkdir -p "$out/proc/self"
for name in cgroup limits mountinfo mounts status; do cat "/proc/$$/$name" >"$out/proc/self/$name"; done
ln -s self/mounts "$out/proc/mounts"
tar -C "$out" -cf /dev/vdb .
sync
systemctl poweroff --force
RECORD
cat >"$work/record.service" <<'UNIT'
[Unit]
DefaultDependencies=no
After=basic.target
[Service]
ExecStart=/bin/bash /record
UNIT

size=$(du -sxm "$root" | cut -f1)
truncate -s "$((size + size / 4 + 512))M" "$work/disk"
mke2fs -q -t ext4 -d "$root" "$work/disk"
# The machine has one disk: of what the root mounts, that one and the file systems in memory are there.
sed -E -e 's|^/dev/[^[:space:]]+([[:space:]]+/[[:space:]])|/dev/vda\1|' -e '/^(\/dev\/vda[[:space:]]|tmpfs[[:space:]]|#)/!d' \
    "$root/etc/fstab" >"$work/fstab" 2>/dev/null || :
printf '%s\n' "write $work/record /record" 'rm /etc/fstab' "write $work/fstab /etc/fstab" 'cd /etc/systemd/system' \
    "write $work/record.service driftglass-record.service" >"$work/script"
debugfs -w -f "$work/script" "$work/disk" >/dev/null 2>&1
truncate -s 512M "$work/out"

timeout 600 qemu-system-x86_64 -machine "accel=${ACCEL:-kvm:tcg}" -cpu max -smp "$cpus" \
    -object "memory-backend-ram,id=memory,size=$memory,reserve=off" -machine memory-backend=memory -m "$memory" -display none -no-reboot \
    -nic none -serial "file:$work/console" \
    -kernel "$root/boot/vmlinuz-$release" -initrd "$work/initrd" \
    -append "root=/dev/vda ro quiet console=ttyS0 systemd.wants=driftglass-record.service" \
    -drive "file=$work/disk,format=raw,if=virtio" -drive "file=$work/out,format=raw,if=virtio" ||
    { tail -n 20 "$work/console" >&2; exit 1; }
tar -tf "$work/out" >"$work/list" 2>/dev/null && grep -q '^./proc/version$' "$work/list" ||
    { tail -n 20 "$work/console" >&2; printf '%s: its machine recorded nothing\n' "$root" >&2; exit 1; }
rm -rf "${root:?}"/{proc,sys} && mkdir "$root"/{proc,sys}
tar -C "$root" --no-same-owner -xf "$work/out"
# The switch that starts the recording is no setting of the environment.
sed -i 's/ systemd\.wants=driftglass-record\.service//' "$root/proc/cmdline"
printf '%s: kernel %s, %s files recorded\n' "$root" "$release" "$(wc -l <"$work/list")" >&2
