;; Exceptions: checked arithmetic, cleaning up on the way, trying again. The same
;; functions as in exceptions-legacy.wat, with try_table and exnref.
(module
  (tag $zero (export "zero"))
  (tag $overflow (export "overflow") (param i32 i64))
  (tag $found (param i64))
  (global $cleanups (mut i32) (i32.const 0))

  ;; Division that throws where i32.div_s traps.
  (func $divide (param $a i32) (param $b i32) (result i32)
    (if (i32.eqz (local.get $b)) (then (throw $zero)))
    (if (i32.and (i32.eq (local.get $a) (i32.const 0x80000000)) (i32.eq (local.get $b) (i32.const -1)))
      (then (throw $overflow (local.get $a) (i64.const 2147483648))))
    (i32.div_s (local.get $a) (local.get $b)))

  ;; The quotient; -1 for a division by zero; what the exception says for an overflow.
  (func (export "divide") (param $a i32) (param $b i32) (result i64)
    (local $wide i64)
    (block $on-zero
      (block $on-overflow (result i32 i64)
        (try_table (result i32) (catch $zero $on-zero) (catch $overflow $on-overflow)
          (call $divide (local.get $a) (local.get $b)))
        (return (i64.extend_i32_s)))
      (local.set $wide)
      (return (i64.mul (i64.extend_i32_s) (i64.add (local.get $wide) (i64.const 1)))))
    (i64.const -1))

  ;; A search that ends, however deep, with an exception that carries the result.
  (func $search (param $depth i32) (param $sum i64)
    (if (i32.eqz (local.get $depth)) (then (throw $found (local.get $sum))))
    (call $search (i32.sub (local.get $depth) (i32.const 1)) (i64.add (local.get $sum) (i64.extend_i32_u (local.get $depth)))))
  (func (export "search") (param $depth i32) (result i64)
    (try_table (catch $found 0) (call $search (local.get $depth) (i64.const 0)))
    (unreachable))

  ;; Each frame cleans up after itself and throws on.
  (func $level (param $n i32)
    (local $thrown exnref)
    (block $h (result exnref)
      (try_table (catch_all_ref $h)
        (if (i32.eqz (local.get $n)) (then (throw $zero)))
        (call $level (i32.sub (local.get $n) (i32.const 1))))
      (unreachable))
    (local.set $thrown)
    (global.set $cleanups (i32.add (global.get $cleanups) (i32.const 1)))
    (throw_ref (local.get $thrown)))
  (func (export "cleanups") (param $n i32) (result i32)
    (global.set $cleanups (i32.const 0))
    (block $h (try_table (catch $zero $h) (call $level (local.get $n))))
    (global.get $cleanups))

  ;; Fails n times, then succeeds.
  (func (export "retry") (param $n i32) (result i32) (local $attempts i32)
    (loop $again
      (local.set $attempts (i32.add (local.get $attempts) (i32.const 1)))
      (try_table (catch_all $again)
        (if (i32.le_s (local.get $attempts) (local.get $n)) (then (throw $zero)))))
    (local.get $attempts))

  ;; Nobody catches it.
  (func (export "uncaught") (param $a i32) (param $b i32) (result i32)
    (call $divide (local.get $a) (local.get $b)))
)
