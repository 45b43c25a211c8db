#!/usr/bin/env bash
# Uses the workbench in tmux as a user does: types each key, and waits until the screen shows the expected text.
#
#	interactions.sh [FOLDER]
#
# The program is the one that FTFT names (ftft). It runs in a temporary folder, on a small experiment that the script trains
# first; the whole takes two minutes on two cores. The script fails at the first text that does not appear, and prints the screen.
# With FOLDER, it writes all screens there, at 120x40 and 80x24, dark and light: as text, with colours (cat shows them) and,
# where Go is installed, as images.
set -euo pipefail

repository=$(cd "$(dirname "$0")/.." && pwd)
shots=${1:+$(mkdir -p "$1" && cd "$1" && pwd)}
. "$(dirname "${BASH_SOURCE[0]}")/terminal.sh"

say "An experiment of 900 examples: reference, ftft, erm"
"$ftft" run demo --plain --set data.max_examples=900 --set train.max_steps=912 --set train.evaluations=6 --set stop.patience=0 --set 'arms.run=["ftft","erm"]' >report.txt 2>log.txt || { cat log.txt; exit 1; }

say " 1. Threshold: keys and mouse, counts, balance, compute and ETA; strategy; undo and redo"
open 120 40
see "Data map" "examples   297 of 900" "compute" "ETA" "entailment" "33 % by chance"
keys ']' ']'
see "fraction   35 %" "examples   315 of 900"
keys '}'
see "fraction   40 %" "examples   360 of 900"
keys s
see "strategy   hard-to-learn"
keys u
see "strategy   ambiguous"
keys u u u
see "fraction   33 %" "examples   297 of 900"
keys C-r
see "fraction   34 %"
keys u
mark=$(screen | grep -n '▲' | head -1)
row=${mark%%:*} column=$(printf '%s' "${mark#*:}" | sed 's/▲.*//' | wc -m)
mouse() { enter_text "$(printf '\033[<%s;%d;%d%s' "$1" "$2" "$3" "$4")"; }
mouse 0 $((column + 1)) $((row - 8)) M # press on the line of the threshold, pull it to the left, let go
mouse 32 $((column - 4)) $((row - 8)) M
see " steps = "
mouse 0 $((column - 4)) $((row - 8)) m
gone "examples   297 of 900"
keys u
see "examples   297 of 900"

say " 2. Brush, list, text and back; sort and filter"
keys v H H J J J
see " · variability " "enter selects"
keys Enter
see "examples brushed: 3 lists them" "all that match the rule"
keys 3
see "Examples: variability >=" "by ambiguous"
keys o
see "by confidence"
keys f
see "label entailment"
keys f f f i
see "Reading" "predicted" "epoch"
keys i O 1
see "all that match the rule"
keys Escape
see "strategy   ambiguous" "examples   297 of 900"

say " 3. Earlier epochs, the trail, the newest epoch"
keys ,
see "after epoch 15 of 16" "○ earlier" "of the newest map"
keys , , , '<'
see "after epoch 2 of 16"
keys . '>'
see "900 examples · 16 epochs"

say " 4. Search, rules, completion, errors, history"
keys /
enter_text dog
see "matches"
keys Enter
see "/dog: match" "● found"
keys n
see "/dog: match"
keys Escape
gone "● found"
keys :
enter_text 'variability > 0.2 && confidense < 0.9'
see "no column" "did you mean confidence?"
keys C-u
enter_text 'variability > 9'
see "No example matches."
keys C-u
enter_text 'vari'
keys Tab
see ":variability"
enter_text ' > 0.2'
see "enter selects them"
keys Enter
see "all that match the rule" "rule       variability > 0.2"
keys '['
see "fraction   99 % of the"
keys Escape
see "fraction   33 %"
keys : Up
see ":variability > 0.2"
keys Escape

say " 5. Marks: right, relabel, exclude, note; undo; the corrected data"
keys m y
see "its label is right"
keys m r 1
see "relabelled entailment"
keys m n
enter_text "why?"
keys Enter
see "relabelled entailment · why?"
keys Down m x
see "1 excluded"
keys u
gone "1 excluded"
keys C-r
see "1 excluded"
keys 3 F
see "all marked" "2 listed"
"$ftft" correct demo-reference --out corrected.jsonl 2>&1 >corrections.diff | tee said.txt
grep -qF "1 of 900 rows relabelled, 1 left out" said.txt
keys u u 1
gone "1 excluded"
see "examples   297 of 900"

say " 6. Launch with two keys; pause, checkpoint, stop, resume, each answered by the run"
keys '}' '}' Enter
see "Launch" "changes" "memory" "disk" "queue"
keys Enter
see "Queued"
keys 4
see "demo-ftft-0.43 ftft      43 % ambiguo… running"
keys G p
see "paused after step" "43 % ambiguo… paused"
keys p
see "resumed at step" "43 % ambiguo… running"
keys C-s
see "saved"
keys x
see "Stop demo-ftft-0.43 and keep its weights?"
keys x
see "43 % ambiguo… stopped"
keys r
see "Resume demo-ftft-0.43"
keys r
PATIENCE=600 see "demo-ftft-0.43 ftft      43 % ambiguo… complete"

say " 7. Curves: axes, smoothing, zoom, crosshair, early stopping, choice of runs"
keys 2
see "Training loss" "ID accuracy" "OOD"
keys a
see "a examples"
keys a A z
see "A log"
keys Right Right
see "at "
keys + + L -
keys t
see "Early stopping" "patience"
keys t d
see "space draws"
keys Escape b

say " 8. Two runs compared"
keys 4 g c
see "this is the run viewed"
keys Down Down c
see "in both" "by chance" "moved"
keys Right Right Escape

say " 9. Results: table, differences, sentence, chart; more seeds, another percentage; the strip is done"
keys 0
see "Results" "difference to erm" "of erm's" "Quality by compute" "95 % interval over examples"
gone "2 shows the curves, 4 the runs"
keys a
see "Quality by steps"
keys a P
see "Launch" "fraction"

say "10. Launch as a form: learning rate, patience, the change, the command"
keys Down Down Right
see "changes" "main.train.learning_rate" "->"
keys =
see "main.train.learning_rate="
keys = Left 1

say "11. Triage: reason, marks, undo; neighbours say how to get embeddings"
keys 6
see "Triage by" "why" "p by epoch" "of 900 seen" "precision"
keys y
see "2 marked"
keys u
see "Undone" "1 marked"
keys '~'
see "ftft embed"
keys Escape

say "12. A typed fraction, a saved selection, undo in words, the help filtered"
keys 1 :
enter_text '25%'
see "ambiguous 25 %: 225 examples"
keys Enter
see "fraction   25 %"
keys S
enter_text quarter
keys Enter
see "Saved ambiguous 25 % as quarter"
keys u
see "Undone: ambiguous 33 %, 297 examples"
keys "'"
see "Saved selections" "quarter"
keys Enter
see "fraction   25 %"
keys u '?'
enter_text 'label right'
see "mark that the label is right"
keys Escape Escape

say "13. The terminal is killed; reattaching restores the view"
keys 1 ']' ']' Down Down Down
see "examples   315 of 900"
sleep 1.5
screen | sed '$d' >before.txt
pane kill-server
open 120 40
see "examples   315 of 900" "by chance"
for _ in $(seq 100); do # texts come last
	screen | sed '$d' >after.txt
	cmp -s before.txt after.txt && break
	sleep 0.1
done
diff before.txt after.txt

say "14. Explanations, a figure, the command, replay, themes, all actions, help, the manual, the lesson"
keys e
see "formula" "confidence ="
keys e w
see "write to"
keys C-u
enter_text map.png
keys Enter
for _ in $(seq 100); do
	[ -s map.png ] && break
	sleep 0.1
done
test "$(head -c 4 map.png | tail -c 3)" = PNG
keys =
see "ftft map demo-reference" "ftft select demo-reference"
keys = R
see "replay"
keys R C-p
enter_text expl
see "explain the numbers of the screen"
keys Escape '?'
see "Keys" "Elsewhere"
keys Escape C-t
see "Theme: "
"$ftft" man | grep -q 'KEYS OF THE WORKBENCH'
keys q
open 120 40 lesson
see "1 of 13"
keys Space
see "2 of 13"
keys q

say "15. Present and follow"
open 120 40 present demo
see "presenting"
pane new-window "exec '$ftft' follow demo"
see "following"
pane select-window -t 0
keys 3 Down
see "Examples:"
pane select-window -t 1
see "Examples:"
pane select-window -t 0
keys q

if [ -z "$shots" ]; then
	exit 0
fi
say "All screens, written to $shots"
for size in "120 40" "80 24"; do
	for theme in dark light; do
		open $size --theme "$theme"
		see "1 Map" "ambiguous"
		shot() {
			sleep 0.4
			screen -e -N >"$shots/$1-${size/ /x}-$theme.ansi"
			screen >"$shots/$1-${size/ /x}-$theme.txt"
		}
		keys 1 && shot 1-map
		keys , , && shot 1-map-earlier && keys '>'
		keys v H H J && shot 1-map-brush && keys Escape
		keys 2 && shot 2-curves
		keys t && shot 2-curves-stopping && keys t d && shot 2-curves-runs && keys Escape
		keys 3 && shot 3-examples
		keys i && shot 3-reading && keys i e && shot 3-explain && keys e
		keys 4 && shot 4-runs
		keys G c && shot 4-compare && keys Escape
		keys 5 && shot 5-launch
		keys 6 && shot 6-triage
		keys 0 && shot 0-results
		keys 1 '~' && shot neighbours && keys Escape
		keys : && enter_text 'variability > 0.2 && confidense' && shot 1-rule && keys Escape
		keys = && shot command && keys = '?' && shot help && keys Escape C-p && shot actions && keys Escape
		keys q
	done
done
if command -v go >/dev/null; then
	(cd "$repository" && go build -o "$room/picture" ./docs/picture)
	for size in "120 40" "80 24"; do
		for ansi in "$shots"/*-"${size/ /x}"-dark.ansi; do
			"$room/picture" -width "${size% *}" -height "${size#* }" "${ansi%.ansi}.png" "$ansi"
		done
		for ansi in "$shots"/*-"${size/ /x}"-light.ansi; do
			"$room/picture" -light -width "${size% *}" -height "${size#* }" "${ansi%.ansi}.png" "$ansi"
		done
	done
fi
