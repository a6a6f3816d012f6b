;; A string is bytes in memory that end with a zero. Counting its words looks at each byte once.
(module
  (memory (export "memory") 1)
  (data (i32.const 100) "behind glass  everything can be seen\00")
  (func $words (export "words") (result i32) (local $p i32) (local $c i32) (local $inside i32) (local $count i32)
    (local.set $p (i32.const 100))
    (block $end
      (loop $next
        (br_if $end (i32.eqz (local.tee $c (i32.load8_u (local.get $p)))))
        (if (i32.eq (local.get $c) (i32.const 0x20))
          (then (local.set $inside (i32.const 0)))
          (else
            (if (i32.eqz (local.get $inside)) (then (local.set $count (i32.add (local.get $count) (i32.const 1)))))
            (local.set $inside (i32.const 1))))
        (local.set $p (i32.add (local.get $p) (i32.const 1)))
        (br $next)))
    (local.get $count)))
