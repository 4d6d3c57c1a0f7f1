#!/usr/bin/env bash
# The whole loop in one command: build, start a private ilabd, chat with a model, check a taxonomy, make data of it, train, ask again, stop.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD

usage() {
    cat <<'TXT'
usage: packaging/quickstart.sh [--model FILE.gguf] [--keep] [--no-build]
  --model FILE   another model to use (GGUF); without it, the starter model that comes with ilab
  --keep         leave the private service and its store for further play
  --no-build     use artifacts/dist as it is
TXT
}

model='' keep=no build=yes
while [ $# -gt 0 ]; do
    case $1 in
        --model) [ $# -ge 2 ] || { usage >&2; exit 2; }; model=$2; shift 2 ;;
        --model=*) model=${1#--model=}; shift ;;
        --keep) keep=yes; shift ;;
        --no-build) build=no; shift ;;
        -h | --help) usage; exit 0 ;;
        *) echo "Error: unknown option $1" >&2; usage >&2; exit 2 ;;
    esac
done

if [ -n "$model" ] && [ ! -f "$model" ]; then
    echo "Error: $model: no such file" >&2
    exit 2
fi

step() { if [ -t 1 ]; then printf '\n\033[1m%s\033[0m\n' "$*"; else printf '\n%s\n' "$*"; fi; }
quoted() { # as a person would type it: quotes only where the shell needs them
    local word
    for word in "$@"; do
        case $word in
            '' | *[!A-Za-z0-9_./:=,@%+-]*) printf " '%s'" "${word//\'/\'\\\'\'}" ;;
            *) printf ' %s' "$word" ;;
        esac
    done
}
run() { printf '$ ilab%s\n' "$(quoted "$@")"; "$ilab" "$@"; }
converse() { # LINES ARGUMENTS...: the conversation stands with the command, where the answers can be compared with it
    local lines=$1
    shift
    printf "\$ ilab%s <<'END'\n%s\nEND\n" "$(quoted "$@")" "$lines"
    "$ilab" "$@" <<<"$lines"
}

if [ "$build" = yes ]; then
    step "Building"
    packaging/build.sh
fi
ilab=$here/artifacts/dist/bin/ilab

ILAB_ROOT=$(mktemp -d "${TMPDIR:-/tmp}/ilab-quickstart.XXXXXX")
export ILAB_ROOT
finish() {
    if [ "$keep" = yes ]; then
        printf '\nThe private service is still there. To go on:  export ILAB_ROOT=%q PATH=%q:$PATH\n' "$ILAB_ROOT" "$here/artifacts/dist/bin"
    else
        "$ilab" --no-autostart system stop >/dev/null 2>&1 || true
        rm -rf "$ILAB_ROOT"
    fi
}
trap finish EXIT

step "A private service (it starts by itself with the first command)"
run system info --format '{{.Service.Version}} on {{.Host.Cpus}} cores, store {{.Store.Path}}'

name=starter
if [ -n "$model" ]; then
    name=quickstart
    step "A model comes in"
    run model import "$model" --name "$name"
fi

step "The model"
run model ls
run model inspect "$name" --format '{{range .}}{{.Architecture}}, {{.Parameters}} parameters, {{.Quantization}}, context {{.ContextLength}}{{end}}'

if [ "$name" = starter ]; then
    # It was trained on conversations alone; what it can continue is an answer that has begun, in the format of its chat template.
    text=$'<|im_start|>user\nWhat is GGUF?<|im_end|>\n<|im_start|>assistant\nGGUF is a file format'
else
    text='Once upon a time'
fi
step "It continues a text"
run model inference --model-name "$name" --prompt "$text" --temperature 0 --max-length 60

step "It chats"
converse $'Hello!\nWhat is the capital of France?\nHow do I list my models?' model chat "$name" --temperature 0 --max-length 60

if [ "$name" = starter ]; then
    example=packaging/example
    ask() { for question in 'I would like to know the capital of Kelmontia.' 'Ahoy! What do you like?'; do run model run "$1" "$question" --temperature 0 --max-length 40; done; }

    step "A taxonomy with something to learn: five made-up islands (knowledge), and to answer like a pirate whoever says Ahoy (a skill)"
    cp -r "$example/taxonomy" "$ILAB_ROOT/taxonomy"
    run tax check "$ILAB_ROOT/taxonomy"
    run tax diff "$ILAB_ROOT/taxonomy"
    step "The model knows neither"
    ask starter
    step "Data from the taxonomy; the teacher is the starter itself, told to talk like a pirate"
    run data generate "$ILAB_ROOT/taxonomy" --documents "$example/documents" --teacher starter --pipeline "$example/pipeline" --name lesson
    run data show lesson --take 2
    step "Mixed with what it can do already, so that it forgets nothing"
    run data mix lesson "$example/general.jsonl" --name mixed
    step "Training (LoRA)"
    run model train starter --data mixed --tag taught --rank 16 --epochs 12 --batch-size 2 --learning-rate 2e-3
    run job inspect "$("$ilab" job ls --all --filter kind=train --format '{{.ID}}')" --plot -
    step "Now it knows both, asked in words that were not in the data"
    ask taught
    name=taught
fi

step "What is loaded, and unloading it"
run model ps
run model stop "$name"

step "Done"
[ "$keep" = yes ] || run system stop
