;; The functions of exceptions.wat with try, catch, rethrow and delegate of the first
;; exceptions proposal, as most compilers still emit them.
(module
  (tag $zero (export "zero"))
  (tag $overflow (export "overflow") (param i32 i64))
  (tag $found (param i64))
  (global $cleanups (mut i32) (i32.const 0))

  (func $divide (param $a i32) (param $b i32) (result i32)
    (if (i32.eqz (local.get $b)) (then (throw $zero)))
    (if (i32.and (i32.eq (local.get $a) (i32.const 0x80000000)) (i32.eq (local.get $b) (i32.const -1)))
      (then (throw $overflow (local.get $a) (i64.const 2147483648))))
    (i32.div_s (local.get $a) (local.get $b)))

  (func (export "divide") (param $a i32) (param $b i32) (result i64)
    (local $wide i64)
    (try (result i64)
      (do (i64.extend_i32_s (call $divide (local.get $a) (local.get $b))))
      (catch $zero (i64.const -1))
      (catch $overflow
        (local.set $wide)
        (i64.mul (i64.extend_i32_s) (i64.add (local.get $wide) (i64.const 1))))))

  (func $search (param $depth i32) (param $sum i64)
    (if (i32.eqz (local.get $depth)) (then (throw $found (local.get $sum))))
    (call $search (i32.sub (local.get $depth) (i32.const 1)) (i64.add (local.get $sum) (i64.extend_i32_u (local.get $depth)))))
  ;; The inner try hands everything to the outer one.
  (func (export "search") (param $depth i32) (result i64)
    (try $outer (result i64)
      (do
        (try
          (do (try (do (call $search (local.get $depth) (i64.const 0))) (delegate $outer)))
          (catch_all (unreachable)))
        (unreachable))
      (catch $found)))

  (func $level (param $n i32)
    (try
      (do
        (if (i32.eqz (local.get $n)) (then (throw $zero)))
        (call $level (i32.sub (local.get $n) (i32.const 1))))
      (catch_all
        (global.set $cleanups (i32.add (global.get $cleanups) (i32.const 1)))
        (rethrow 0))))
  (func (export "cleanups") (param $n i32) (result i32)
    (global.set $cleanups (i32.const 0))
    (try (do (call $level (local.get $n))) (catch $zero))
    (global.get $cleanups))

  (func (export "retry") (param $n i32) (result i32) (local $attempts i32)
    (loop $again
      (local.set $attempts (i32.add (local.get $attempts) (i32.const 1)))
      (try
        (do (if (i32.le_s (local.get $attempts) (local.get $n)) (then (throw $zero))))
        (catch_all (br $again))))
    (local.get $attempts))

  (func (export "uncaught") (param $a i32) (param $b i32) (result i32)
    (call $divide (local.get $a) (local.get $b)))
)
