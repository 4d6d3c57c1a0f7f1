#!/usr/bin/env bash
# Fetches the pinned llama.cpp libraries (package-lock.json holds their integrity hashes) and prints the folder they lie in.
# Quick when they are there already.
set -euo pipefail
cd "$(dirname "$0")"
case $(uname -m) in
    x86_64) name=linux-x64 ;;
    aarch64) name=linux-arm64 ;;
    *) echo "Error: no prebuilt llama.cpp libraries for $(uname -m); build version 0.5.0 and point ILAB_LLAMA_DIR at it" >&2; exit 1 ;;
esac
bins=$PWD/node_modules/@node-llama-cpp/$name/bins/$name

exec 9>.install.lock
flock 9
if ! cmp -s package-lock.json node_modules/.ilab-lock 2>/dev/null || [ ! -e "$bins/libllama.v0.5.0.so" ]; then
    command -v npm >/dev/null || { echo "Error: npm is needed to fetch the llama.cpp libraries: apt-get install npm" >&2; exit 1; }
    npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >&2
    [ -e "$bins/libllama.v0.5.0.so" ] || { echo "Error: npm ci did not bring $bins/libllama.v0.5.0.so" >&2; exit 1; }
    cp package-lock.json node_modules/.ilab-lock
fi
echo "$bins"
