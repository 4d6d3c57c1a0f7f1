#!/usr/bin/env bash
# Compiles libggml-cuda.so for one kind of GPU from the pinned source, with nvcc alone (no CMake), as ggml's own build does it:
#
#   build-cuda.sh SOURCE NATIVE OUT [ARCHITECTURE]
#
#   SOURCE        the top of llama.cpp's tree (packaging/native/source.sh), or the part of it that gpu-check.sh packs
#   NATIVE        the folder of the pinned libraries: it is linked with their libggml-base.so
#   OUT           where objects and libggml-cuda.so go; what is compiled there already is not compiled again
#   ARCHITECTURE  compute capability without the dot, 90 for H100 and H200; default: that of the first GPU
#
# BUILD_SECONDS (default: no limit) ends it early: exit code 75 says that another run goes on where this one stopped.
set -euo pipefail
fail() { echo "Error: $1" >&2; exit 1; }
[ $# -ge 3 ] || { sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2; }
source=$(cd "$1" && pwd) native=$(cd "$2" && pwd)
mkdir -p "$3"
out=$(cd "$3" && pwd)
kernels=$source/ggml/src/ggml-cuda
[ -e "$kernels/ggml-cuda.cu" ] || fail "$source is not the source of llama.cpp"
[ -e "$native/libggml-base.so" ] || fail "$native has no libggml-base.so"

nvcc=$(command -v nvcc || ls "${CUDA_HOME:-/usr/local/cuda}/bin/nvcc" 2>/dev/null) || fail "nvcc is not here: install the CUDA toolkit, or set CUDA_HOME"
architecture=${4:-$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader -i 0 2>/dev/null | tr -d '. \n')}
[[ $architecture =~ ^[0-9]+[a-z]?$ ]] || fail "no GPU answers nvidia-smi; say for which architecture to build (90 = compute capability 9.0)"
# Blackwell's own instructions belong to one architecture each; ggml builds them so.
if [[ $architecture =~ ^12[0-9]$ ]]; then architecture+=a; fi
release=$("$nvcc" --version | sed -n 's/.*release \([0-9]*\.[0-9]*\).*/\1/p')

# A file of the toolkit, wherever it is installed: also as Python wheels.
toolkit=$(dirname "$(dirname "$(readlink -f "$nvcc")")")
locate() {
    local place
    for place in "${CUDA_HOME:-$toolkit}" "$toolkit" /usr/local/cuda /usr; do
        find -L "$place" -maxdepth 5 -name "$1" -not -path '*/share/*' -print -quit 2>/dev/null | grep . && return
    done
    timeout 60 find / \( -path /proc -o -path /sys \) -prune -o -name "$1" -print -quit 2>/dev/null | grep .
}
cublas_header=$(locate cublas_v2.h) || fail "cublas_v2.h is not here: install cuBLAS's development files"
cublas=$(locate 'libcublas.so' || locate 'libcublas.so.[0-9][0-9]') || fail "libcublas.so is not here: install cuBLAS"
driver=$(locate libcuda.so || locate libcuda.so.1) || fail "neither libcuda.so nor its stub is here"

# ggml/CMakeLists.txt and ggml/src/ggml-cuda/CMakeLists.txt: what a release is built with.
pairs='q4_0-q4_0;q8_0-q8_0;f16-f16;bf16-bf16'
flags=(-std=c++17 -O3 -DNDEBUG -use_fast_math -extended-lambda -Xcompiler -fPIC
    -gencode "arch=compute_$architecture,code=sm_$architecture"
    -D_GNU_SOURCE -D_XOPEN_SOURCE=600 -DGGML_SHARED -DGGML_BACKEND_DL -DGGML_BACKEND_SHARED -DGGML_BACKEND_BUILD
    -DGGML_SCHED_MAX_COPIES=4 -DGGML_CUDA_USE_GRAPHS "-DGGML_CUDA_FA_QUANTS=\"${pairs//;/,}\""
    -I "$kernels" -I "$source/ggml/src" -I "$source/ggml/include" -I "$(dirname "$cublas_header")")
for v in q4_0 q4_1 q5_0 q5_1 q8_0 bf16 f16; do
    for k in q4_0 q4_1 q5_0 q5_1 q8_0 bf16 f16; do
        name=GGML_CUDA_FA_${k}_$v
        case ";$pairs;" in *";$k-$v;"*) flags+=("-D${name^^}=1") ;; *) flags+=("-D${name^^}=0") ;; esac
    done
done
if [ "$(printf '%s\n' 12.8 "$release" | sort -V | head -1)" = 12.8 ]; then flags+=(-compress-mode=size); fi

objects=$out/objects-$architecture
mkdir -p "$objects"
# What takes longest comes first, so that the last minutes are not those of one file.
list() {
    (cd "$kernels" && ls template-instances/fattn-mma*.cu template-instances/mmq*.cu template-instances/fattn-tile*.cu mmvq.cu fattn.cu ggml-cuda.cu template-instances/mmf*.cu
    for pair in ${pairs//;/ }; do echo "template-instances/fattn-vec-instance-$pair.cu"; done
    ls ./*.cu | sed 's|^\./||') | awk '!seen[$0]++'
}
pending() { list | while read -r file; do [ -e "$objects/$(basename "$file" .cu).o" ] || echo "$file"; done; }
compile() { # one file; a half-written object never has the final name
    local object
    object=$OBJECTS/$(basename "$1" .cu).o
    # shellcheck disable=SC2086
    "${@:2}" -c -o "$object.part" "$KERNELS/$1" 2>"$object.log" || { echo "Error: $1:" >&2; head -20 "$object.log" >&2; touch "$OBJECTS/.failed"; return 255; }
    mv "$object.part" "$object"
}
export -f compile
export OBJECTS=$objects KERNELS=$kernels

total=$(list | wc -l)
left=$(pending | wc -l)
if [ "$left" -gt 0 ]; then
    echo "compiling $left of $total files for compute capability $architecture with nvcc $release on $(nproc) cores" >&2
    rm -f "$objects/.failed"
    pending | timeout "${BUILD_SECONDS:-0}" xargs -P "$(nproc)" -I FILE bash -c 'compile "$@"' compile FILE "$nvcc" "${flags[@]}" || true
    left=$(pending | wc -l)
    if [ "$left" -gt 0 ]; then
        [ ! -e "$objects/.failed" ] || fail "$left of $total files are not compiled"
        echo "$((total - left)) of $total files are compiled: run it again" >&2
        exit 75
    fi
fi
# The CUDA runtime is linked in; cuBLAS is found where it was found here.
"$nvcc" -shared -o "$out/libggml-cuda.so.part" "$objects"/*.o -L "$native" -l:libggml-base.so "$cublas" "$driver" \
    -Xlinker -rpath -Xlinker "\$ORIGIN:$(dirname "$cublas")" 2>"$out/link.log" || { head -20 "$out/link.log" >&2; fail "the objects cannot be linked"; }
mv "$out/libggml-cuda.so.part" "$out/libggml-cuda.so"
echo "$out/libggml-cuda.so"
