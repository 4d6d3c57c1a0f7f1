#!/usr/bin/env bash
# Builds an installation into artifacts/dist:  bin/ilab   lib/ilab/{ilabd,ilab-runner}   lib/ilab/native/*.so
#
#   build.sh           for the CPU
#   build.sh --cuda    with the library for NVIDIA GPUs (docs/gpu.md)
# The client is NativeAOT, service and runner are compiled ahead of time (docs/decisions/0006-nativeaot-framework.md).
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
dist=artifacts/dist
lib=$dist/lib/ilab

cuda=()
case "$#:${1-}" in
    0:) ;;
    1:--cuda) cuda=(--cuda) ;;
    *) echo "usage: build.sh [--cuda]" >&2; exit 2 ;;
esac

need() { echo "Error: $1" >&2; exit 1; }
command -v dotnet >/dev/null || need "the .NET 10 SDK is needed"
command -v gcc >/dev/null || command -v clang >/dev/null || need "gcc is needed to build the client: apt-get install gcc zlib1g-dev"
[ -e /usr/include/zlib.h ] || need "the zlib headers are needed to build the client: apt-get install zlib1g-dev"

quiet() { # shows the output only when the command fails
    local log status=0
    log=$(mktemp)
    "$@" >"$log" 2>&1 || status=$?
    [ "$status" = 0 ] || cat "$log" >&2
    rm -f "$log"
    return "$status"
}

step() { echo "$*" >&2; }

step "native libraries: llama.cpp 0.5.0${cuda:+, with CUDA}"
native=$(packaging/native/install.sh "${cuda[@]}")

step "ilabd and ilab-runner"
mkdir -p "$dist/bin" "$lib/native" "$lib/models"
quiet dotnet publish src/Ilab.Daemon -c Release -p:Installation=true -o "$lib" --nologo -v q
quiet dotnet publish src/Ilab.Runner -c Release -p:Installation=true -o "$lib" --nologo -v q
for library in "$native"/*.so; do # the switch decides, not what an earlier run left in either folder
    [ "${library##*/}" = libggml-cuda.so ] || cp -u "$library" "$lib/native/"
done
if [ ${#cuda[@]} -gt 0 ]; then cp -u "$native/libggml-cuda.so" "$lib/native/"; else rm -f "$lib/native/libggml-cuda.so"; fi
cp -u packaging/starter/starter.gguf "$lib/models/"

step "ilab"
quiet dotnet publish src/Ilab.Cli -c Release -p:Installation=true -o artifacts/install/ilab --nologo -v q
install -m 0755 artifacts/install/ilab/ilab "$dist/bin/ilab"

size=$(stat -c %s "$dist/bin/ilab")
[ "$size" -lt 12000000 ] || need "the client has $size bytes, more than 12 MB"
step "done: $dist ($(awk "BEGIN{printf \"%.1f\", $size/1e6}") MB client)"
