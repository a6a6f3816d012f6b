;; A crew of threads. Each digit of the input says how many are to work; each adds three shares of its number to a sum, with the
;; functions of a table, and so does the first thread. For sessions with threads, and with a guest that waits for its host.
(module
  (import "wasi_snapshot_preview1" "fd_read"
    (func $fd_read (param $fd i32) (param $iovs i32) (param $iovs_len i32) (param $nread i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $fd_write (param $fd i32) (param $iovs i32) (param $iovs_len i32) (param $nwritten i32) (result i32)))
  (import "wasi" "thread-spawn" (func $spawn (param $argument i32) (result i32)))
  (import "env" "memory" (memory 1 1 shared))
  (export "memory" (memory 0))

  ;; 0: an iovec; 8: how many bytes were read or written; 16: the digit; 32: what is written; 64: the sum; 68: who is done.
  (data (i32.const 32) "sum 00\n")
  (type $share (func (param $n i32) (result i32)))
  (table $shares 2 funcref)
  (elem (table $shares) (i32.const 0) func $single $double)
  (global $digits (mut i32) (i32.const 0))

  (func $single (type $share) (param $n i32) (result i32) (local.get $n))
  (func $double (export "double") (type $share) (param $n i32) (result i32) (i32.shl (local.get $n) (i32.const 1)))

  (func $work (param $n i32) (local $left i32)
    (local.set $left (i32.const 3))
    (loop $round
      (drop
        (i32.atomic.rmw.add (i32.const 64)
          (call_indirect $shares (type $share) (local.get $n) (i32.and (local.get $left) (i32.const 1)))))
      (br_if $round (local.tee $left (i32.sub (local.get $left) (i32.const 1))))))

  (func (export "wasi_thread_start") (param $tid i32) (param $n i32)
    (call $work (local.get $n))
    (drop (i32.atomic.rmw.add (i32.const 68) (i32.const 1)))
    (drop (memory.atomic.notify (i32.const 68) (i32.const 1))))

  ;; The next digit; 0 at the end of the input.
  (func $read-digit (result i32)
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 8))
    (i32.store8 (i32.const 16) (i32.const 0x30))
    (if (call $fd_read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)) (then (unreachable)))
    (i32.and (i32.load8_u (i32.const 16)) (i32.const 15)))

  (func $write-sum (local $sum i32)
    (local.set $sum (i32.atomic.load (i32.const 64)))
    (i32.store8 (i32.const 36) (i32.add (i32.const 0x30) (i32.rem_u (i32.div_u (local.get $sum) (i32.const 10)) (i32.const 10))))
    (i32.store8 (i32.const 37) (i32.add (i32.const 0x30) (i32.rem_u (local.get $sum) (i32.const 10))))
    (i32.store (i32.const 0) (i32.const 32))
    (i32.store (i32.const 4) (i32.const 7))
    (if (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8)) (then (unreachable))))

  (func (export "_start") (local $crew i32) (local $n i32) (local $done i32)
    (loop $again
      (if (local.tee $crew (call $read-digit))
        (then
          (global.set $digits (i32.add (global.get $digits) (i32.const 1)))
          (i32.store (i32.const 68) (i32.const 0))
          (local.set $n (local.get $crew))
          (loop $more
            (drop (call $spawn (local.get $n)))
            (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
          (call $work (i32.const 1))
          (block $all
            (loop $wait
              (br_if $all (i32.eq (local.tee $done (i32.atomic.load (i32.const 68))) (local.get $crew)))
              (drop (memory.atomic.wait32 (i32.const 68) (local.get $done) (i64.const -1)))
              (br $wait)))
          (call $write-sum)
          ;; From the next digit on both shares are single ones.
          (table.set $shares (i32.const 1) (ref.func $single))
          (br $again))))))
