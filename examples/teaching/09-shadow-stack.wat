;; What a C compiler does with a local array: room on a stack of its own in memory, below a global that points to it.
(module
  (memory (export "memory") 1)
  (global $stack_pointer (mut i32) (i32.const 65536))
  (func $reverse_digits (export "reverse") (param $n i32) (result i32) (local $digits i32) (local $count i32) (local $i i32) (local $result i32)
    (global.set $stack_pointer (local.tee $digits (i32.sub (global.get $stack_pointer) (i32.const 16))))
    (loop $split
      (i32.store8 (i32.add (local.get $digits) (local.get $count)) (i32.rem_u (local.get $n) (i32.const 10)))
      (local.set $count (i32.add (local.get $count) (i32.const 1)))
      (br_if $split (local.tee $n (i32.div_u (local.get $n) (i32.const 10)))))
    (loop $join
      (local.set $result
        (i32.add (i32.mul (local.get $result) (i32.const 10)) (i32.load8_u (i32.add (local.get $digits) (local.get $i)))))
      (br_if $join (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $count))))
    (global.set $stack_pointer (i32.add (local.get $digits) (i32.const 16)))
    (local.get $result)))
