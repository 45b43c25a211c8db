#!/usr/bin/env bash
# Records what the program prints and writes, to compare two versions.
#
#	outputs.sh FOLDER [commands | screens]
#
# trains a small fixed experiment with the program that FTFT names (ftft), runs every command with valid and invalid input, shows
# all screens in tmux, and writes to FOLDER
#
#	NAME.txt              a command: its line, exit code, output, errors, and the SHA-256 of the files it wrote
#	sums.txt              SHA-256 of all weights, dynamics and logits
#	screens/NAME-WxH.txt  a screen, at 120x40 and at 80x24
#
# Two runs of one program write equal folders, so diff -r OLD NEW shows what a change changed. For this, logs get fixed times once
# the commands that need the real ones have run, and placeholders replace what depends on the clock or the machine (see mask and
# untimed).
set -euo pipefail

out=$(mkdir -p "${1:?outputs.sh FOLDER: which?}" && cd "$1" && pwd)
part=${2:-all}
. "$(dirname "${BASH_SOURCE[0]}")/terminal.sh"
rm -rf "$out"/*.txt "$out/screens"
mkdir "$room/said"
trap 'kill "${training:-}" 2>/dev/null || true; pane kill-server 2>/dev/null || true; rm -rf "$room"' EXIT

# mask replaces this folder, times, hashes, processes and the host by placeholders.
mask() {
	sed -E -e "s|$room|ROOM|g" -e 's/[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z/TIME/g' -e 's/[0-9a-f]{64}/HASH/g' -e 's/^(\.TH FTFT 1 ).*/\1DATE/' \
		-e 's/held by [0-9]+ on [^ :]+/held by PID on HOST/' -e 's/^ftft version .*/ftft version VERSION/' -e 's/ +$//' -e '/^[0-9,]+ of [0-9,]+ examples, .* left$/d'
}
# keep NAME ARGUMENT... runs ftft and stores its output. wrote FILE... adds the hashes of files that it wrote.
keep() {
	local name=$1 code=0
	shift
	"$ftft" "$@" >"$room/said/out" 2>"$room/said/err" </dev/null || code=$?
	{
		printf '$ ftft %s\nexit code %d\n-- output\n' "$*" "$code"
		cat "$room/said/out"
		printf -- '-- errors\n'
		cat "$room/said/err"
	} | mask >"$out/$name.txt"
	last=$out/$name.txt
}
wrote() { sha256sum "$@" >>"$last" 2>&1 || true; }
# untimed [EXPRESSION] removes from the last output what depends on the speed of the machine: durations, and what the sed expression names.
untimed() { sed -i -E -e 's/ +[0-9.]+ (s|ms|min|s of training)\b/ T \1/g' -e 's/-{4,}/----/g' ${1:+-e "$1"} "$last"; }
# settle rewrites the logs of the experiment as if each step had taken a second and each run had begun three minutes after the one before,
# with one line per step. It removes the checkpoints during a run, whose number depends on the clock.
settle() {
	local run minute=0
	for run in demo-reference demo-ftft demo-random demo-erm; do
		awk -v minute=$minute '
		function put(line, step) {
			sub(/"seq":[0-9]+/, "\"seq\":" ++seq, line)
			sub(/"time":"[^"]*"/, sprintf("\"time\":\"2026-01-01T00:%02d:%02d.000000000Z\"", minute + step / 60, step % 60), line)
			sub(/"seconds":[^,}]*/, "\"seconds\":" step, line)
			print line
		}
		/"kind":"heartbeat"/ || /"best":false,"last":false/ { next }
		{ match($0, /"step":[0-9]+/); at = substr($0, RSTART + 7, RLENGTH - 7) }
		/"kind":"step"/ {
			match($0, /"losses":\[[^]]*/)
			n = split(substr($0, RSTART + 10, RLENGTH - 10), losses, ",")
			for (i = 1; i <= n; i++) {
				k = at - n + i
				put(sprintf("{\"seq\":0,\"attempt\":1,\"time\":\"\",\"kind\":\"step\",\"step\":%d,\"losses\":[%s],\"learning_rate\":%g,\"gradient_norm\":%g,\"tokens\":%d,\"seconds\":0,\"flops\":%d}",
					k, losses[i], (121 - k) / 60000, 1 + k % 7 / 4, k * 280, k * 150000000), k)
			}
			next
		}
		{ put($0, at) }
		' "runs/$run/events.jsonl" >said/log
		cat said/log >"runs/$run/events.jsonl"
		sed -i -E "s/\"created\": \"[^\"]*\"/\"created\": \"2026-01-01T00:0$minute:00Z\"/" "runs/$run/manifest.json"
		minute=$((minute + 3))
	done
	sed -i -E 's/"created": "[^"]*"/"created": "2026-01-01T00:00:00Z"/' runs/demo/study.json
}

say "The experiment"
keep run run demo --plain --set data.max_examples=300 --set train.max_steps=120 --set train.evaluations=3 --set engine.threads=2 --set engine.checkpoint_minutes=60
untimed '/ epoch [0-9]+ complete/d'
find runs \( -path '*/step-*0/model.safetensors' -o -name gold.npy -o -path '*/dynamics/*.npy' -o -path '*/eval/*.npy' \) | sort | xargs sha256sum >"$out/sums.txt"
keep fsck-whole fsck demo-reference
untimed 's/[0-9]+ files/N files/'
keep fsck-json fsck demo-reference --json
untimed 's/"files": [0-9]+/"files": N/'
cp -a runs/demo-erm whole
keep run-again run demo --plain --set data.max_examples=300 --set train.max_steps=120 --set train.evaluations=3 --set engine.threads=2 --set engine.checkpoint_minutes=60
untimed
settle
cp -a runs settled

commands() {
	local c model=runs/demo-erm/checkpoints/step-120
	say "Commands: help"
	keep help --help
	for c in bench compare completion config control correct curves data embed export follow fsck help lesson man map mark model predict present queue report resume run runs select stop tokenize train triage; do
		keep "help-$c" "$c" --help
	done
	keep man man
	keep version --version
	for c in bash zsh fish powershell; do keep "completion-$c" completion $c; done
	keep complete-run __complete run ''
	keep complete-report __complete report ''
	keep complete-strategy __complete select demo --strategy ''

	say "Commands: configs and data"
	keep config config demo
	keep config-json config demo --json --set train.epochs=3
	keep config-list config --list
	keep config-none config
	keep config-not-there config dmo
	keep config-folder config .
	for c in train.epcohs=2 train.epochs=two selection.fraction=1.2 train.learning_rate=nan data.eval.nosuch.path=x train selection.strategy=best; do
		keep "config-set-${c//[^a-z0-9]/-}" config demo --set "$c"
	done
	"$ftft" config demo | sed -e 's/^seeds.*/seeds = [1, 1]\ncolour = "red"/' -e 's/^kind = "ood"/kind = "odd"/' -e 's/^fraction.*/fraction = 2.0/' -e 's/^batch_size/batchsize/' >wrong.toml
	keep config-wrong config wrong.toml
	printf 'name = "x"\nseeds = [1\n' >torn.toml
	keep config-torn config torn.toml
	keep data data demo --set data.max_examples=300
	keep data-json data demo --json --seed 2 --set data.split.validation=0.1
	keep data-guid data demo --guid train-15
	keep data-no-guid data demo --guid nobody
	keep select-rows select demo-reference --fraction 1 --rows rows.jsonl
	wrote rows.jsonl
	sed -n 1,40p rows.jsonl >some.jsonl
	sed -e '2s/"label":"[a-z]*"/"label":"maybe"/' -e '3s/"text":"[^"]*"/"text":""/' -e '5s/.*/{"guid":/' some.jsonl >broken.jsonl
	sed -e '2s/"label":"[a-z]*"/"label":"maybe"/' -e '3s/"text":"[^"]*"/"text":""/' -e '4s/"guid":"[^"]*"/"guid":"train-1"/' some.jsonl >labels.jsonl
	own="--set data.train.text=text --set data.train.text_pair=text_pair --set data.train.path"
	keep data-own data demo $own=some.jsonl
	for c in broken.jsonl labels.jsonl nothing.jsonl some.xml; do keep "data-${c//./-}" data demo $own=$c; done
	keep data-column data demo $own=some.jsonl --set data.train.text=txt
	keep run-bad-labels run demo --plain --set name=bad $own=labels.jsonl
	keep run-bad-key run demo --plain --set name=bad --set nothing.at.all=1

	say "Commands: maps, selections, marks"
	keep map map demo-reference
	keep map-json map demo-reference --json --fraction 0.25 --metrics td.jsonl
	wrote td.jsonl
	for c in txt svg png pdf; do
		keep "map-figure-$c" map demo-reference --figure "map.$c" --light=$([ $c = png ] && echo false || echo true)
		wrote "map.$c"
		keep "curves-figure-$c" curves demo --figure "curves.$c" --charts all --log
		wrote "curves.$c"
	done
	for c in confidence variability correctness aum el2n forgetting first_learnt threshold_closeness nothing; do
		keep "map-explain-$c" map demo-reference --explain $c train-15
	done
	keep map-explain-json map demo-reference --explain aum train-15 --json
	keep map-no-guid map demo-reference --explain aum nobody
	keep map-epochs map demo-reference --epochs 1:9
	for c in ambiguous hard-to-learn easy-to-learn random band:confidence:0.25 bottom:aum top:nothing '0.8 ambiguous + 0.2 easy-to-learn' representative best; do
		keep "select-${c//[^a-z0-9]/-}" select demo --strategy "$c" --fraction 0.1
	done
	keep select-rule select demo --rule 'variability > 0.2 && label == "neutral"' --json
	keep select-rule-text select demo --rule 'text contains "not" && aum < 2' --selection selection.json
	wrote selection.json
	keep select-rule-balanced select demo --rule 'aum < 2' --strategy ambiguous --fraction 0.3 --balanced --rows chosen.jsonl
	wrote chosen.jsonl
	keep select-rule-wrong select demo --rule 'confidense < 0.5'
	keep select-rule-no-condition select demo --rule confidence
	keep select-fraction select demo --fraction 0
	keep select-fraction-x select demo --fraction x
	keep compare compare demo-reference demo-erm
	keep compare-json compare demo-reference demo-ftft --json --fraction 0.25 --seed 3
	keep compare-one compare demo-reference
	keep triage triage demo-reference --top 5
	keep triage-json triage demo --by cleanlab --top 3 --json
	keep triage-by triage demo --by magic
	keep export-cartography export demo-reference cartography --out cartography
	wrote cartography/*/* cartography/*.*
	for c in pt csv parquet xls; do
		keep "export-$c" export demo-reference $c --out "dynamics.$c"
		[ $c = xls ] || wrote dynamics.$c
	done
	keep map-cartography map cartography --json
	keep map-cartography-data map cartography --data rows.jsonl --text text,text_pair --fraction 0.2
	keep map-pt map dynamics.pt --data rows.jsonl --guid guid --label label
	keep compare-sources compare cartography dynamics.pt
	truncate -s -100 dynamics.pt
	keep map-torn map dynamics.pt
	c=$(find cartography -name 'dynamics_epoch_1.jsonl')
	sed -i '2s/"gold": *[0-9]/"gold": 9/;3s/.*/{/' "$c"
	keep map-source-wrong map cartography
	keep map-source-lenient map cartography --lenient
	keep mark-relabel mark demo-reference train-15 train-39 --relabel neutral --note 'a "note"'
	keep mark-exclude mark demo-reference --rule 'aum < 0 && confidence < 0.2' --exclude
	keep mark-label mark demo-reference train-15 --relabel maybe
	keep mark-nobody mark demo-reference nobody --keep
	keep mark-list mark demo-reference
	keep mark-json mark demo-reference --json
	keep correct correct demo-reference --out corrected.jsonl
	wrote corrected.jsonl
	keep correct-json correct demo-reference --json --out corrected.jsonl.gz
	keep select-marked select demo-reference --json
	keep mark-clear mark demo-reference --rule 'confidence >= 0' --clear
	keep embed embed demo-reference
	keep select-embedded select demo --strategy representative --fraction 0.1

	say "Commands: runs and models"
	keep report report demo
	keep report-json report demo --json
	keep report-markdown report demo --markdown
	keep report-both report demo --json --markdown
	keep report-run report demo-erm
	keep report-nobody report nobody
	keep report-elsewhere report demo --runs elsewhere
	keep runs runs
	keep runs-json runs --json
	keep curves curves demo
	keep curves-more curves demo-reference demo-erm --x compute --log --charts all --smooth 0.9 --range 10:50
	keep curves-x curves demo --x miles
	keep curves-chart curves demo --charts nothing
	keep queue queue
	keep queue-json queue --json
	keep queue-nobody queue nobody --first
	keep queue-no-direction queue demo-erm
	for c in pause resume checkpoint "patience 3" "note hello" dance; do keep "control-${c// /-}" control demo-erm $c; done
	keep control-nobody control nobody pause
	for c in stop resume train present follow; do
		keep "$c" $c demo-erm
		keep "$c-nobody" $c nobody
	done
	keep stop-study stop demo
	keep resume-study resume demo
	keep fsck-log fsck demo-erm
	keep fsck-log-json fsck demo-erm --json
	cp -a whole runs/torn && sed -i 's/"id": "demo-erm"/"id": "torn"/' runs/torn/manifest.json
	truncate -s -100 runs/torn/dynamics/epoch-001.npy && truncate -s -5 runs/torn/events.jsonl && echo >>runs/torn/gold.npy
	keep fsck-torn fsck torn
	keep map-run-torn map torn
	keep report-torn report torn
	untimed
	rm -r runs/torn
	keep model model $model
	keep model-json model $model --json
	keep model-nobody model nobody
	keep tokenize tokenize $model rows.jsonl
	keep tokenize-nobody tokenize nobody rows.jsonl
	keep predict predict $model some.jsonl --guid guid --text text,text_pair
	keep predict-label predict $model rows.jsonl --text text,text_pair --label label
	keep predict-json predict $model rows.jsonl --text text,text_pair --label label --json --batch-size 7 --max-length 12 --logits logits.npy
	wrote logits.npy
	keep predict-embeddings predict $model some.jsonl --text text,text_pair --embeddings vectors.npy
	wrote vectors.npy
	keep predict-column predict $model some.jsonl --text txt
	keep predict-broken predict $model broken.jsonl --text text
	cp -r $model model && truncate -s -100 model/model.safetensors
	keep model-torn model model
	keep bench bench --only operation/norm --samples 1 --threads 1 --json
	untimed 's/[0-9][0-9.e+-]*/N/g'
	keep bench-nothing bench --only zzz

	say "Commands: what cannot be understood"
	keep no-terminal
	keep no-terminal-lesson lesson
	keep unknown-command nosuch
	keep unknown-flag report --nope
	for c in run map select compare export model predict tokenize control stop resume fsck triage correct mark curves embed train data present follow; do keep "missing-$c" $c; done

	say "Commands: a run that runs"
	"$ftft" run demo --plain --set name=long --set data.max_examples=300 --set train.max_steps=1000000 --set 'arms.run=["erm"]' >said/long 2>&1 </dev/null &
	training=$!
	for _ in $(seq 200); do
		"$ftft" runs | grep -q '^long-reference .*running' && break
		sleep 0.1
	done
	c='s/(step|after step|s long-reference,) +[0-9]+/\1 N/g;s/[0-9]+ of 1000000/N of 1000000/'
	keep running-queue queue
	untimed "$c;s/ +[0-9]+\/1000000 +[^ ]+( [a-z]+)?/ N\/1000000/"
	for a in checkpoint "note hello" "patience 3" "evaluations 9" pause resume; do
		keep "running-${a// /-}" control long-reference $a
		untimed "$c"
	done
	keep running-first queue long-reference --first
	keep running-stop stop long
	untimed "$c"
	wait "$training" || true
	training=
	cp said/long "$out/running-run.txt"
	last=$out/running-run.txt
	sed -i -E '/ (step|epoch) [0-9]+[: ]/d' "$last"
	untimed "$c;s/[0-9]+\/1000000.*/N\/1000000/;s/[0-9.]{4,}/N/g;s/[0-9.]+ %/N %/g"
}
[ "$part" = screens ] || commands

# shot NAME waits until the screen has changed after the last key, no longer changes, and the program is idle, and then stores the screen.
before=
shot() {
	local was now still=0
	for _ in $(seq 12); do
		now=$(screen)
		[ "$now" = "$before" ] || break
		sleep 0.1
	done
	for _ in $(seq 200); do
		was=$now
		sleep 0.15
		now=$(screen)
		still=$((still + 1))
		if [ "$now" != "$was" ] || cat "/proc/$(pane display -p '#{pane_pid}')"/task/*/stat 2>/dev/null | grep -q ') R '; then
			still=0
		fi
		[ "$still" -lt 2 ] || break
	done
	before=$now
	printf '%s\n' "$now" | mask | sed -E -e 's/[0-9.]+ [kMGT]?B are free */N GB are free/' -e 's/(s of )[0-9]+ min( [0-9]+ s)?/\1T/' \
		-e 's/following [0-9]+ on [^;]+;/following PID on HOST;/' >"$out/screens/$1-$size.txt"
}
# fresh opens the experiment without a stored view.
fresh() {
	pane kill-server 2>/dev/null || true
	rm -rf runs state config
	cp -a settled runs
	open "${size%x*}" "${size#*x}" "$@"
	before=
	[[ " $* " = *" lesson "* ]] || see "1 Map" "300 examples" "three women are sitting" # texts come last
}
# press NAME KEY... types the keys and stores the screen.
press() {
	local name=$1
	shift
	keys "$@"
	shot "$name"
}
screens() {
	size=$1
	say "Screens: $size"
	fresh
	press map
	press map-more ']' ']' '}'
	press map-less '{' '['
	press map-undo u
	press map-redo C-r
	press map-all '}' '}' '}' '}' '}' '}' '}' '}' '}' '}' '}' '}' '}' '}'
	keys Escape u u u u u u u u u u u u u u u
	press map-hard s
	press map-easy s
	press map-random s
	press map-next-strategy s
	keys s
	fresh
	press map-down Down Down
	press map-end G
	press map-earlier ,
	press map-first '<'
	press map-later .
	press map-newest '>'
	press brush v
	press brush-moved H H J J
	press brush-corner v L
	press brush-selected Enter
	press brush-examples 3
	keys 1 Escape
	keys : && press rule-prompt
	enter_text 'variability > 0.1 && confidense' && press rule-wrong
	keys C-u && enter_text 'vari' && keys Tab && press rule-completed
	enter_text ' > 0.1' && press rule-counted
	press rule-selected Enter
	press rule-none Escape
	keys / && press search-prompt
	enter_text dog && press search-matches
	press search-found Enter
	press search-next n
	press search-before N
	press search-left Escape
	press mark-prompt m
	press mark-right y
	keys m r && press mark-labels
	press mark-relabelled 1
	keys m n && enter_text 'why?' && press mark-note
	press mark-noted Enter
	press mark-excluded Down m x
	press mark-undone u
	press mark-list 3 F
	press mark-back m c
	keys F
	press explain 1 e
	press explain-down Down Down
	press explain-last G
	press help Escape '?'
	press help-down NPage
	press palette Escape C-p
	enter_text expl && press palette-found
	press command Escape =
	press command-down Down
	press write Escape w
	press write-left Escape
	keys : && enter_text '25%' && press fraction-typed
	press fraction-selected Enter
	keys S && enter_text quarter && press save-prompt
	press saved Enter
	press saved-list "'"
	keys Escape '?' && enter_text 'brush' && press help-filtered
	press theme Escape Escape C-t

	fresh
	press examples 3
	press examples-down Down Down Down
	press examples-end G
	press examples-sorted g o
	press examples-other-sort o
	press examples-reversed O
	press examples-label f
	press examples-labels f f
	press examples-filter-prompt f '|'
	enter_text 'aum < 1' && press examples-filter
	press examples-filtered Enter
	press reading Escape i
	press reading-scrolled J J
	press reading-next Down
	press reading-explained e
	press examples-explained e i e

	keys e
	press curves 2
	press curves-across a
	press curves-compute a
	press curves-time a
	press curves-log a A
	press curves-smooth z z
	press curves-cross A Right Right Right
	press curves-zoom + +
	press curves-moved L
	press curves-whole Escape
	press curves-charts C
	press curves-stopping t
	press curves-patience t
	press curves-runs T T T d
	press curves-picked Down Space
	press curves-own D Escape
	press curves-band b
	press curves-explained e

	keys e
	press runs 4
	press runs-end G
	keys c && see "moved"
	press compare
	press compare-cells Right Right
	press compare-explained e
	press runs-back e Escape
	keys Enter && sleep 1 && see "of 300"
	press runs-open
	press launch 5
	press launch-down Down
	press launch-seed Right
	press launch-all Down Down
	press launch-explained e
	press launch-command e =
	press triage = 6
	press triage-right y
	press triage-undone u
	press triage-method o
	press triage-explained e
	press neighbours e '~'
	press results Escape 0
	press results-steps a
	press results-explained e
	press results-command e =
	keys = Escape 1 R && see "replay"
	press replay Space '(' '(' '(' '(' '(' '(' '(' '(' '(' '('
	press replay-on ')'
	press replay-further ')' ')'
	press replay-curves 2
	press replay-runs 4
	press replay-ended R

	fresh --ascii
	press ascii-map
	press ascii-examples 3
	press ascii-curves 2
	press ascii-runs 4
	press ascii-launch 5
	press ascii-help '?'
	fresh lesson
	for step in 1 2 3 4 5 6 7 8 9 10 11 12 13; do
		[ "$step" = 1 ] || keys Space
		see " $step of 13"
		press "lesson-$step"
		sed -i -n '/^Lesson [0-9]* of 13/,$p' "$out/screens/lesson-$step-$size.txt" # what is above may be a replay
	done
	fresh present demo
	press present
	pane new-window "exec '$ftft' follow demo" && see "following" "three women are sitting"
	press follow
}
if [ "$part" != commands ]; then
	mkdir "$out/screens"
	screens 120x40
	screens 80x24
fi
