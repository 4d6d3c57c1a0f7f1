#!/usr/bin/env bash
# Fetches the pinned llama.cpp libraries (package-lock.json holds their integrity hashes) and prints the folder they lie in.
# Quick when they are there already.
#
#   install.sh           the libraries for the CPU
#   install.sh --cuda    libggml-cuda.so beside them as well: 143 MB, x86-64 only (docs/gpu.md)
set -euo pipefail
cd "$(dirname "$0")"

fail() { echo "Error: $1" >&2; exit 1; }

cuda=
case "$#:${1-}" in
    0:) ;;
    1:--cuda) cuda=yes ;;
    *) echo "usage: install.sh [--cuda]" >&2; exit 2 ;;
esac
case $(uname -m) in
    x86_64) name=linux-x64 ;;
    aarch64) name=linux-arm64 ;;
    *) fail "no prebuilt llama.cpp libraries for $(uname -m); build version 0.5.0 and point ILAB_LLAMA_DIR at it" ;;
esac
[ -z "$cuda" ] || [ "$name" = linux-x64 ] || fail "no prebuilt CUDA library for $(uname -m); build ggml-cuda of version 0.5.0 and put libggml-cuda.so beside the other libraries (docs/gpu.md)"
bins=$PWD/node_modules/@node-llama-cpp/$name/bins/$name

# Brings the packages of a folder's lock file; nothing happens when they are there.
fetch() { # FOLDER FILE
    if ! cmp -s "$1/package-lock.json" "$1/node_modules/.ilab-lock" 2>/dev/null || [ ! -e "$2" ]; then
        command -v npm >/dev/null || fail "npm is needed to fetch the llama.cpp libraries: apt-get install npm"
        (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error >&2)
        [ -e "$2" ] || fail "npm ci did not bring $2"
        cp "$1/package-lock.json" "$1/node_modules/.ilab-lock"
    fi
}

exec 9>.install.lock
flock 9
fetch . "$bins/libllama.v0.5.0.so"
if [ -n "$cuda" ]; then
    source=$PWD/cuda/node_modules/@node-llama-cpp/linux-x64-cuda/bins/linux-x64-cuda
    fetch cuda "$source/libggml-cuda.so"
    # A backend works with the libggml-base it was built with, and with no other.
    cmp -s "$source/libggml-base.so" "$bins/libggml-base.so" || fail "the CUDA package was built with another libggml-base.so than $bins holds: the versions in package.json and cuda/package.json have to be the same"
    if ! [ "$source/libggml-cuda.so" -ef "$bins/libggml-cuda.so" ]; then
        rm -f "$bins/libggml-cuda.so.new"
        ln "$source/libggml-cuda.so" "$bins/libggml-cuda.so.new" 2>/dev/null || cp "$source/libggml-cuda.so" "$bins/libggml-cuda.so.new"
        mv -f "$bins/libggml-cuda.so.new" "$bins/libggml-cuda.so"
    fi
fi
echo "$bins"
