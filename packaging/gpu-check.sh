#!/usr/bin/env bash
# Everything that can be found out on a machine with one NVIDIA GPU, in one go, offline, without .NET there (docs/gpu.md).
#
#   gpu-check.sh pack DIR            on a build machine: makes a tree of less than 60 MB
#   DIR/gpu-check.sh run [PIECE...]  on the machine with the GPU: all pieces, or some; each takes less than ten minutes
#   DIR/gpu-check.sh report          the table of what has been run; results/gpu-check.json and .md
#
# Pieces: machine build serve decode prompt batch lora full. Options of run:
#   --device cuda0|cpu   cpu goes through the same pieces without a GPU
#   --size full|tiny     tiny: models that a CPU gets through in seconds
#   --threads N          of the CPU; default: all cores, at most 16
# `build` makes libggml-cuda.so for the GPU with nvcc, unless lib/ilab/native has one that has code for it. A piece that was ended by its time limit ends with 75:
# run it again and it goes on.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
limit=60000000
pieces=(machine build serve decode prompt batch lora full)

fail() { echo "Error: $1" >&2; exit 1; }
usage() { sed -n '2,17s/^# \{0,1\}//p' "$here/gpu-check.sh" >&2; exit 2; }

# ---- on the build machine

publish() { # PROJECT
    dotnet publish "$1" -c Release -r linux-x64 --self-contained true -p:PortableTree=true -p:PublishAot=false \
        -o "$stage/lib/ilab" --nologo -v q >"$stage.log" 2>&1 || { tail -20 "$stage.log" >&2; fail "$1 cannot be published"; }
}

link_bench() { # NAME FOLDER: a measuring program of llama.cpp on the pinned libraries
    # Its own main ends before the thread that prints has printed everything.
    printf '#include "log.h"\nint %s(int, char **);\nint main(int n, char **a) { int code = %s(n, a); common_log_flush(common_log_main()); return code; }\n' \
        "${1//-/_}" "${1//-/_}" >"$stage/main.cpp"
    g++ -std=c++17 -O2 -w -DNDEBUG -DGGML_SHARED -DLLAMA_SHARED -I "$source/include" -I "$source/ggml/include" -I "$source/common" -I "$source/vendor" \
        "$source/tools/$2/$2.cpp" "$stage/main.cpp" -o "$stage/lib/ilab/native/$1" -L "$native" -l:libllama-common.so -l:libllama.v0.5.0.so -l:libggml.v0.5.0.so -l:libggml-base.so -lpthread \
        -Wl,-rpath,'$ORIGIN' -Wl,-rpath-link,"$native" || fail "$1 cannot be compiled"
    rm "$stage/main.cpp"
    strip "$stage/lib/ilab/native/$1"
}

pack() { # DIR
    local target=$1 program
    cd "$here/.."
    for program in dotnet npm g++ xz; do command -v $program >/dev/null || fail "$program is needed to pack"; done
    [ ! -e "$target" ] || [ -z "$(ls -A "$target")" ] || fail "$target is not empty"
    mkdir -p "$target"
    target=$(cd "$target" && pwd)
    stage=$(mktemp -d)
    trap 'rm -rf "$stage" "$stage.log"' EXIT
    mkdir -p "$stage/bin" "$stage/lib/ilab/native" "$stage/source/ggml/src"
    native=$(packaging/native/install.sh)
    source=$(packaging/native/source.sh)
    export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
    echo "service, runner, client and measuring program, with .NET" >&2
    for program in src/Ilab.Daemon src/Ilab.Runner src/Ilab.Cli tests/Ilab.Benchmarks; do publish $program; done
    # What only debuggers and other programs need of the runtime.
    rm -f "$stage"/lib/ilab/{createdump,libmscordaccore.so,libmscordbi.so,libcoreclrtraceptprovider.so,Microsoft.VisualBasic*.dll,*.pdb,*.xml,*.gguf}
    printf '#!/bin/sh\nexec "$(dirname "$0")/../lib/ilab/ilab" "$@"\n' >"$stage/bin/ilab"
    chmod +x "$stage/bin/ilab"
    for program in "$native"/*.so; do [ "${program##*/}" = libggml-cuda.so ] || cp "$program" "$stage/lib/ilab/native/"; done
    echo "llama-bench and llama-batched-bench" >&2
    link_bench llama-bench llama-bench
    link_bench llama-batched-bench batched-bench
    cp -r "$source/ggml/include" "$stage/source/ggml/"
    cp "$source"/ggml/src/*.h "$stage/source/ggml/src/"
    cp -r "$source/ggml/src/ggml-cuda" "$stage/source/ggml/src/"
    cp "$source/LICENSE" "$stage/source/"
    cp packaging/native/build-cuda.sh "$stage/"
    tar -C "$stage" -c . | xz -T0 -6 >"$target/tree.tar.xz"
    cp "$here/gpu-check.sh" "$target/"
    git rev-parse HEAD >"$target/commit" 2>/dev/null || echo unknown >"$target/commit"
    local size
    size=$(du -sb "$target" | cut -f1)
    [ "$size" -lt $limit ] || fail "$target has $size bytes, more than $limit"
    echo "$target: $size bytes" >&2
}

# ---- on the machine with the GPU

unpack() {
    tree=$here/tree
    results=${GPU_CHECK_RESULTS:-$here/results}
    mkdir -p "$results"
    results=$(cd "$results" && pwd)
    if ! cmp -s "$here/commit" "$tree/.complete"; then
        [ -e "$here/tree.tar.xz" ] || fail "$here holds no packed tree: gpu-check.sh pack DIR makes one"
        rm -rf "$tree"
        mkdir -p "$tree"
        if command -v xz >/dev/null; then tar -xJf "$here/tree.tar.xz" -C "$tree"
        elif command -v python3 >/dev/null; then python3 -c 'import sys, tarfile; tarfile.open(sys.argv[1]).extractall(sys.argv[2])' "$here/tree.tar.xz" "$tree"
        else fail "neither xz nor python3 is here to unpack the tree"; fi
        cp "$here/commit" "$tree/.complete"
    fi
}

machine() { # what it is, and what the libraries see of it
    local gpu cuda seen
    gpu=$(nvidia-smi --query-gpu=name,compute_cap,driver_version,memory.total --format=csv,noheader 2>/dev/null | head -1 || true)
    cuda=$({ nvcc --version || "${CUDA_HOME:-/usr/local/cuda}/bin/nvcc" --version; } 2>/dev/null | sed -n 's/.*release \([0-9.]*\).*/\1/p' || true)
    seen=$("$tree/lib/ilab/ilab-runner" devices) || fail "the runner cannot load the libraries"
    printf '{"gpu": "%s", "nvcc": "%s", "cpu": "%s", "cores": %s, "kernel": "%s", "commit": "%s", "devices": %s}\n' "$gpu" "$cuda" \
        "$(sed -n 's/^model name[^:]*: *//p' /proc/cpuinfo | head -1)" "$(nproc)" "$(uname -r)" "$(cat "$here/commit")" "$seen" | tee "$results/machine.json"
    [ "$device" = cpu ] || [ -n "$gpu" ] || fail "nvidia-smi finds no GPU; --device cpu goes through the pieces without one"
}

build() { # libggml-cuda.so, where it is missing or has no code for the GPU
    local library=$tree/lib/ilab/native/libggml-cuda.so
    if [ "$device" = cpu ]; then echo "--device cpu: nothing to build"; return; fi
    if [ -e "$library" ] && "$tree/lib/ilab/ilab-runner" devices | grep -q '"CUDA0"'; then echo "$library is there and sees the GPU"; return; fi
    BUILD_SECONDS=${GPU_CHECK_SECONDS:-540} "$tree/build-cuda.sh" "$tree/source" "$tree/lib/ilab/native" "$here/build" || return $?
    cp "$here/build/libggml-cuda.so" "$library.part"
    mv "$library.part" "$library"
}

measure() { # PIECE
    local status=0
    HOME=$results TMPDIR=${TMPDIR:-/tmp} timeout "${GPU_CHECK_SECONDS:-540}" "$tree/lib/ilab/Ilab.Benchmarks" gpu "$1" --tree "$tree" --results "$results" --device "$device" --size "$size" --threads "$threads" || status=$?
    [ $status != 124 ] || return 75
    return $status
}

run() {
    device=cuda0 size=full threads=$(nproc)
    if [ "$threads" -gt 16 ]; then threads=16; fi
    local wanted=() piece status worst=0 start
    while [ $# -gt 0 ]; do
        case $1 in
            --device) device=${2:?} && shift 2 ;;
            --size) size=${2:?} && shift 2 ;;
            --threads) threads=${2:?} && shift 2 ;;
            *) [[ " ${pieces[*]} " == *" $1 "* ]] || usage; wanted+=("$1"); shift ;;
        esac
    done
    [ ${#wanted[@]} -gt 0 ] || wanted=("${pieces[@]}")
    unpack
    for piece in "${wanted[@]}"; do
        echo "== $piece" >&2
        status=0 start=$SECONDS
        case $piece in machine | build) (set -e; "$piece") || status=$? ;; *) measure "$piece" || status=$? ;; esac
        echo "== $piece: $((SECONDS - start)) s, exit $status" >&2
        if [ $status != 0 ]; then worst=$status; fi
        if [ $status != 0 ] && [[ $piece = machine || $piece = build ]]; then break; fi
    done
    if [ "${#wanted[@]}" -gt 1 ]; then report || true; fi
    return "$worst"
}

report() {
    unpack
    "$tree/lib/ilab/Ilab.Benchmarks" gpu report --tree "$tree" --results "$results"
}

case ${1-} in
    pack) [ $# = 2 ] || usage; pack "$2" ;;
    run) shift; run "$@" ;;
    report) report ;;
    *) usage ;;
esac
