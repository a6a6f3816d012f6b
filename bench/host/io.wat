;; The guest of the benchmark of the host layer: as thin as it can be, so that what is measured is the host. At fd 3 it finds a
;; directory with `in` and `one/two/three`. Errors trap.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_close" (func $close (param i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (memory (export "memory") 20)
  (data (i32.const 100) "in") (data (i32.const 110) "out") (data (i32.const 120) "one/two/three")
  (func $must (param i32) (if (local.get 0) (then unreachable)))
  (func $fd (param $name i32) (param $length i32) (param $oflags i32) (param $rights i64) (result i32)
    (call $must (call $open (i32.const 3) (i32.const 1) (local.get $name) (local.get $length) (local.get $oflags) (local.get $rights) (i64.const 0) (i32.const 0) (i32.const 16)))
    (i32.load (i32.const 16)))
  ;; Copies `in` to `out` through a buffer of that size; the number of reads that gave something.
  (func (export "copy") (param $size i32) (result i32) (local $in i32) (local $out i32) (local $calls i32)
    (local.set $in (call $fd (i32.const 100) (i32.const 2) (i32.const 0) (i64.const 2)))
    (local.set $out (call $fd (i32.const 110) (i32.const 3) (i32.const 9) (i64.const 64)))
    (block $end (loop $next
      (i32.store (i32.const 0) (i32.const 65536)) (i32.store (i32.const 4) (local.get $size))
      (call $must (call $read (local.get $in) (i32.const 0) (i32.const 1) (i32.const 8)))
      (br_if $end (i32.eqz (i32.load (i32.const 8))))
      (i32.store (i32.const 4) (i32.load (i32.const 8)))
      (call $must (call $write (local.get $out) (i32.const 0) (i32.const 1) (i32.const 8)))
      (local.set $calls (i32.add (local.get $calls) (i32.const 1)))
      (br $next)))
    (call $must (call $close (local.get $in))) (call $must (call $close (local.get $out)))
    (local.get $calls))
  ;; Opens and closes a file in a directory in a directory, so many times.
  (func (export "paths") (param $times i32)
    (loop $next
      (call $must (call $close (call $fd (i32.const 120) (i32.const 13) (i32.const 0) (i64.const 2))))
      (br_if $next (local.tee $times (i32.sub (local.get $times) (i32.const 1))))))
  ;; node:wasi wants one.
  (func (export "_initialize")))
