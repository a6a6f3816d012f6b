;; Tail calls and multiple results: loops written as functions, state passed in
;; parameters, and functions that return two or three values at once.
(module
  (type $step (func (param i32 i64) (result i64)))

  ;; Mutual recursion that needs no stack: is n even?
  (func $even (export "even") (param $n i32) (result i32)
    (if (result i32) (i32.eqz (local.get $n))
      (then (i32.const 1))
      (else (return_call $odd (i32.sub (local.get $n) (i32.const 1))))))
  (func $odd (export "odd") (param $n i32) (result i32)
    (if (result i32) (i32.eqz (local.get $n))
      (then (i32.const 0))
      (else (return_call $even (i32.sub (local.get $n) (i32.const 1))))))

  ;; A wheel of three functions in a table, each jumping to the next.
  (table $wheel 3 3 funcref)
  (elem (table $wheel) (i32.const 0) func $add $double $mix)
  (func $turn (type $step)
    (if (i32.eqz (local.get 0)) (then (return (local.get 1))))
    (return_call_indirect $wheel (type $step)
      (i32.sub (local.get 0) (i32.const 1))
      (local.get 1)
      (i32.rem_u (local.get 0) (i32.const 3))))
  (func $add (type $step)
    (return_call $turn (local.get 0) (i64.add (local.get 1) (i64.const 0x9e3779b97f4a7c15))))
  (func $double (type $step)
    (return_call $turn (local.get 0) (i64.rotl (local.get 1) (i64.const 13))))
  (func $mix (type $step)
    (return_call $turn (local.get 0) (i64.xor (local.get 1) (i64.shr_u (local.get 1) (i64.const 7)))))
  (func (export "wheel") (param $turns i32) (result i64)
    (return_call $turn (local.get $turns) (i64.const 1)))

  ;; Quotient and remainder together.
  (func $divmod (export "divmod") (param $a i32) (param $b i32) (result i32 i32)
    (i32.div_u (local.get $a) (local.get $b))
    (i32.rem_u (local.get $a) (local.get $b)))

  ;; Swaps through a block with two parameters and two results.
  (func $sort2 (export "sort2") (param $a i32) (param $b i32) (result i32 i32)
    (local.get $a)
    (local.get $b)
    (block $done (param i32 i32) (result i32 i32)
      (br_if $done (i32.le_s (local.get $a) (local.get $b)))
      (drop)
      (drop)
      (local.get $b)
      (local.get $a)))

  ;; Extended Euclid: gcd and the coefficients, by a tail call with six parameters.
  (func $euclid (param $a i64) (param $b i64) (param $x i64) (param $y i64) (param $s i64) (param $t i64)
                (result i64 i64 i64)
    (local $q i64)
    (if (i64.eqz (local.get $b))
      (then (return (local.get $a) (local.get $x) (local.get $y))))
    (local.set $q (i64.div_s (local.get $a) (local.get $b)))
    (return_call $euclid
      (local.get $b)
      (i64.rem_s (local.get $a) (local.get $b))
      (local.get $s)
      (local.get $t)
      (i64.sub (local.get $x) (i64.mul (local.get $q) (local.get $s)))
      (i64.sub (local.get $y) (i64.mul (local.get $q) (local.get $t)))))
  (func (export "egcd") (param $a i64) (param $b i64) (result i64 i64 i64)
    (return_call $euclid (local.get $a) (local.get $b)
      (i64.const 1) (i64.const 0) (i64.const 0) (i64.const 1)))

  ;; Binary coded decimal: the last digit in the lowest four bits.
  (func $digits (export "digits") (param $n i32) (result i64)
    (local $digit i32)
    (local $packed i64)
    (local $shift i64)
    (loop $next
      (call $divmod (local.get $n) (i32.const 10))
      (local.set $digit)
      (local.set $n)
      (local.set $packed
        (i64.or (local.get $packed)
          (i64.shl (i64.extend_i32_u (local.get $digit)) (local.get $shift))))
      (local.set $shift (i64.add (local.get $shift) (i64.const 4)))
      (br_if $next (local.get $n)))
    (local.get $packed))
)
