;; A matrix of 16 × 16 i32 in memory, summed by rows and by columns: the same reads in another order.
(module
  (memory (export "memory") 1)
  (func $at (param $row i32) (param $column i32) (result i32)
    (i32.shl (i32.add (i32.mul (local.get $row) (i32.const 16)) (local.get $column)) (i32.const 2)))
  (func $fill (local $i i32)
    (loop $next
      (i32.store (i32.shl (local.get $i) (i32.const 2)) (local.get $i))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 256)))))
  (func $sum (export "sum") (param $by_columns i32) (result i32) (local $i i32) (local $j i32) (local $total i32)
    (call $fill)
    (loop $outer
      (local.set $j (i32.const 0))
      (loop $inner
        (local.set $total (i32.add (local.get $total) (i32.load
          (if (result i32) (local.get $by_columns)
            (then (call $at (local.get $j) (local.get $i)))
            (else (call $at (local.get $i) (local.get $j)))))))
        (br_if $inner (i32.lt_u (local.tee $j (i32.add (local.get $j) (i32.const 1))) (i32.const 16))))
      (br_if $outer (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16))))
    (local.get $total)))
