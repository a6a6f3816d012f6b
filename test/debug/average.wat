;; The program of docs/debugging.md: the average of some numbers, with a bug in it.
(module
  (memory (export "memory") 1)
  (data (i32.const 0x10) "\02\00\00\00\04\00\00\00\06\00\00\00\63\00\00\00")
  (func $average (export "average") (param $p i32) (param $count i32) (result i32)
    (local $i i32) (local $sum i32)
    (loop $next
      (local.set $sum (i32.add (local.get $sum)
        (i32.load (i32.add (local.get $p) (i32.shl (local.get $i) (i32.const 2))))))
      (local.set $i (i32.add (local.get $i) (i32.const 1)))
      (br_if $next (i32.le_s (local.get $i) (local.get $count))))
    (i32.div_s (local.get $sum) (local.get $count))))
