;; A WASI command written by hand: fd_write to stdout, and the same to stderr,
;; each repeated until everything is written (a host may write less than it is
;; asked to), then proc_exit with the number of bytes written in all.
(module
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param $fd i32) (param $iovs i32) (param $iovs_len i32) (param $nwritten i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit"
    (func $proc_exit (param $code i32)))

  (memory (export "memory") 1)

  ;; 0: two iovecs, each an address and a length; 16: where fd_write puts its count.
  ;; The first call passes "Hello, " and the rest apart; later ones pass what is left.
  (data (i32.const 32) "Hello, WASI by hand!\n")
  (global $text i32 (i32.const 32))
  (global $length i32 (i32.const 21))
  (global $comma i32 (i32.const 7))

  ;; Writes all of the text and returns its length.
  (func $print (param $fd i32) (result i32)
    (local $done i32)
    (i32.store (i32.const 0) (global.get $text))
    (i32.store (i32.const 4) (global.get $comma))
    (i32.store (i32.const 8) (i32.add (global.get $text) (global.get $comma)))
    (i32.store (i32.const 12) (i32.sub (global.get $length) (global.get $comma)))
    (loop $again
      (if (call $fd_write (local.get $fd) (i32.const 0) (i32.const 2) (i32.const 16))
        (then (unreachable)))
      (local.set $done (i32.add (local.get $done) (i32.load (i32.const 16))))
      (i32.store (i32.const 0) (i32.add (global.get $text) (local.get $done)))
      (i32.store (i32.const 4) (i32.sub (global.get $length) (local.get $done)))
      (i32.store (i32.const 12) (i32.const 0))
      (br_if $again (i32.lt_u (local.get $done) (global.get $length))))
    (local.get $done))

  (func (export "_start")
    (call $proc_exit
      (i32.add (call $print (i32.const 1)) (call $print (i32.const 2)))))
)
