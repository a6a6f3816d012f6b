#!/bin/sh
# Rebuilds every guest program of this folder and the benchmark kernels. The
# .wasm files are checked in, so this is needed only after changing a source.
#
#   examples/guests/build.sh               everything
#   examples/guests/build.sh c rust        only these languages
#
# C, C++, kernels: Debian 12 packages clang lld wasi-libc libclang-rt-14-dev-wasm32
#                  libc++-14-dev-wasm32 libc++abi-14-dev-wasm32
# Rust:            Debian packages rustc libstd-rust-dev-wasm32
# Go:              go 1.21 or newer
# AssemblyScript:  asc, from the npm package assemblyscript
# WAT:             wat2wasm, from the npm package wabt; exceptions*.wat and generators.wat only this repository
# gc:              this package's own text format (examples/assemble.ts)
#
# CLANG, CLANGXX, RUSTC, GO, ASC and WAT2WASM name other tools than those on PATH.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
kernels=$here/../../bench/kernels
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT

: "${CLANG:=clang}" "${CLANGXX:=clang++}" "${RUSTC:=rustc}" "${GO:=go}" "${ASC:=asc}" "${WAT2WASM:=wat2wasm}"

# Features of the WebAssembly 2.0 era that the compilers can make use of.
modern='-msign-ext -mnontrapping-fptoint -mbulk-memory -mmutable-globals'

# link OUT COMPILER OBJECT... : without -O, so that clang does not run a wasm-opt
# that happens to be on PATH. Function names stay, DWARF goes.
link() {
  out=$1 compiler=$2
  shift 2
  "$compiler" --target=wasm32-wasi --sysroot=/usr "$@" -o "$out" \
    -Wl,--strip-debug -Wl,--stack-first -Wl,-z,stack-size=1048576
}

# compile_c NAME FLAGS...
compile_c() {
  name=$1
  shift
  # shellcheck disable=SC2086
  "$CLANG" --target=wasm32-wasi --sysroot=/usr -std=gnu11 -Wall -Wextra -O2 "$@" \
    -c "$here/c/$name.c" -o "$objects/$name.o"
  link "$here/c/$name.wasm" "$CLANG" "$objects/$name.o"
}

# link_threads ROUNDS OUT
link_threads() {
  # shellcheck disable=SC2086
  "$CLANG" $threads -std=gnu11 -Wall -Wextra -O2 -nostdlib -ffreestanding -DROUNDS="$1" -c "$here/c/threads.c" -o "$objects/threads.o"
  wasm-ld --shared-memory --import-memory --max-memory=1048576 -z stack-size=65536 --stack-first --strip-debug \
    --export=wasi_thread_start "$objects/threads.o" "$objects/threads-start.o" -o "$2"
}

# Two thirds of the programs are plain WebAssembly 1.0, the rest use newer
# instructions. (clang 14 with bulk memory takes errno for a thread-local of a
# kind it cannot emit, so programs that read errno are among the former.)
build_c() {
  for name in cat-upper env exit-code files hello ls notes sandbox sha256 time trap wc; do compile_c "$name"; done
  for name in floats heap int64 random sieve; do compile_c "$name" $modern; done
  compile_c machine $modern -mtail-call
  # The plain halves of these are to stay plain.
  for name in simd-blur simd-dot simd-mandelbrot; do compile_c "$name" $modern -msimd128 -fno-vectorize -fno-slp-vectorize; done
  compile_c recursion -O0
  # No libc: Debian's has no threads.
  threads='--target=wasm32-wasi -matomics -mbulk-memory'
  # shellcheck disable=SC2086
  "$CLANG" $threads -c "$here/c/threads-start.s" -o "$objects/threads-start.o"
  link_threads 100 "$here/c/threads.wasm"
  link_threads 20000 "$here/../../bench/programs/threads.wasm"
}

build_cpp() {
  for name in inventory calc; do
    "$CLANGXX" --target=wasm32-wasi --sysroot=/usr -std=c++17 -Wall -Wextra -O2 -fno-exceptions $modern \
      -c "$here/cpp/$name.cpp" -o "$objects/$name.o"
    link "$here/cpp/$name.wasm" "$CLANGXX" "$objects/$name.o"
  done
}

# Compiled in its folder and with paths remapped, so that a panic message names
# the source and not the machine.
build_rust() {
  for name in words tree; do
    (cd "$here/rust" && "$RUSTC" --target wasm32-wasi --edition 2021 -C opt-level=2 -C lto -C panic=abort \
      -C linker=wasm-ld -C strip=debuginfo --remap-path-prefix "$here/rust=." "$name.rs" -o "$name.wasm")
  done
}

build_go() {
  (cd "$here/go" && GOOS=wasip1 GOARCH=wasm "$GO" build -trimpath -buildvcs=false -ldflags='-s -w' -o lines.wasm lines.go)
}

build_assemblyscript() {
  (cd "$here/assemblyscript" && for name in numbers life; do
    "$ASC" "$name.ts" --outFile "$name.wasm" --optimizeLevel 2 --runtime stub --use abort= --debug
  done)
}

build_wat() {
  for source in "$here"/wat/*.wat; do
    case $source in
    */exceptions* | */generators*) npx tsx "$here/../assemble.ts" "$source" ;;
    *) "$WAT2WASM" --debug-names --enable-tail-call --enable-multi-memory "$source" -o "${source%.wat}.wasm" ;;
    esac
  done
}

build_gc() {
  npx tsx "$here/../assemble.ts" "$here"/gc/*.wat
}

# kernel NAME FLAGS...: no library at all. The plain twins of simd.c are to stay plain.
kernel() {
  name=$1
  shift
  # shellcheck disable=SC2086
  "$CLANG" --target=wasm32 -std=gnu11 -Wall -Wextra -O2 -ffreestanding -nostdlib $modern "$@" \
    -c "$kernels/$name.c" -o "$objects/$name.o"
  "$CLANG" --target=wasm32 -nostdlib -Wl,--no-entry -Wl,--strip-debug "$objects/$name.o" -o "$kernels/$name.wasm"
}

build_kernels() {
  for name in kernels programs; do kernel "$name"; done
  kernel simd -msimd128 -fno-vectorize -fno-slp-vectorize
}

[ $# -gt 0 ] || set -- c cpp rust go assemblyscript wat gc kernels
for language in "$@"; do
  echo "building $language"
  "build_$language"
done

# Linkers mark their output executable; these are data files.
find "$here" "$kernels" -name '*.wasm' -exec chmod a-x {} +
