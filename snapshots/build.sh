#!/bin/bash
# Builds four root folders out of Debian's own packages and captures each with driftglass.
#
#   snapshots/build.sh [FOLDER]       (as root, on Debian or a relative: needs mmdebstrap, apt, util-linux, and for
#                                     boot.sh qemu-system-x86 and e2fsprogs)
#
#   MIRROR, SECURITY   where Debian's packages come from
#   DRIFTGLASS         the program that captures (default: this checkout, by cargo); "none" builds the roots only
#
# README.md beside this file tells the story of each environment.
set -euo pipefail
umask 022

MIRROR=${MIRROR:-http://deb.debian.org/debian}
SECURITY=${SECURITY:-http://deb.debian.org/debian-security}
KEYS=/usr/share/keyrings/debian-archive-keyring.gpg
here=$(cd "$(dirname "$0")" && pwd)
roots=${1:-$(mktemp -d "${TMPDIR:-/tmp}/driftglass-roots.XXXXXX")}
mkdir -p "$roots"
roots=$(cd "$roots" && pwd)

say() { printf '%s\n' "$*" >&2; }

# Old releases do not renew their signed index any more, so its end date cannot be asked for.
bootstrap() { # ROOT SUITE PACKAGES, sources on standard input
    say "== $1: $2"
    rm -rf --one-file-system "${roots:?}/$1"
    mmdebstrap --quiet --variant=minbase --keyring="$KEYS" \
        --aptopt='Acquire::Check-Valid-Until "false"' \
        --aptopt='APT::Install-Recommends "false"' \
        --include="ca-certificates,systemd-sysv,$3" "$2" "$roots/$1" -
}

# Runs a command in a root. The mounts live in a name space of their own: whatever happens, none is left on this machine.
# The root may already name servers that only its own network knows, so it borrows this machine's resolv.conf.
inside() { # ROOT COMMAND...
    local root=$roots/$1
    shift
    # shellcheck disable=SC2016 # expanded by the inner shell
    unshare --mount bash -euc '
        root=$1; shift
        mount -t proc proc "$root/proc"
        mount --rbind /dev "$root/dev"
        [ ! -f "$root/etc/resolv.conf" ] || mount --bind /etc/resolv.conf "$root/etc/resolv.conf"
        exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C DEBIAN_FRONTEND=noninteractive INITRD=No \
            ${http_proxy:+http_proxy="$http_proxy"} chroot "$root" "$@"
    ' inside "$root" "$@"
}

# Edited configuration files stay as the team left them, as on a server that nobody wants to break.
apt() { # ROOT COMMAND...
    local root=$1
    shift
    inside "$root" apt-get --quiet --quiet --yes -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold "$@" >"$roots/$root.log" 2>&1 || {
        tail -n 30 "$roots/$root.log" >&2
        return 1
    }
}

binaries() { # ROOT SOURCE: the installed packages that were built from one source package
    # shellcheck disable=SC2016 # for dpkg-query, not for the shell
    inside "$1" dpkg-query -W -f '${source:Package} ${binary:Package}\n' | awk -v source="$2" '$1 == source { print $2 }'
}

# An overlay is a folder of files to copy. FILE.append is added to the end of the packaged FILE and FILE.sed is a script that
# edits it (sed -E): the packages' own text is never copied into this repository, and the edit is a hand edit as dpkg sees it.
overlay() { # ROOT OVERLAY...
    local root=$roots/$1 name file target
    shift
    for name; do
        while IFS= read -r -d '' file; do
            target=$root/${file#"$here/overlays/$name/"}
            mkdir -p "$(dirname "$target")"
            case $file in
                *.append) cat "$file" >>"${target%.append}" ;;
                *.sed) sed -E -i --follow-symlinks -f "$file" "${target%.sed}" ;;
                *) cp --no-dereference --remove-destination "$file" "$target" ;;
            esac
        done < <(find "$here/overlays/$name" ! -type d -print0 | sort -z)
    done
    rm -f "$root/etc/nginx/sites-enabled/default" # it takes every name, as the shop does
    mkdir -p "$root/var/cache/nginx"              # nginx makes the folders of its caches, not the one above
    [ ! -e "$root/etc/sssd/sssd.conf" ] || chmod 600 "$root/etc/sssd/sssd.conf" # sssd refuses to start otherwise
}

# Who a machine is. Derived from its label, so that a second run gives the same.
machine_id() { # ROOT LABEL
    printf 'driftglass example %s' "$2" | md5sum | cut -c1-32 >"$roots/$1/etc/machine-id"
}

# Packages start their services when they are installed; in these roots nothing may run.
no_services() { printf '#!/bin/sh\nexit 101\n' >"$roots/$1/usr/sbin/policy-rc.d" && chmod 755 "$roots/$1/usr/sbin/policy-rc.d"; }

# The hardware of a real machine of the same role, out of the test data in hwloc's source package (BSD-3-Clause). Only what
# describes hardware is carried over: the dumps' kernels are not those of these roots, and their addresses and serial numbers
# are nobody's business.
hardware() { # ROOT DUMP
    local root=$roots/$1 dump=$hwloc/$2.tar.bz2 top
    local who=(address '*serial*' product_uuid '*guid*' 'vpd_*' wwid)
    if [ ! -e "$dump" ]; then
        say "$1: no dump $2 in hwloc's source package; its snapshot will have no hardware facts"
        return
    fi
    top=$(tar -tf "$dump" | head -n 1 | cut -d/ -f1) || true # head closes the pipe early
    tar -xf "$dump" -C "$root" --strip-components=1 --no-same-owner --wildcards "${who[@]/#/--exclude=}" \
        --exclude="$top/sys/fs" "$top/proc/cpuinfo" "$top/proc/meminfo" "$top/sys"
    # The kernel always has this link; the dumps hold what it points to, and some of them not the link itself.
    [ -e "$root/sys/class/dmi/id" ] || [ ! -d "$root/sys/devices/virtual/dmi/id" ] || {
        mkdir -p "$root/sys/class/dmi"
        ln -s ../../devices/virtual/dmi/id "$root/sys/class/dmi/id"
    }
}

fetch_hwloc() {
    local work=$roots/.hwloc options
    mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
    hwloc=$work/dumps
    [ ! -d "$hwloc" ] || return 0
    echo "deb-src [signed-by=$KEYS] $MIRROR bookworm main" >"$work/sources.list"
    options=(-qq -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=- -o "Dir::State::Lists=$work/lists"
        -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root)
    if ! (cd "$work" && apt-get "${options[@]}" update && apt-get "${options[@]}" source --download-only hwloc); then
        say "hwloc's source package cannot be had: the snapshots will have no hardware facts"
        return 0
    fi
    mkdir -p "$hwloc"
    tar -xf "$work"/hwloc_*.orig.tar.* -C "$hwloc" --strip-components=4 --wildcards '*/tests/hwloc/linux/*.tar.bz2'
}

bookworm_sources() { # as a new installation writes them; $1 leaves the security updates out
    cat <<SOURCES
Types: deb
URIs: $MIRROR
Suites: bookworm bookworm-updates
Components: main
Signed-By: $KEYS
SOURCES
    [ "${1-}" = without-security ] || cat <<SOURCES

Types: deb
URIs: $SECURITY
Suites: bookworm-security
Components: main
Signed-By: $KEYS
SOURCES
}

fetch_hwloc
server=cron,logrotate,rsyslog,openssh-server,procps,iproute2,curl,locales,netbase

# Production began as the last release, and preprod is a clone of it: from here on they have one machine-id and one set of
# SSH host keys, as clones do when nobody thinks of it.
bootstrap production bullseye "$server,ifupdown,linux-image-amd64" <<<"deb [signed-by=$KEYS] $MIRROR bullseye main"
no_services production
apt production update
apt production install nginx-full redis-server memcached nodejs default-jre-headless \
    sssd-ldap sssd-krb5 sssd-tools libpam-sss libnss-sss krb5-user nscd unbound chrony \
    iptables iptables-persistent nfs-common python3-requests python3-yaml python3-redis python3-sqlalchemy
inside production useradd --uid 1001 --user-group --create-home --shell /bin/bash shop
inside production update-alternatives --quiet --set iptables /usr/sbin/iptables-legacy
overlay production shared long-lived
inside production locale-gen >/dev/null
machine_id production production
rm -rf --one-file-system "${roots:?}/preprod"
cp -a "$roots/production" "$roots/preprod"

# Since then production was patched on some days, kept from other patches, and rolled back once.
overlay production production
echo "deb [signed-by=$KEYS] $SECURITY bullseye-security main" >>"$roots/production/etc/apt/sources.list"
apt production update
apt production install --only-upgrade openssl libssl1.1 openssh-server openssh-client openssh-sftp-server
apt production install --only-upgrade nginx-full nginx-common redis-server redis-tools
apt production install linux-image-amd64 libc6 libc-bin locales # a new kernel beside the old one
# The new nginx is rolled back to the one before it, with the modules that came with it.
nginx_before=$(inside production apt-cache madison nginx-common | awk '$6 ~ /bullseye\/main/ { print $3; exit }')
mapfile -t nginx_packages < <(binaries production nginx)
apt production install --allow-downgrades "${nginx_packages[@]/%/=$nginx_before}"
inside production apt-mark hold nginx-full nginx-common redis-server >/dev/null
apt production remove nfs-common

# Preprod got everything but the directory's client, whose owners want to be asked first.
overlay preprod preprod
echo "deb [signed-by=$KEYS] $SECURITY bullseye-security main" >>"$roots/preprod/etc/apt/sources.list"
apt preprod update
mapfile -t sssd_packages < <(binaries preprod sssd)
inside preprod apt-mark hold "${sssd_packages[@]}" >/dev/null
apt preprod dist-upgrade
apt preprod install tcpdump strace

# Staging was built anew on the next release.
bootstrap staging bookworm "$server,linux-image-cloud-amd64" < <(bookworm_sources)
no_services staging
apt staging update
apt staging install nginx libnginx-mod-http-headers-more-filter redis-server memcached nodejs default-jre-headless \
    sssd-ldap sssd-tools libpam-sss libnss-sss krb5-user systemd-resolved libnss-resolve systemd-timesyncd nftables \
    python3-requests python3-yaml python3-redis python3-sqlalchemy gcc make git
inside staging useradd --system --user-group --create-home --home-dir /srv/shop --shell /usr/sbin/nologin shop
overlay staging shared staging
mkdir -p "$roots/staging/usr/local/share/ca-certificates"
inside staging openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj '/O=Example/CN=Example Test CA' \
    -keyout /dev/null -out /usr/local/share/ca-certificates/example-test-ca.crt 2>/dev/null
inside staging update-ca-certificates >/dev/null 2>&1
machine_id staging staging

# The build machine: small, no security updates, what a job needs and no directory.
bootstrap ci bookworm procps,iproute2,curl,linux-image-cloud-amd64 < <(bookworm_sources without-security)
no_services ci
apt ci update
apt ci install nginx-light redis-server nodejs dnsmasq chrony krb5-config libkrb5-3 gcc g++ make git python3-venv \
    python3-requests python3-yaml python3-redis python3-sqlalchemy
overlay ci shared ci
inside ci useradd --user-group shop
machine_id ci ci

# The kernel of each runs for a moment, with as much memory as the hardware below has, and tells what only a running one can.
"$here/boot.sh" "$roots/production" 4 93G
"$here/boot.sh" "$roots/preprod" 4 31G
"$here/boot.sh" "$roots/staging" 2 2G
"$here/boot.sh" "$roots/ci" 4 126G

hardware production 32intel64-2p8co2t+8ve
hardware preprod 32em64t-2n8c+1mic
hardware staging 2pa-pcidomain32bits
hardware ci offline-cpu0-node0

for label in production preprod staging ci; do
    root=$roots/$label
    # Nothing of the building machine may stay: its mirror, the switch against services, packages' archives.
    find "$root/etc/apt" -path '*/sources.list*' -type f -exec \
        sed -i -e "s|$SECURITY|http://deb.debian.org/debian-security|; s|$MIRROR|http://deb.debian.org/debian|" {} +
    rm -f "$root/usr/sbin/policy-rc.d" "$root"/var/cache/apt/archives/*.deb "$root"/var/cache/apt/*.bin
    [ "${DRIFTGLASS-}" != none ] || continue
    (cd "$here/.." && ${DRIFTGLASS:-cargo run --release --quiet --} capture --root "$root" --label "$label" \
        --without os.kernel.config -o "snapshots/$label.json")
done
say "the roots are in $roots"
