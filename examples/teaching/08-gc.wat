;; A sorted linked list of structures, which nobody frees.
(module
  (type $node (struct (field $value i32) (field $next (mut (ref null $node)))))
  (func $insert (param $list (ref null $node)) (param $value i32) (result (ref $node))
    (if (ref.is_null (local.get $list)) (then (return (struct.new $node (local.get $value) (ref.null $node)))))
    (if (i32.le_s (local.get $value) (struct.get $node $value (local.get $list)))
      (then (return (struct.new $node (local.get $value) (local.get $list)))))
    (struct.set $node $next (local.get $list) (call $insert (struct.get $node $next (local.get $list)) (local.get $value)))
    (ref.as_non_null (local.get $list)))
  (func $smallest (export "smallest") (param $count i32) (result i32) (local $list (ref null $node)) (local $seed i32)
    (local.set $seed (i32.const 7))
    (loop $next
      (local.set $seed (i32.rem_u (i32.add (i32.mul (local.get $seed) (i32.const 21)) (i32.const 17)) (i32.const 101)))
      (local.set $list (call $insert (local.get $list) (local.get $seed)))
      (br_if $next (local.tee $count (i32.sub (local.get $count) (i32.const 1)))))
    (struct.get $node $value (local.get $list))))
