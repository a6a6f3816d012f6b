;; An exception leaves several calls at once: $check throws, $all knows nothing of it, $safe catches.
(module
  (tag $negative (param i32))
  (func $check (param $n i32)
    (if (i32.lt_s (local.get $n) (i32.const 0)) (then (throw $negative (local.get $n)))))
  (func $all (param $n i32)
    (loop $next
      (call $check (local.get $n))
      (local.set $n (i32.sub (local.get $n) (i32.const 3)))
      (br $next)))
  (func $safe (export "safe") (param $n i32) (result i32)
    (block $caught (result i32)
      (try_table (catch $negative $caught) (call $all (local.get $n)))
      (unreachable))))
