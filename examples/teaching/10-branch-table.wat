;; A machine with three instructions, interpreted with br_table: 0 adds one, 1 doubles, anything else stops.
(module
  (memory (export "memory") 1)
  (data (i32.const 0) "\00\01\01\00\01\02")
  (func $run (export "run") (result i32) (local $pc i32) (local $value i32)
    (loop $next
      (block $stop
        (block $double
          (block $increment
            (br_table $increment $double $stop (i32.load8_u (local.get $pc))))
          (local.set $value (i32.add (local.get $value) (i32.const 1)))
          (local.set $pc (i32.add (local.get $pc) (i32.const 1)))
          (br $next))
        (local.set $value (i32.shl (local.get $value) (i32.const 1)))
        (local.set $pc (i32.add (local.get $pc) (i32.const 1)))
        (br $next)))
    (local.get $value)))
