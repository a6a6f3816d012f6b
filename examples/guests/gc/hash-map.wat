;; A hash map from byte strings to numbers: arrays of bytes from a data segment, an
;; array of buckets that doubles, chains of entries.
(module
  (type $string (array (mut i8)))
  (type $entry (struct (field $key (ref $string)) (field $hash i32) (field $count (mut i64)) (field $next (mut (ref null $entry)))))
  (type $buckets (array (mut (ref null $entry))))
  (type $map (struct (field $size (mut i32)) (field $buckets (mut (ref $buckets)))))

  (data $text "it was the best of times it was the worst of times it was the age of wisdom it was the age of foolishness it was the epoch of belief it was the epoch of incredulity it was the season of light it was the season of darkness ")
  (global $length i32 (i32.const 220))

  ;; FNV-1a.
  (func $hash (param $s (ref $string)) (result i32) (local $h i32) (local $i i32)
    (local.set $h (i32.const 0x811c9dc5))
    (block $end
      (loop $next
        (br_if $end (i32.ge_u (local.get $i) (array.len (local.get $s))))
        (local.set $h (i32.mul (i32.xor (local.get $h) (array.get_u $string (local.get $s) (local.get $i))) (i32.const 0x01000193)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (local.get $h))

  (func $equal (param $a (ref $string)) (param $b (ref $string)) (result i32) (local $i i32)
    (if (i32.ne (array.len (local.get $a)) (array.len (local.get $b))) (then (return (i32.const 0))))
    (block $different
      (loop $next
        (if (i32.eq (local.get $i) (array.len (local.get $a))) (then (return (i32.const 1))))
        (br_if $different (i32.ne (array.get_u $string (local.get $a) (local.get $i)) (array.get_u $string (local.get $b) (local.get $i))))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $next)))
    (i32.const 0))

  (func $new (result (ref $map)) (struct.new $map (i32.const 0) (array.new_default $buckets (i32.const 4))))

  (func $slot (param $buckets (ref $buckets)) (param $hash i32) (result i32)
    (i32.and (local.get $hash) (i32.sub (array.len (local.get $buckets)) (i32.const 1))))

  (func $double (param $map (ref $map)) (local $old (ref $buckets)) (local $new (ref $buckets)) (local $i i32) (local $s i32)
    (local $e (ref null $entry)) (local $next (ref null $entry))
    (local.set $old (struct.get $map $buckets (local.get $map)))
    (local.set $new (array.new_default $buckets (i32.shl (array.len (local.get $old)) (i32.const 1))))
    (loop $buckets
      (local.set $e (array.get $buckets (local.get $old) (local.get $i)))
      (block $end
        (loop $chain
          (br_if $end (ref.is_null (local.get $e)))
          (local.set $next (struct.get $entry $next (local.get $e)))
          (local.set $s (call $slot (local.get $new) (struct.get $entry $hash (local.get $e))))
          (struct.set $entry $next (local.get $e) (array.get $buckets (local.get $new) (local.get $s)))
          (array.set $buckets (local.get $new) (local.get $s) (local.get $e))
          (local.set $e (local.get $next))
          (br $chain)))
      (br_if $buckets (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (array.len (local.get $old)))))
    (struct.set $map $buckets (local.get $map) (local.get $new)))

  ;; The entry of a key, made with a count of 0 if there is none.
  (func $entry (param $map (ref $map)) (param $key (ref $string)) (result (ref $entry)) (local $hash i32) (local $s i32)
    (local $e (ref null $entry)) (local $buckets (ref $buckets))
    (local.set $hash (call $hash (local.get $key)))
    (local.set $buckets (struct.get $map $buckets (local.get $map)))
    (local.set $e (array.get $buckets (local.get $buckets) (call $slot (local.get $buckets) (local.get $hash))))
    (block $none
      (loop $chain
        (br_on_null $none (local.get $e))
        (drop)
        (if (i32.eq (struct.get $entry $hash (local.get $e)) (local.get $hash))
          (then (if (call $equal (struct.get $entry $key (local.get $e)) (local.get $key)) (then (return (ref.as_non_null (local.get $e)))))))
        (local.set $e (struct.get $entry $next (local.get $e)))
        (br $chain)))
    (struct.set $map $size (local.get $map) (i32.add (struct.get $map $size (local.get $map)) (i32.const 1)))
    (if (i32.gt_u (struct.get $map $size (local.get $map)) (array.len (local.get $buckets)))
      (then (call $double (local.get $map)) (local.set $buckets (struct.get $map $buckets (local.get $map)))))
    (local.set $s (call $slot (local.get $buckets) (local.get $hash)))
    (array.set $buckets (local.get $buckets) (local.get $s)
      (struct.new $entry (local.get $key) (local.get $hash) (i64.const 0) (array.get $buckets (local.get $buckets) (local.get $s))))
    (ref.as_non_null (array.get $buckets (local.get $buckets) (local.get $s))))

  (func $add (param $map (ref $map)) (param $key (ref $string)) (param $n i64) (local $e (ref $entry))
    (local.set $e (call $entry (local.get $map) (local.get $key)))
    (struct.set $entry $count (local.get $e) (i64.add (struct.get $entry $count (local.get $e)) (local.get $n))))

  ;; Words of the text, counted.
  (func $words (result (ref $map)) (local $map (ref $map)) (local $text (ref $string)) (local $i i32) (local $from i32) (local $word (ref $string))
    (local.set $map (call $new))
    (local.set $text (array.new_data $string $text (i32.const 0) (global.get $length)))
    (loop $next
      (if (i32.eq (array.get_u $string (local.get $text) (local.get $i)) (i32.const 0x20))
        (then
          (local.set $word (array.new_default $string (i32.sub (local.get $i) (local.get $from))))
          (array.copy $string $string (local.get $word) (i32.const 0) (local.get $text) (local.get $from) (i32.sub (local.get $i) (local.get $from)))
          (call $add (local.get $map) (local.get $word) (i64.const 1))
          (local.set $from (i32.add (local.get $i) (i32.const 1)))))
      (br_if $next (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (global.get $length))))
    (local.get $map))

  ;; Different words, and how often the word at `from` occurs.
  (func (export "words") (param $from i32) (param $length i32) (result i32 i64) (local $map (ref $map)) (local $e (ref $entry))
    (local.set $map (call $words))
    (local.set $e (call $entry (local.get $map) (array.new_data $string $text (local.get $from) (local.get $length))))
    (struct.get $map $size (local.get $map)) (struct.get $entry $count (local.get $e)))

  ;; n numbers, written in decimal, as keys; then each key's count is looked up again.
  (func $decimal (param $n i32) (result (ref $string)) (local $s (ref $string)) (local $i i32)
    (local.set $s (array.new $string (i32.const 0x30) (i32.const 8)))
    (local.set $i (i32.const 8))
    (loop $digit
      (local.set $i (i32.sub (local.get $i) (i32.const 1)))
      (array.set $string (local.get $s) (local.get $i) (i32.add (i32.const 0x30) (i32.rem_u (local.get $n) (i32.const 10))))
      (local.set $n (i32.div_u (local.get $n) (i32.const 10)))
      (br_if $digit (local.get $i)))
    (local.get $s))
  (func (export "numbers") (param $n i32) (param $different i32) (result i32 i32 i64) (local $map (ref $map)) (local $i i32) (local $sum i64)
    (local.set $map (call $new))
    (loop $more
      (call $add (local.get $map) (call $decimal (i32.rem_u (local.get $i) (local.get $different))) (i64.extend_i32_u (local.get $i)))
      (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))
    (local.set $i (i32.const 0))
    (loop $more
      (local.set $sum (i64.add (i64.mul (local.get $sum) (i64.const 3)) (struct.get $entry $count (call $entry (local.get $map) (call $decimal (local.get $i))))))
      (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $different))))
    (struct.get $map $size (local.get $map)) (array.len (struct.get $map $buckets (local.get $map))) (local.get $sum)))
