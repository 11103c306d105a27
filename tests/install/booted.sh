# SPDX-License-Identifier: MIT
# Part of debian.sh: a copy of the root with the packages boots under a systemd of its own, and the unit is watched
# as it starts, reloads, dies, hangs, stops, and is handed its socket. Wants systemd-nspawn.

booted=$root.booted
cp -a --one-file-system "$root" "$booted"
rm -f "$booted/usr/sbin/policy-rc.d"
mkdir -p "$booted/proc" "$booted/etc/systemd/system/undertone.service.d" "$booted/etc/systemd/system/multi-user.target.wants"
printf '[Service]\nWatchdogSec=2\n' >"$booted/etc/systemd/system/undertone.service.d/watchdog.conf" # Half a minute is long.
cat >"$booted/etc/systemd/system/look.service" <<'END'
[Unit]
After=multi-user.target
[Service]
Type=idle
ExecStart=/bin/bash /root/look
ExecStopPost=/bin/systemctl --force poweroff
END
ln -s ../look.service "$booted/etc/systemd/system/multi-user.target.wants/look.service"
cat >"$booted/root/look" <<'END'
exec >/root/looked 2>&1
pid() { systemctl show -P MainPID undertone; }
until_is() { for _ in $(seq 600); do [ "$(systemctl show -P "$1" undertone)" = "$2" ] && return; sleep 0.1; done; }
until_is ActiveState active
echo "started $(systemctl show -P ActiveState undertone) $(stat -c %U /proc/"$(pid)")"
grep -E '^(CapEff|NoNewPrivs|Seccomp):' "/proc/$(pid)/status" | tr '\t\n' '  ' && echo
first=$(pid)
systemctl reload undertone && sleep 1 && echo "reloaded $([ "$(pid)" = "$first" ] && echo same)"
kill -SEGV "$first" && until_is NRestarts 1 && until_is ActiveState active && echo "died, restarted $(systemctl show -P NRestarts undertone)"
kill -STOP "$(pid)" && until_is NRestarts 2 && until_is ActiveState active && echo "hung, restarted $(systemctl show -P NRestarts undertone)"
journalctl -u undertone -o cat --no-pager | grep -q 'Watchdog timeout' && echo "by the watchdog"
systemctl stop undertone 2>/dev/null && echo "stopped $(systemctl show -P Result undertone)"
systemctl enable -q --now undertone.socket && systemctl start undertone && echo "socket $(systemctl show -P ActiveState undertone)"
ss -ltnpH 'sport = 8080' | grep -o 'users:.*' | grep -c '"systemd".*"undertone"\|"undertone".*"systemd"' | sed 's/^/shared /'
systemctl stop undertone undertone.socket
systemctl is-enabled undertone-report.timer undertone.service
journalctl -u undertone -o short-monotonic --no-pager >/root/journal
END
cat >wanted <<'END'
started active undertone
CapEff: 0000000000000000 NoNewPrivs: 1 Seccomp: 2 
reloaded same
died, restarted 1
hung, restarted 2
by the watchdog
stopped success
socket active
shared 1
disabled
enabled
END
if command -v systemd-nspawn >/dev/null && timeout 600 systemd-nspawn -q -D "$booted" --private-network --register=no --keep-unit \
    -M "undertone-$$" --boot </dev/null >boot.log 2>&1 || [ -e "$booted/root/looked" ]; then
    diff wanted "$booted/root/looked" || { cat "$booted/root/journal" boot.log && die "the unit under systemd"; }
    echo "booted under systemd"
else
    echo "not booted under systemd: apt-get install systemd-container, in a machine that lets it make a container"
    tail -3 boot.log 2>/dev/null || true
fi
