;; Reference types: tables that grow, functions as values, opaque references of
;; the host, and calls through a table that may trap.
(module
  (type $binary (func (param i32 i32) (result i32)))
  (table $operations (export "operations") 2 8 funcref)
  (table $values 1 externref)
  (elem (table $operations) (i32.const 0) func $add $sub)
  (elem $more func $mul $xor)
  (elem declare func $max $answer)

  (func $add (type $binary) (i32.add (local.get 0) (local.get 1)))
  (func $sub (type $binary) (i32.sub (local.get 0) (local.get 1)))
  (func $mul (type $binary) (i32.mul (local.get 0) (local.get 1)))
  (func $xor (type $binary) (i32.xor (local.get 0) (local.get 1)))
  (func $max (type $binary)
    (select (local.get 0) (local.get 1) (i32.gt_s (local.get 0) (local.get 1))))
  (func $answer (export "answer") (result i32) (i32.const 42))

  ;; Calls operation i. Traps if there is none, if it is null, or of another type.
  (func $apply (export "apply") (param $i i32) (param $a i32) (param $b i32) (result i32)
    (call_indirect $operations (type $binary) (local.get $a) (local.get $b) (local.get $i)))

  ;; Grows the table to seven: two more from a passive segment, one by ref.func,
  ;; one that stays null, and one of another type.
  (func (export "extend") (result i32)
    (drop (table.grow $operations (ref.null func) (i32.const 5)))
    (table.init $operations $more (i32.const 2) (i32.const 0) (i32.const 2))
    (table.set $operations (i32.const 4) (ref.func $max))
    (table.set $operations (i32.const 6) (ref.func $answer))
    (elem.drop $more)
    (table.size $operations))

  ;; Runs every operation of the table on the same operands.
  (func (export "fold") (param $a i32) (param $b i32) (result i32)
    (local $i i32)
    (local $result i32)
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $i) (i32.const 5)))
        (br_if $done (i32.ge_u (local.get $i) (table.size $operations)))
        (local.set $result
          (i32.add
            (i32.mul (local.get $result) (i32.const 31))
            (call $apply (local.get $i) (local.get $a) (local.get $b))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (local.get $result))

  ;; Moves entries up by one, over themselves.
  (func (export "shift")
    (table.copy $operations $operations (i32.const 1) (i32.const 0)
      (i32.sub (table.size $operations) (i32.const 1))))

  ;; Keeps a value of the host, and gives the previous one back.
  (func (export "exchange") (param $value externref) (result externref)
    (table.get $values (i32.const 0))
    (table.set $values (i32.const 0) (local.get $value)))
  (func (export "is-empty") (result i32)
    (ref.is_null (table.get $values (i32.const 0))))
)
