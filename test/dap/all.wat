;; One of everything that a debugger shows. Line numbers matter: dap.test.ts names them.
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (type $node (struct (field $value (mut i32)) (field $next (mut (ref null $node)))))
  (type $bytes (array (mut i8)))
  (tag $oops (param i32))
  (memory (export "memory") 1 2)
  (memory $second 1)
  (table $t 8 funcref)
  (global $counter (mut i32) (i32.const 0))
  (global $fixed i64 (i64.const 77))
  (elem (table $t) (i32.const 1) func $add $loop)
  (data (i32.const 16) "hello from wat\n")

  (func $add (param $a i32) (param $b i32) (result i32)
    (local $sum i32)
    (local.set $sum (i32.add (local.get $a) (local.get $b)))
    (global.set $counter (i32.add (global.get $counter) (i32.const 1)))
    (local.get $sum))

  (func $loop (export "loop") (param $n i32) (result i32)
    (local $i i32) (local $total i32)
    (loop $next
      (local.set $total (call $add (local.get $total) (local.get $i)))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.lt_s (local.get $i) (local.get $n))))
    (local.get $total))

  (func $values (export "values") (result i32)
    (local $v v128) (local $node (ref null $node)) (local $bytes (ref null $bytes)) (local $f funcref) (local $d f64)
    (local.set $v (v128.const i32x4 1 2 3 4))
    (local.set $node (struct.new $node (i32.const 5) (struct.new $node (i32.const 6) (ref.null $node))))
    (local.set $bytes (array.new $bytes (i32.const -1) (i32.const 300)))
    (local.set $f (ref.func $add))
    (local.set $d (f64.const 2.5))
    (i32.store (i32.const 64) (i32.const 0x01020304))
    (i32.load (i32.const 64)))

  (func $throws (param $x i32)
    (throw $oops (local.get $x)))
  (func (export "caught")
    (drop (block $h (result i32) (try_table (catch $oops $h) (call $throws (i32.const 1))) (i32.const 0))))
  (func (export "uncaught")
    (call $throws (i32.const 2)))
  (func $div (export "div") (param $a i32) (param $b i32) (result i32)
    (i32.div_s (local.get $a) (local.get $b)))

  (func (export "spin")
    (loop $for-ever (br $for-ever)))

  (func $print
    (i32.store (i32.const 0) (i32.const 16))
    (i32.store (i32.const 4) (i32.const 15))
    (drop (call $fd_write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 8))))

  (func (export "_start")
    (call $print)
    (drop (call $loop (i32.const 5)))))
