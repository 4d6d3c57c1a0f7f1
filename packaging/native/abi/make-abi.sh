#!/usr/bin/env bash
# Makes abi.json from the headers of the pinned llama.cpp: make-abi.sh DIR, the top of its source tree (v0.5.0).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source=${1:?usage: make-abi.sh LLAMA_CPP_SOURCE}
program=$(mktemp)
trap 'rm -f "$program"' EXIT
gcc -O1 -Wl,--unresolved-symbols=ignore-all -I "$source/include" -I "$source/ggml/include" -I "$source/ggml/src" -o "$program" "$here/abi.c"
"$program" >"$here/abi.json"
