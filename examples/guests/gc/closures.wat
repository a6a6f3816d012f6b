;; Closures: a function with what it has captured, in subtypes of one structure; the
;; code casts its environment to the type that it knows.
(module
  (rec
    (type $closure (sub (struct (field $code (ref $code)))))
    (type $code (func (param (ref $closure) i64) (result i64))))
  (type $adder (sub final $closure (struct (field $code (ref $code)) (field $n i64))))
  (type $composed (sub final $closure (struct (field $code (ref $code)) (field $f (ref $closure)) (field $g (ref $closure)))))
  (type $counter (sub final $closure (struct (field $code (ref $code)) (field $calls (mut i64)))))
  (type $numbers (array (mut i64)))
  (type $memo (sub final $closure (struct (field $code (ref $code)) (field $known (ref $numbers)))))
  (type $closures (array (mut (ref $closure))))

  (elem declare func $add $double $compose $count $fib)

  (func $call (param $f (ref $closure)) (param $x i64) (result i64)
    (return_call_ref $code (local.get $f) (local.get $x) (struct.get $closure $code (local.get $f))))

  (func $add (type $code) (i64.add (local.get 1) (struct.get $adder $n (ref.cast (ref $adder) (local.get 0)))))
  (func $adder (param $n i64) (result (ref $closure)) (struct.new $adder (ref.func $add) (local.get $n)))

  ;; Captures nothing: a constant.
  (func $double (type $code) (i64.shl (local.get 1) (i64.const 1)))
  (global $doubler (ref $closure) (struct.new $closure (ref.func $double)))

  (func $compose (type $code) (local $c (ref $composed))
    (local.set $c (ref.cast (ref $composed) (local.get 0)))
    (return_call $call (struct.get $composed $g (local.get $c)) (call $call (struct.get $composed $f (local.get $c)) (local.get 1))))
  (func $then (param $f (ref $closure)) (param $g (ref $closure)) (result (ref $closure))
    (struct.new $composed (ref.func $compose) (local.get $f) (local.get $g)))

  (func $count (type $code) (local $c (ref $counter))
    (local.set $c (ref.cast (ref $counter) (local.get 0)))
    (struct.set $counter $calls (local.get $c) (i64.add (struct.get $counter $calls (local.get $c)) (i64.const 1)))
    (i64.mul (local.get 1) (struct.get $counter $calls (local.get $c))))

  ;; Remembers what it has computed.
  (func $fib (type $code) (local $known (ref $numbers)) (local $i i32)
    (local.set $known (struct.get $memo $known (ref.cast (ref $memo) (local.get 0))))
    (local.set $i (i32.wrap_i64 (local.get 1)))
    (if (i32.lt_u (local.get $i) (i32.const 2)) (then (return (local.get 1))))
    (if (i64.eqz (array.get $numbers (local.get $known) (local.get $i)))
      (then (array.set $numbers (local.get $known) (local.get $i)
        (i64.add (call $call (local.get 0) (i64.sub (local.get 1) (i64.const 1))) (call $call (local.get 0) (i64.sub (local.get 1) (i64.const 2)))))))
    (array.get $numbers (local.get $known) (local.get $i)))

  (func (export "add") (param i64 i64) (result i64) (call $call (call $adder (local.get 0)) (local.get 1)))
  ;; ((x + a) · 2 + b) · 2
  (func (export "composed") (param $a i64) (param $b i64) (param $x i64) (result i64)
    (call $call
      (call $then (call $then (call $adder (local.get $a)) (global.get $doubler)) (call $then (call $adder (local.get $b)) (global.get $doubler)))
      (local.get $x)))
  ;; n functions one after the other.
  (func (export "chain") (param $n i32) (result i64) (local $f (ref $closure))
    (local.set $f (global.get $doubler))
    (loop $more
      (local.set $f (call $then (local.get $f) (call $adder (i64.extend_i32_u (local.get $n)))))
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (call $call (local.get $f) (i64.const 21)))
  (func (export "counted") (param $x i64) (result i64 i64 i64) (local $c (ref $closure))
    (local.set $c (struct.new $counter (ref.func $count) (i64.const 0)))
    (call $call (local.get $c) (local.get $x)) (call $call (local.get $c) (local.get $x)) (call $call (local.get $c) (local.get $x)))
  (func (export "fib") (param $n i64) (result i64)
    (call $call (struct.new $memo (ref.func $fib) (array.new_default $numbers (i32.const 100))) (local.get $n)))
  ;; Folds an array of functions over a number, `rounds` times.
  (func (export "fold") (param $rounds i32) (result i64) (local $all (ref $closures)) (local $i i32) (local $x i64)
    (local.set $all (array.new_fixed $closures 4
      (call $adder (i64.const 3)) (global.get $doubler) (struct.new $counter (ref.func $count) (i64.const 0)) (call $adder (i64.const -1))))
    (loop $round
      (local.set $i (i32.const 0))
      (loop $next
        (local.set $x (call $call (array.get $closures (local.get $all) (local.get $i)) (local.get $x)))
        (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (array.len (local.get $all)))))
      (br_if $round (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
    (local.get $x))
  ;; The code of one closure on the environment of another.
  (func (export "mixed-up") (result i64) (call_ref $code (global.get $doubler) (i64.const 1) (ref.func $add))))
