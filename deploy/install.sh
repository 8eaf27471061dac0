#!/bin/sh
# Greenroom in the services mode on one machine with Debian or Ubuntu. As root, with the code in /opt/greenroom:
#
#   /opt/greenroom/deploy/install.sh interviews.example.com
#
# Run again, with a newer version in /opt/greenroom, it is the upgrade: what was configured and stored stays, and the web
# processes are restarted one after the other. docs/operations.md has the steps, and what comes before an upgrade.
set -eu
umask 022

app=/opt/greenroom
settings=/etc/greenroom/greenroom.env
host=${1:-}

say() { printf '\n== %s\n' "$*"; }
refuse() { printf '%s\n' "$*" >&2; exit 1; }
manage() { /usr/local/bin/greenroom "$@"; }
random() { openssl rand -hex 32; }
has_systemd() { [ -d /run/systemd/system ]; }

[ "$(id -u)" = 0 ] || refuse "Run this as root."
[ "$(dirname "$(dirname "$(readlink -f "$0")")")" = $app ] || refuse "Put the code into $app, and run $app/deploy/install.sh."
command -v apt-get >/dev/null || refuse "This is for Debian and Ubuntu. docs/operations.md has the steps for others."
[ -e $settings ] || [ -n "$host" ] || refuse "Say under which name people reach this machine: $0 interviews.example.com"

say "Packages"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq --yes --no-install-recommends python3 python3-venv postgresql redis-server caddy openssl ca-certificates
service postgresql start
service redis-server start

say "The program, in $app"
[ -x $app/.venv/bin/python ] || python3 -m venv $app/.venv
$app/.venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' || refuse "Python 3.11 or newer is needed."
$app/.venv/bin/pip install --quiet --disable-pip-version-check --requirement $app/requirements.txt
id greenroom >/dev/null 2>&1 || useradd --system --home-dir /nonexistent --shell /usr/sbin/nologin greenroom
install -d -m 700 -o greenroom -g greenroom /var/lib/greenroom /var/backups/greenroom
install -m 755 $app/deploy/greenroom /usr/local/bin/greenroom

if [ ! -e $settings ]; then
	say "The settings, in $settings"
	password=$(random)
	runuser -u postgres -- psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 <<-SQL
		CREATE ROLE greenroom LOGIN PASSWORD '$password';
		CREATE DATABASE greenroom OWNER greenroom ENCODING 'UTF8' TEMPLATE template0;
	SQL
	install -d -m 750 -o root -g greenroom /etc/greenroom
	# Put in place at once: a run that is broken off before here makes no half of it.
	install -m 640 -o root -g greenroom /dev/null $settings.new
	cat >$settings.new <<-ENV
		# README.md lists every variable. After a change: systemctl restart greenroom.target
		# A value with spaces or signs stands in single quotes.
		SITE_URL=https://$host
		ALLOWED_HOSTS=$host
		SECURE_COOKIES=true
		TRUSTED_PROXIES=1
		SECRET_KEY=$(random)
		DATABASE_URL=postgres://greenroom:$password@127.0.0.1:5432/greenroom
		REDIS_URL=redis://127.0.0.1:6379/0
		DATA_DIR=/var/lib/greenroom
		BACKUP_DIR=/var/backups/greenroom
		# SITE_NAME=Greenroom
		# DEEPGRAM_API_KEY=
		# GEMINI_API_KEY=
		# EMAIL_HOST=
		# EMAIL_FROM=
	ENV
	mv $settings.new $settings
fi

say "Tables and static files"
manage migrate --noinput -v0
manage collectstatic --noinput -v0

say "Services"
for unit in "$app"/deploy/systemd/*; do
	install -m 644 "$unit" /etc/systemd/system/
done
if [ -n "$host" ] && ! grep -qs 'reverse_proxy 127.0.0.1:8000' /etc/caddy/Caddyfile; then
	[ ! -e /etc/caddy/Caddyfile ] || mv /etc/caddy/Caddyfile /etc/caddy/Caddyfile.before-greenroom
	# Its variables are for Compose.
	sed -e "s/{\$SITE_HOST:localhost}/$host/" -e "s/{\$UPSTREAMS:127.0.0.1:8000}/127.0.0.1:8000/" \
		$app/deploy/Caddyfile >/etc/caddy/Caddyfile
fi
if has_systemd; then
	systemctl daemon-reload
	systemctl enable --quiet --now greenroom.socket greenroom.target greenroom-backup.timer
	# In turn: the socket stays, and one of them always answers.
	systemctl restart greenroom-web@1
	systemctl restart greenroom-web@2
	systemctl restart greenroom-worker@1
	systemctl reload-or-restart caddy
else
	say "systemd does not run here: start what the units in /etc/systemd/system say by other means."
fi

say "Done"
if [ -n "$host" ]; then
	printf '%s\n' "https://$host is served once its name leads to this machine."
fi
printf '%s\n' "The first administrator:  greenroom createsuperuser" "Is it well?               greenroom doctor"
