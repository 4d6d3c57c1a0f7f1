#!/usr/bin/env bash
# Fetches the source of the pinned llama.cpp (node-llama-cpp carries it as a git bundle), checks its hash, and prints the folder it lies in.
# Needed only where something has to be compiled: packaging/gpu-check.sh, packaging/native/build-cuda.sh.
set -euo pipefail
cd "$(dirname "$0")/../.."
package=node-llama-cpp@3.22.1
integrity=bltIipuWmc123H7tMIgDGKSsSrhmhlQYeVUC48XTjVW7XGJJiJJyCdlTMzQ/LiWoPkGDpcL4FviDpgw7qfTiDw==
commit=de3ff815ea7d559ee917f063901b8986f038abc6
folder=$PWD/artifacts/llama.cpp

fail() { echo "Error: $1" >&2; exit 1; }

mkdir -p artifacts
exec 9>artifacts/.llama.cpp.lock
flock 9
if [ "$(cat "$folder/.complete" 2>/dev/null)" != $commit ]; then
    command -v npm >/dev/null || fail "npm is needed to fetch the source of llama.cpp: apt-get install npm"
    command -v git >/dev/null || fail "git is needed to unpack the source of llama.cpp: apt-get install git"
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    archive=${ILAB_LLAMA_SOURCE_ARCHIVE:-}
    if [ -z "$archive" ]; then
        (cd "$work" && npm pack --silent --no-update-notifier $package >/dev/null) || fail "npm pack $package failed"
        archive=$(echo "$work"/*.tgz)
    fi
    [ "$(openssl dgst -sha512 -binary "$archive" | base64 -w0)" = "$integrity" ] || fail "$archive is not $package: its hash is another one"
    tar -xzf "$archive" -C "$work" package/llama/gitRelease.bundle
    rm -rf "$folder"
    git clone --quiet "$work/package/llama/gitRelease.bundle" "$folder" 2>/dev/null || fail "the source's git bundle cannot be read"
    git -C "$folder" checkout --quiet $commit || fail "the source's git bundle does not have commit $commit"
    rm -rf "$folder/.git"
    echo $commit >"$folder/.complete"
fi
echo "$folder"
