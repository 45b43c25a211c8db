#!/bin/sh
# Runs the two experiments that the lesson shows and packs the files that it needs: no weights, and no logits of evaluations.
# The reference of the second experiment learns too slowly to fit hard examples.
set -e
cd "$(dirname "$0")/../.."
runs=$(mktemp -d)
trap 'rm -rf "$runs"' EXIT
go run . run demo --plain --runs "$runs" --set data.root=/
go run . run demo --plain --runs "$runs" --set data.root=/ --set name=weak \
	--set reference.train.learning_rate=2e-5 --set 'arms.run=["ftft"]'
tar -C "$runs" --exclude '*.safetensors' --exclude tokenizer.json --exclude checksums.json --exclude state.json \
	--exclude control --exclude lock --exclude report --exclude study.log --exclude .queue \
	--exclude 'eval/*.npy' \
	--sort=name --mtime=2000-01-01 --owner=0 --group=0 --numeric-owner --mode=u+rw -cf - . |
	zstd -19 --long=24 -q -f -o tui/recording/recording.tar.zst
