;; Factorial in four shapes: recursion, a loop, block parameters, and i64 beside
;; f64. No imports, so `vitrine run --invoke fac fac.wasm 20` is all it needs.
(module
  ;; n! by recursion, modulo 2^64.
  (func $fac (export "fac") (param $n i64) (result i64)
    (if (result i64) (i64.eqz (local.get $n))
      (then (i64.const 1))
      (else
        (i64.mul (local.get $n) (call $fac (i64.sub (local.get $n) (i64.const 1)))))))

  ;; The same by a loop.
  (func (export "fac-loop") (param $n i64) (result i64)
    (local $product i64)
    (local.set $product (i64.const 1))
    (block $done
      (loop $next
        (br_if $done (i64.eqz (local.get $n)))
        (local.set $product (i64.mul (local.get $product) (local.get $n)))
        (local.set $n (i64.sub (local.get $n) (i64.const 1)))
        (br $next)))
    (local.get $product))

  ;; The same with the state on the operand stack: the loop takes two parameters.
  (func (export "fac-stack") (param $n i64) (result i64)
    (local $product i64)
    (i64.const 1)
    (local.get $n)
    (loop $next (param i64 i64) (result i64)
      (local.set $n)
      (local.set $product)
      (if (result i64) (i64.eqz (local.get $n))
        (then (local.get $product))
        (else
          (i64.mul (local.get $product) (local.get $n))
          (i64.sub (local.get $n) (i64.const 1))
          (br $next))))
  )

  ;; As a floating point number, which grows to infinity instead of wrapping.
  (func $fac-f64 (export "fac-f64") (param $n f64) (result f64)
    (if (result f64) (f64.lt (local.get $n) (f64.const 1))
      (then (f64.const 1))
      (else
        (f64.mul (local.get $n) (call $fac-f64 (f64.sub (local.get $n) (f64.const 1)))))))

  ;; As an i32, trapping as soon as the product no longer fits.
  (func (export "fac-checked") (param $n i32) (result i32)
    (local $product i64)
    (local.set $product (i64.const 1))
    (block $done
      (loop $next
        (br_if $done (i32.lt_s (local.get $n) (i32.const 2)))
        (local.set $product
          (i64.mul (local.get $product) (i64.extend_i32_s (local.get $n))))
        (if (i64.gt_s (local.get $product) (i64.const 0x7fffffff))
          (then (unreachable)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))
    (i32.wrap_i64 (local.get $product)))
)
