#!/usr/bin/env bash
# Makes the pictures of the README from the real program: runs the demo in a terminal of 120 by 40 cells (tmux), captures the screen
# while and after it trains, and draws
#
#	docs/map.png    the map in the reference's seventh epoch
#	docs/map.gif    the map as it grows, from the first step to the last
#	docs/curves.png, docs/triage.png, docs/results.png    these screens when the experiment has ended
#
# It needs Go and tmux and takes about two minutes. Run it again when the screens have changed.
set -euo pipefail

cd "$(dirname "$0")/.."
docs=$PWD/docs room=$(mktemp -d)
pane() { tmux -u -L "ftft-picture-$$" "$@"; }
trap 'pane kill-server 2>/dev/null || true; rm -rf "$room"' EXIT
export LC_ALL=C.UTF-8 XDG_STATE_HOME=$room/state XDG_CONFIG_HOME=$room/config

go build -o "$room/ftft" .
go build -o "$room/picture" ./docs/picture

pane -f /dev/null new-session -d -x 120 -y 40 -c "$room" "COLORTERM=truecolor exec ./ftft run demo --theme dark"

# capture FILE keeps the screen, with styles and with blanks at the ends of lines.
capture() { pane capture-pane -e -p -N >"$1"; }

# Captures follow one another until the reference has ended, at most for three minutes.
still=
for i in $(seq -w 600); do
	screen=$room/$i.ansi
	capture "$screen" 2>/dev/null || { echo "the workbench has ended" >&2; exit 1; }
	status=$(pane capture-pane -p | sed -n 2p)
	case $status in
	complete*) break ;;
	running*'epoch 7 of 8'*) still=$screen ;;
	running*) ;;
	*) rm "$screen" ;; # the reference has not started
	esac
	sleep 0.3
done
[ -n "$still" ] || { echo "the screen has not shown the seventh epoch: $status" >&2; exit 1; }

"$room/picture" "$docs/map.png" "$still"
"$room/picture" "$docs/map.gif" "$room"/*.ansi

# The other screens, when all arms have ended.
for _ in $(seq 600); do
	[ "$(find "$room/runs" -name events.jsonl -exec tail -qn 1 {} + | grep -c '"kind":"finish"')" -ge 4 ] && break
	sleep 0.5
done
for screen in 2:curves 6:triage 0:results; do
	pane send-keys "${screen%%:*}"
	sleep 2
	capture "$room/screen.ansi"
	"$room/picture" "$docs/${screen#*:}.png" "$room/screen.ansi"
done
ls -l "$docs"/*.png "$docs"/map.gif
