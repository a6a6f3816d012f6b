;; Linked lists on the garbage-collected heap: building, reversing in place, sorting
;; by merging, and ten million short-lived nodes.
(module
  (type $node (struct (field $value (mut i32)) (field $next (mut (ref null $node)))))

  ;; A list of n pseudo-random numbers.
  (func $random (param $n i32) (result (ref null $node)) (local $seed i32) (local $list (ref null $node))
    (local.set $seed (i32.const 12345))
    (block $done
      (loop $more
        (br_if $done (i32.eqz (local.get $n)))
        (local.set $seed (i32.add (i32.mul (local.get $seed) (i32.const 1103515245)) (i32.const 12345)))
        (local.set $list (struct.new $node (i32.and (i32.shr_u (local.get $seed) (i32.const 8)) (i32.const 0xffff)) (local.get $list)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $more)))
    (local.get $list))

  ;; Each value times its place, so that the order matters.
  (func $digest (param $list (ref null $node)) (result i64) (local $i i64) (local $value i64) (local $sum i64)
    (block $end
      (loop $next
        (local.set $value (i64.extend_i32_u (struct.get $node $value (br_on_null $end (local.get $list)))))
        (local.set $i (i64.add (local.get $i) (i64.const 1)))
        (local.set $sum (i64.add (local.get $sum) (i64.mul (local.get $i) (local.get $value))))
        (local.set $list (struct.get $node $next (local.get $list)))
        (br $next)))
    (local.get $sum))

  (func $reverse (param $list (ref null $node)) (result (ref null $node)) (local $done (ref null $node)) (local $rest (ref null $node))
    (block $end
      (loop $next
        (br_if $end (ref.is_null (local.get $list)))
        (local.set $rest (struct.get $node $next (local.get $list)))
        (struct.set $node $next (local.get $list) (local.get $done))
        (local.set $done (local.get $list))
        (local.set $list (local.get $rest))
        (br $next)))
    (local.get $done))

  ;; Takes every second node off; gives them as a list of their own.
  (func $split (param $list (ref null $node)) (result (ref null $node)) (local $other (ref null $node))
    (if (ref.is_null (local.get $list)) (then (return (ref.null $node))))
    (local.set $other (struct.get $node $next (local.get $list)))
    (if (ref.is_null (local.get $other)) (then (return (ref.null $node))))
    (struct.set $node $next (local.get $list) (struct.get $node $next (local.get $other)))
    (struct.set $node $next (local.get $other) (call $split (struct.get $node $next (local.get $list))))
    (local.get $other))

  (func $merge (param $a (ref null $node)) (param $b (ref null $node)) (result (ref null $node))
    (local $head (ref $node)) (local $tail (ref $node)) (local $taken (ref null $node))
    (local.set $tail (local.tee $head (struct.new_default $node)))
    (block $end
      (loop $next
        (if (ref.is_null (local.get $a)) (then (struct.set $node $next (local.get $tail) (local.get $b)) (br $end)))
        (if (ref.is_null (local.get $b)) (then (struct.set $node $next (local.get $tail) (local.get $a)) (br $end)))
        (if (i32.le_u (struct.get $node $value (local.get $a)) (struct.get $node $value (local.get $b)))
          (then (local.set $taken (local.get $a)) (local.set $a (struct.get $node $next (local.get $a))))
          (else (local.set $taken (local.get $b)) (local.set $b (struct.get $node $next (local.get $b)))))
        (struct.set $node $next (local.get $tail) (local.get $taken))
        (local.set $tail (ref.as_non_null (local.get $taken)))
        (br $next)))
    (struct.get $node $next (local.get $head)))

  (func $sort (param $list (ref null $node)) (result (ref null $node)) (local $other (ref null $node))
    (local.set $other (call $split (local.get $list)))
    (if (ref.is_null (local.get $other)) (then (return (local.get $list))))
    (call $merge (call $sort (local.get $list)) (call $sort (local.get $other))))

  (func (export "digest") (param $n i32) (result i64) (call $digest (call $random (local.get $n))))
  (func (export "reversed") (param $n i32) (result i64) (call $digest (call $reverse (call $random (local.get $n)))))
  (func (export "sorted") (param $n i32) (result i64) (call $digest (call $sort (call $random (local.get $n)))))

  ;; A queue that holds `length` nodes while n pass through it: all but the last `length` are garbage at the end.
  (func (export "churn") (param $length i32) (param $n i32) (result i64)
    (local $front (ref null $node)) (local $back (ref null $node)) (local $sum i64)
    (local.set $back (local.tee $front (struct.new_default $node)))
    (loop $more
      (struct.set $node $next (local.get $back) (struct.new $node (local.get $n) (ref.null $node)))
      (local.set $back (struct.get $node $next (local.get $back)))
      (if (local.get $length)
        (then (local.set $length (i32.sub (local.get $length) (i32.const 1))))
        (else
          (local.set $sum (i64.add (local.get $sum) (i64.extend_i32_u (struct.get $node $value (local.get $front)))))
          (local.set $front (struct.get $node $next (local.get $front)))))
      (br_if $more (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
    (local.get $sum)))
