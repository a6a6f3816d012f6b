;; The call stack ends cleanly, again and again; tail calls never use it up.

(module
  (global $depth (mut i32) (i32.const 0))
  (func $runaway (export "runaway") (call $runaway))
  (func $values (export "values") (param i64 i64 i64 i64) (result i64 i64 i64 i64)
    (call $values (local.get 3) (local.get 0) (local.get 1) (local.get 2)))
  (func $down (export "down") (param i32) (result i32)
    (if (result i32) (i32.eqz (local.get 0))
      (then (i32.const 0))
      (else (i32.add (i32.const 1) (call $down (i32.sub (local.get 0) (i32.const 1)))))))
  (func $tail (export "tail") (param i32 i64) (result i64)
    (if (result i64) (i32.eqz (local.get 0))
      (then (local.get 1))
      (else (return_call $tail (i32.sub (local.get 0) (i32.const 1)) (i64.add (local.get 1) (i64.const 1))))))
)

(assert_exhaustion (invoke "runaway") "call stack exhausted")
(assert_exhaustion (invoke "values" (i64.const 1) (i64.const 2) (i64.const 3) (i64.const 4)) "call stack exhausted")
(assert_exhaustion (invoke "runaway") "call stack exhausted")
(assert_return (invoke "down" (i32.const 10000)) (i32.const 10000))
(assert_return (invoke "tail" (i32.const 210000) (i64.const 0xffffffff)) (i64.const 0x10003344f))
(assert_exhaustion (invoke "down" (i32.const -1)) "call stack exhausted")
(assert_return (invoke "down" (i32.const 3)) (i32.const 3))
