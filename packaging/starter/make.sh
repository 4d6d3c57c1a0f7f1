#!/usr/bin/env bash
# Makes the starter model from nothing: its conversations, its vocabulary, the training, the file that ships. About a quarter of an hour on a free core.
# Needs an installation (packaging/build.sh). The result depends on the number of threads: it is made with one.
set -euo pipefail

usage() {
    cat <<'EOF'
usage: packaging/starter/make.sh [--steps N] [--output DIR]
  --steps N      trains this many steps only, to try the way
  --output DIR   puts the results there instead of into packaging/starter
EOF
}

caller=$PWD
cd "$(dirname "$0")/../.."
output=packaging/starter
length=(--epochs 18)
while [ $# -gt 0 ]; do
    case $1 in
        --steps) length=(--steps "${2:?--steps needs a number}"); shift 2 ;;
        --output) output=$(cd "$caller" && mkdir -p "${2:?--output needs a folder}" && cd "$2" && pwd); shift 2 ;;
        -h | --help) usage; exit 0 ;;
        *) usage >&2; exit 2 ;;
    esac
done
if [ "${length[0]}" = --steps ] && [ "$output" = packaging/starter ]; then
    echo "Error: what a few steps make does not ship: give an --output folder" >&2
    exit 2
fi

ilab=$PWD/artifacts/dist/bin/ilab
[ -x "$ilab" ] || { echo "Error: $ilab is not there: run packaging/build.sh first" >&2; exit 1; }
work=$(mktemp -d "${TMPDIR:-/tmp}/ilab-starter.XXXXXX")
export ILAB_ROOT=$work/root ILAB_THREADS=1
finish() {
    "$ilab" --no-autostart system stop >/dev/null 2>&1 || true
    rm -rf "$work"
}
trap finish EXIT

dotnet run -c Release --project packaging/starter -- "$work"
"$ilab" model import "$work/blank.gguf" --name blank
"$ilab" model train blank --training-type scratch --data "$work/corpus.jsonl" --tag starter-f32 "${length[@]}" \
    --batch-size 16 --max-seq-len 256 --learning-rate 2e-3 --warmup-steps 40 --weight-decay 0.01 --eval-split 0.01 --checkpoint-interval 100 --seed 42
"$ilab" model quantize starter-f32 --type Q8_0 --name starter-q8
install -m 0644 "$("$ilab" model inspect starter-q8 | sed -n '/model.weight/,/"Path"/s/.*"Path": "\(.*\)".*/\1/p')" "$output/starter.gguf"
"$ilab" job inspect "$("$ilab" job ls --all --filter kind=train --format '{{.ID}}')" --metrics "$output/run.jsonl"
cp "$work/facts.jsonl" "$work/facts-test.jsonl" "$output/"
ls -l "$output/starter.gguf"
