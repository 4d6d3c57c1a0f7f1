#!/usr/bin/env bash
# The main job in one command: build, start a private ilabd, import a model, look at it, generate, chat, stop.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD

usage() {
    cat <<'TXT'
usage: packaging/quickstart.sh [--model FILE.gguf] [--keep] [--no-build]
  --model FILE   the model to use (GGUF); without it, one that is found at hand
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

find_model() { # the smallest GGUF around that is a model and not only a vocabulary
    find "$PWD" "$PWD/.." "${HOME:-/nonexistent}/.cache/huggingface" "${HOME:-/nonexistent}/models" -maxdepth 4 -name '*.gguf' -size +300k \
        -not -path '*/artifacts/*' -not -path '*/node_modules/*' -not -name 'ggml-vocab*' -printf '%s\t%p\n' 2>/dev/null | sort -n | head -1 | cut -f2-
}

if [ -z "$model" ]; then
    model=$(find_model || true)
    if [ -z "$model" ]; then
        cat >&2 <<'TXT'
Error: no GGUF model was found near this checkout or in your home. Name one with --model FILE.gguf.
A small one to start with, fetched by ilab itself once it is built (packaging/build.sh):
    artifacts/dist/bin/ilab model download ggml-org/models:tinyllamas/stories15M-q4_0.gguf
TXT
        exit 2
    fi
    echo "No --model given; using $model"
fi
[ -f "$model" ] || { echo "Error: $model: no such file" >&2; exit 2; }

step() { if [ -t 1 ]; then printf '\n\033[1m%s\033[0m\n' "$*"; else printf '\n%s\n' "$*"; fi; }
run() { printf '$ ilab'; printf ' %q' "$@"; printf '\n'; "$ilab" "$@"; }

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

step "A model comes in"
run model import "$model" --name quickstart
run model ls
run model inspect quickstart --format '{{range .}}{{.Architecture}}, {{.Parameters}} parameters, {{.Quantization}}, context {{.ContextLength}}{{end}}'

step "It continues a text"
run model inference --model-name quickstart --prompt "Once upon a time" --temperature 0 --max-length 60

step "It chats"
printf 'Tell me a story about a cat.\n' | run model chat quickstart --max-length 60

step "What is loaded, and unloading it"
run model ps
run model stop quickstart

step "Done"
[ "$keep" = yes ] || run system stop
