# shellcheck shell=sh
# What the other scripts here need to know about this machine: sourced by them, changes nothing by itself.

# One line for each thing that set-up sees to.
step() { printf '· %s\n' "$*"; }

# One line for what is wrong and what to do about it.
complain() { printf '! %s\n' "$*" >&2; }

# Whether packages can be had without asking anyone: root, on Debian or one of its children.
can_install() {
    [ "$(id -u)" = 0 ] && [ -e /etc/debian_version ] && command -v apt-get >/dev/null 2>&1
}

# Runs a command in silence; where it fails, shows everything it said and passes its status on.
# Descriptor 9 holds our lock. It is closed for the command: a daemon that a package starts would keep it for ever.
quietly() {
    quiet_log=$(mktemp)
    quiet_status=0
    "$@" >"$quiet_log" 2>&1 </dev/null 9<&- || quiet_status=$?
    [ "$quiet_status" = 0 ] || cat -- "$quiet_log" >&2
    rm -f -- "$quiet_log"
    return "$quiet_status"
}

# The package ca-certificates, which others bring along, writes the system's bundle anew on its first installation. What
# somebody put there by hand before (an inspecting proxy's certificate) is handed to it, or nothing could be fetched after.
keep_certificates() {
    kept_bundle=/etc/ssl/certs/ca-certificates.crt
    if [ -s "$kept_bundle" ] && ! command -v update-ca-certificates >/dev/null 2>&1; then
        mkdir -p /usr/local/share/ca-certificates
        cp -- "$kept_bundle" /usr/local/share/ca-certificates/kept-by-toolcrib-setup.crt
    fi
}

# Installs Debian packages without recommendations. A list that cannot be refreshed is no reason to stop: somebody
# else's broken source must not keep us from packages that are at hand.
install_packages() {
    step "installing $* (apt-get)"
    keep_certificates
    quietly sh -c '
        export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
        apt-get -o DPkg::Lock::Timeout=300 update || echo "apt-get update failed; trying with the lists at hand"
        exec apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
    ' apt "$@"
}

# Lets one set-up at a time past this point, for as long as the calling script runs. What is locked is an existing
# directory or a file given as $1, so that no lock file lies about in the checkout.
alone() {
    command -v flock >/dev/null 2>&1 || return 0
    exec 9<"$1"
    flock -n 9 && return 0
    step "waiting for another set-up to finish"
    flock -w 900 9 || { complain "another set-up still runs after 15 minutes"; return 1; }
}
