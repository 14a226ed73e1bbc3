#!/bin/sh
# Installs Switchboard on Debian 12 or newer (Ubuntu 24.04 or newer) as services of systemd, or upgrades what is there:
#
#   sudo deploy/install.sh [switchboard-VERSION.whl]
#
# From a checkout it builds the wheel itself. Code: /opt/switchboard. Settings: /etc/switchboard/env. Data:
# /var/lib/switchboard. The command: `switchboard`. Run it again to upgrade: it stops the services, has a backup made,
# upgrades and starts them again. An env file that is there is left as it is.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
home=/opt/switchboard
settings=/etc/switchboard/env
data=/var/lib/switchboard

say() { printf '%s\n' "$*"; }
stop() { say "switchboard: $*" >&2; exit 1; }

[ "$(id -u)" -eq 0 ] || stop "install.sh has to run as root: sudo $0"
command -v apt-get >/dev/null || stop "install.sh is for Debian and Ubuntu; docs/deploy.md says what it does"
running() { [ -d /run/systemd/system ]; }

say "Packages..."
export DEBIAN_FRONTEND=noninteractive
packages="python3-venv espeak-ng ffmpeg"
for package in $packages; do
    if ! dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q "ok installed"; then
        apt-get update -qq
        # shellcheck disable=SC2086
        apt-get install -y -qq --no-install-recommends $packages >/dev/null
        break
    fi
done
python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || stop "it needs Python 3.11 or newer"

say "User and folders..."
if ! getent passwd switchboard >/dev/null; then
    useradd --system --user-group --home-dir "$data" --no-create-home --shell /usr/sbin/nologin switchboard
fi
install -d -m 0755 "$home"
install -d -m 0750 -g switchboard /etc/switchboard
install -d -m 0700 -o switchboard -g switchboard "$data"

say "Code..."
[ -x "$home/.venv/bin/python" ] || python3 -m venv "$home/.venv"
pip="$home/.venv/bin/python -m pip --disable-pip-version-check --no-input --quiet"
if [ $# -gt 0 ]; then
    wheel=$1
else
    $pip install "setuptools>=65" wheel
    built=$(mktemp -d)
    trap 'rm -rf "$built"' EXIT
    wheel=$(cd "$here/.." && PYTHONDONTWRITEBYTECODE=1 "$home/.venv/bin/python" -m scripts.build_wheel "$built")
fi
# What runs must not lose its code under its feet.
was_running=
if running; then
    was_running=$(systemctl list-units --no-legend --plain --state=active 'switchboard-*.service' | cut -d' ' -f1)
    # shellcheck disable=SC2086
    [ -z "$was_running" ] || systemctl stop $was_running
fi
$pip install --upgrade "$wheel"
$pip install --force-reinstall --no-deps "$wheel"
ln -sf "$home/.venv/bin/switchboard" /usr/local/bin/switchboard

if [ ! -e "$settings" ]; then
    say "Settings: $settings"
    umask 027
    key=$("$home/.venv/bin/python" -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())')
    cat >"$settings" <<ENV
# Switchboard's settings, for the services and for the command switchboard. README.md lists them all. After a change:
# systemctl restart 'switchboard-*'
SWITCHBOARD_INSTANCE_PATH=$data
SWITCHBOARD_ENGINE=off
SWITCHBOARD_LOG_FORMAT=json
# Encrypts the credentials of trunks. Keep a copy of it where no backup lies.
SWITCHBOARD_ENCRYPTION_KEY=$key
#SWITCHBOARD_DATABASE_URL=postgresql://switchboard:PASSWORD@localhost/switchboard
#SWITCHBOARD_PUBLIC_URL=https://calls.example.org
#SWITCHBOARD_TRUSTED_PROXIES=1
ENV
fi
chown root:switchboard "$settings"
chmod 0640 "$settings"

say "Database..."
switchboard upgrade

say "Services..."
install -m 0644 "$here"/switchboard-web.service "$here"/switchboard-engine@.service "$here"/switchboard-worker@.service \
    /etc/systemd/system/
if running; then
    systemctl daemon-reload
    systemctl enable --quiet --now switchboard-web.service switchboard-engine@1.service
    # shellcheck disable=SC2086
    [ -z "$was_running" ] || systemctl start $was_running
    say "Switchboard runs. The link for the first account: journalctl -u switchboard-web | grep setup"
else
    say "Switchboard is installed. systemd does not run here: start it with switchboard serve"
fi
say "Look whether all is well: switchboard doctor"
