;; Two memories, one of them exported, with copies between them, fill and growth,
;; and loads and stores that name the memory they mean.
(module
  (memory $main (export "memory") 1)
  (memory $spare 1 2)
  (data (memory $main) (i32.const 100) "vitrine!")
  (data (memory $spare) (i32.const 0) "\01\02\03\04\05\06\07\08")

  ;; The sum of the first bytes of each memory, $spare counted ten times.
  (func (export "sum") (param $bytes i32) (result i32)
    (local $at i32)
    (local $sum i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $bytes)))
        (local.set $sum
          (i32.add (local.get $sum)
            (i32.add
              (i32.load8_u $main (local.get $at))
              (i32.mul (i32.load8_u $spare (local.get $at)) (i32.const 10)))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $next)))
    (local.get $sum))

  ;; Sends the text to $spare and back to the start of $main; returns it as a number.
  (func (export "through") (result i64)
    (memory.copy $spare $main (i32.const 65528) (i32.const 100) (i32.const 8))
    (memory.copy $main $spare (i32.const 0) (i32.const 65528) (i32.const 8))
    (i64.load $main (i32.const 0)))

  (func (export "fill") (param $byte i32)
    (memory.fill $spare (i32.const 4) (local.get $byte) (i32.const 4)))

  ;; Grows $spare by a page; the size of $main stays what it was.
  (func (export "grow") (result i32 i32 i32)
    (memory.grow $spare (i32.const 1))
    (memory.size $spare)
    (memory.size $main))

  (func (export "store-spare") (param $at i32) (param $value i64)
    (i64.store $spare (local.get $at) (local.get $value)))
  (func (export "load-main") (param $at i32) (result i64)
    (i64.load $main (local.get $at)))
)
