#!/usr/bin/env bash
# Makes the starter model from nothing: its conversations, its vocabulary, the training, the file that ships. About a quarter of an hour on two free cores.
# Needs an installation (packaging/build.sh). The result depends on the number of threads; the one that ships was made with one.
set -euo pipefail
cd "$(dirname "$0")/../.."
ilab=$PWD/artifacts/dist/bin/ilab
work=$(mktemp -d "${TMPDIR:-/tmp}/ilab-starter.XXXXXX")
export ILAB_ROOT=$work/root
finish() {
    "$ilab" --no-autostart system stop >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT

dotnet run -c Release --project packaging/starter -- "$work"
"$ilab" model import "$work/blank.gguf" --name blank
"$ilab" model train blank --training-type scratch --data "$work/corpus.jsonl" --tag starter-f32 \
    --epochs 18 --batch-size 16 --max-seq-len 256 --learning-rate 2e-3 --warmup-steps 40 --weight-decay 0.01 --eval-split 0.01 --checkpoint-interval 100 --seed 42
"$ilab" model quantize starter-f32 --type Q8_0 --name starter-q8
cp "$("$ilab" model inspect starter-q8 | sed -n '/model.weight/,/"Path"/s/.*"Path": "\(.*\)".*/\1/p')" packaging/starter/starter.gguf
"$ilab" job inspect "$("$ilab" job ls --all --filter kind=train --format '{{.ID}}')" --metrics packaging/starter/run.jsonl
cp "$work/facts.jsonl" "$work/facts-test.jsonl" packaging/starter/
ls -l packaging/starter/starter.gguf
