# Sourced by the scripts beside it: changes to a temporary folder, and defines functions to type into tmux and to wait for text
# on its screen. The program is the one that FTFT names (ftft).
ftft=$(command -v "${FTFT:-ftft}") || { echo "no program ftft: set FTFT to its path" >&2; exit 1; }
ftft=$(cd "$(dirname "$ftft")" && pwd)/$(basename "$ftft")
room=$(mktemp -d)
pane() { tmux -u -L "ftft-$$" "$@"; }
trap 'pane kill-server 2>/dev/null || true; rm -rf "$room"' EXIT
cd "$room"
export LC_ALL=C.UTF-8 XDG_STATE_HOME=$room/state XDG_CONFIG_HOME=$room/config

# open WIDTH HEIGHT ARGUMENT... runs ftft in a new terminal of that size.
open() {
	local w=$1 h=$2
	shift 2
	pane kill-server 2>/dev/null || true
	for _ in $(seq 50); do # the previous server may still be ending
		pane -f /dev/null new-session -d -x "$w" -y "$h" -c "$room" "COLORTERM=truecolor exec '$ftft' $*" 2>/dev/null && break
		sleep 0.1
	done
	pane set -g default-terminal tmux-256color 2>/dev/null || true
}
screen() { pane capture-pane -p "$@" 2>/dev/null || true; }
keys() {
	local key
	for key; do
		pane send-keys "$key"
		if [ "$key" = Escape ]; then
			sleep 0.4 # followed at once by a key, it would mean alt and that key
		else
			sleep 0.05
		fi
	done
}
enter_text() { pane send-keys -l "$1"; }

# see TEXT... waits until the screen shows all of the texts.
see() {
	local text
	for text; do
		for _ in $(seq "${PATIENCE:-100}"); do
			screen | grep -qF -- "$text" && continue 2
			sleep 0.1
		done
		printf 'The screen does not show "%s":\n' "$text"
		screen
		exit 1
	done
}
# gone TEXT waits until the screen no longer shows the text.
gone() {
	for _ in $(seq 100); do
		screen | grep -qF -- "$1" || return 0
		sleep 0.1
	done
	printf 'The screen still shows "%s":\n' "$1"
	screen
	exit 1
}
say() { printf '%s\n' "$*"; }
