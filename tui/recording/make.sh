#!/bin/sh
# Runs the two experiments that the lesson shows and packs the files that it needs: no weights, and of the logits of evaluations only
# those that the results of the first experiment are read from.
# The reference of the second experiment learns too slowly to fit hard examples.
set -e
cd "$(dirname "$0")/../.."
runs=$(mktemp -d)
trap 'rm -rf "$runs"' EXIT
go run . run demo --plain --runs "$runs" --set data.root=/
go run . run demo --plain --runs "$runs" --set data.root=/ --set name=weak \
	--set reference.train.learning_rate=2e-5 --set 'arms.run=["ftft"]'
awk -F'[":, ]+' '/"run":/ { run = $3 } /"scored_at":/ { print run, $3 }' "$runs"/demo/report/report.json |
	while read -r run step; do
		for logits in "$runs/$run"/eval/*-"$step".npy; do
			[ ! -e "$logits" ] || mv "$logits" "$logits.kept" # erm_es may name those of erm again
		done
	done
rm "$runs"/*/eval/*.npy
for logits in "$runs"/*/eval/*.kept; do mv "$logits" "${logits%.kept}"; done
tar -C "$runs" --exclude '*.safetensors' --exclude tokenizer.json --exclude checksums.json --exclude state.json \
	--exclude control --exclude lock --exclude report --exclude study.log --exclude .queue \
	--sort=name --mtime=2000-01-01 --owner=0 --group=0 --numeric-owner --mode=u+rw -cf - . |
	zstd -19 --long=24 -q -f -o tui/recording/recording.tar.zst
