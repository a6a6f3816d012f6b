;; Generators and coroutines on stack switching: a traversal that yields, pipelines of generators, and two coroutines that
;; switch without a scheduler between them.
(module
  (type $task (func (param i32) (result i32)))
  (type $k (cont $task))
  (type $more (func (result i32)))
  (type $kmore (cont $more))
  ;; A generator hands out a value; the consumer says nothing back.
  (tag $yield (param i32))

  ;; ---- a generator: the primes up to $n ----
  (func $primes (type $task) (param $n i32) (result i32) (local $i i32) (local $d i32) (local $count i32)
    (local.set $i (i32.const 2))
    (block $done
      (loop $next
        (br_if $done (i32.gt_u (local.get $i) (local.get $n)))
        (local.set $d (i32.const 2))
        (block $composite
          (loop $try
            (if (i32.le_u (i32.mul (local.get $d) (local.get $d)) (local.get $i))
              (then
                (br_if $composite (i32.eqz (i32.rem_u (local.get $i) (local.get $d))))
                (local.set $d (i32.add (local.get $d) (i32.const 1)))
                (br $try))))
          (local.set $count (i32.add (local.get $count) (i32.const 1)))
          (suspend $yield (local.get $i)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (local.get $count))

  ;; ---- a generator over a generator: every second value, doubled ----
  (func $thinned (type $task) (param $n i32) (result i32)
    (local $k (ref null $kmore)) (local $value i32) (local $odd i32)
    (block $first (result i32 (ref $kmore))
      (return (resume $k (on $yield $first) (local.get $n) (cont.new $k (ref.func $primes)))))
    (loop $on (param i32 (ref $kmore))
      (local.set $k) (local.set $value)
      (if (local.tee $odd (i32.xor (local.get $odd) (i32.const 1)))
        (then (suspend $yield (i32.mul (local.get $value) (i32.const 2)))))
      (block $again (result i32 (ref $kmore))
        (return (resume $kmore (on $yield $again) (local.get $k))))
      (br $on))
    (unreachable))
  (elem declare func $primes $thinned $visit $side)

  ;; ---- consumers: the sum of all that a generator yields, and what it returns at its end ----
  (func $consume (param $k0 (ref $k)) (param $n i32) (result i32 i32) (local $k (ref null $kmore)) (local $sum i32)
    (block $first (result i32 (ref $kmore))
      (resume $k (on $yield $first) (local.get $n) (local.get $k0))
      (return (local.get $sum)))
    (loop $on (param i32 (ref $kmore))
      (local.set $k)
      (local.set $sum (i32.add (local.get $sum)))
      (block $again (result i32 (ref $kmore))
        (resume $kmore (on $yield $again) (local.get $k))
        (return (local.get $sum)))
      (br $on))
    (unreachable))
  ;; How many primes there are up to n, and their sum.
  (func (export "primes") (param i32) (result i32 i32) (call $consume (cont.new $k (ref.func $primes)) (local.get 0)))
  (func (export "thinned") (param i32) (result i32 i32) (call $consume (cont.new $k (ref.func $thinned)) (local.get 0)))

  ;; ---- recursion inside a generator: suspensions come from any depth ----
  (func $visit (type $task) (param $depth i32) (result i32)
    (if (i32.eqz (local.get $depth)) (then (return (i32.const 1))))
    (i32.add
      (call $visit (i32.sub (local.get $depth) (i32.const 1)))
      (block (result i32)
        (suspend $yield (local.get $depth))
        (call $visit (i32.sub (local.get $depth) (i32.const 1))))))
  (func (export "tree") (param i32) (result i32 i32) (call $consume (cont.new $k (ref.func $visit)) (local.get 0)))

  ;; ---- coroutines: two sides of a game switch directly ----
  (rec (type $turn (func (param i32 (ref null $kturn)) (result i32))) (type $kturn (cont $turn)))
  (tag $game (result i32))
  (global $turns (mut i32) (i32.const 0))
  ;; Halves or triples the number and gives it to the other side; who is handed 1 has won.
  (func $side (type $turn) (param $n i32) (param $other (ref null $kturn)) (result i32)
    (loop $play
      (global.set $turns (i32.add (global.get $turns) (i32.const 1)))
      (if (i32.eq (local.get $n) (i32.const 1)) (then (return (global.get $turns))))
      (if (ref.is_null (local.get $other)) (then (local.set $other (cont.new $kturn (ref.func $side)))))
      (switch $kturn $game
        (if (result i32) (i32.and (local.get $n) (i32.const 1))
          (then (i32.add (i32.mul (local.get $n) (i32.const 3)) (i32.const 1)))
          (else (i32.shr_u (local.get $n) (i32.const 1))))
        (local.get $other))
      (local.set $other) (local.set $n)
      (br $play))
    (unreachable))
  (func (export "game") (param i32) (result i32)
    (global.set $turns (i32.const 0))
    (resume $kturn (on $game switch) (local.get 0) (ref.null $kturn) (cont.new $kturn (ref.func $side)))))
