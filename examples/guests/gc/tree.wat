;; A binary tree with two kinds of nodes: leaves and branches are subtypes of one
;; type, and casts tell them apart.
(module
  (rec
    (type $tree (sub (struct (field $key i32))))
    (type $leaf (sub final $tree (struct (field $key i32))))
    (type $branch (sub final $tree (struct (field $key i32) (field $left (mut (ref null $tree))) (field $right (mut (ref null $tree)))))))

  ;; A leaf becomes a branch when something has to hang below it.
  (func $insert (param $tree (ref null $tree)) (param $key i32) (result (ref $tree)) (local $branch (ref $branch)) (local $old i32)
    (if (ref.is_null (local.get $tree)) (then (return (struct.new $leaf (local.get $key)))))
    (local.set $old (struct.get $tree $key (local.get $tree)))
    (if (i32.eq (local.get $old) (local.get $key)) (then (return (ref.as_non_null (local.get $tree)))))
    (block $have (result (ref $branch))
      (br_on_cast $have (ref null $tree) (ref $branch) (local.get $tree))
      (drop)
      (struct.new $branch (local.get $old) (ref.null $tree) (ref.null $tree)))
    (local.set $branch)
    (if (i32.lt_s (local.get $key) (local.get $old))
      (then (struct.set $branch $left (local.get $branch) (call $insert (struct.get $branch $left (local.get $branch)) (local.get $key))))
      (else (struct.set $branch $right (local.get $branch) (call $insert (struct.get $branch $right (local.get $branch)) (local.get $key)))))
    (local.get $branch))

  (func $grow (param $n i32) (result (ref null $tree)) (local $tree (ref null $tree)) (local $seed i32)
    (local.set $seed (i32.const 99))
    (block $done
      (loop $more
        (br_if $done (i32.eqz (local.get $n)))
        (local.set $seed (i32.add (i32.mul (local.get $seed) (i32.const 1664525)) (i32.const 1013904223)))
        (local.set $tree (call $insert (local.get $tree) (i32.shr_s (local.get $seed) (i32.const 12))))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $more)))
    (local.get $tree))

  ;; Leaves, branches, depth, and a digest of the keys in their order.
  (func $visit (param $tree (ref null $tree)) (param $digest i64) (result i32 i32 i32 i64)
    (local $branch (ref $branch)) (local $leaves i32) (local $branches i32) (local $depth i32) (local $d i32)
    (if (ref.is_null (local.get $tree)) (then (return (i32.const 0) (i32.const 0) (i32.const 0) (local.get $digest))))
    (block $leaf (result (ref null $tree))
      (local.set $branch (br_on_cast_fail $leaf (ref null $tree) (ref $branch) (local.get $tree)))
      (call $visit (struct.get $branch $left (local.get $branch)) (local.get $digest))
      (local.set $digest) (local.set $depth) (local.set $branches) (local.set $leaves)
      (local.set $digest (i64.add (i64.mul (local.get $digest) (i64.const 31)) (i64.extend_i32_s (struct.get $branch $key (local.get $branch)))))
      (call $visit (struct.get $branch $right (local.get $branch)) (local.get $digest))
      (local.set $digest) (local.set $d)
      (local.set $branches (i32.add (local.get $branches)))
      (local.set $leaves (i32.add (local.get $leaves)))
      (return (local.get $leaves) (i32.add (local.get $branches) (i32.const 1))
        (i32.add (select (local.get $d) (local.get $depth) (i32.gt_s (local.get $d) (local.get $depth))) (i32.const 1))
        (local.get $digest)))
    (drop)
    (i32.const 1) (i32.const 0) (i32.const 1)
    (i64.add (i64.mul (local.get $digest) (i64.const 31)) (i64.extend_i32_s (struct.get $tree $key (local.get $tree)))))

  (func (export "grow") (param $n i32) (result i32 i32 i32 i64) (call $visit (call $grow (local.get $n)) (i64.const 0)))

  ;; Complete trees of the given depth, made and thrown away.
  (func $complete (param $depth i32) (result (ref $tree))
    (if (i32.eqz (local.get $depth)) (then (return (struct.new $leaf (i32.const 0)))))
    (local.set $depth (i32.sub (local.get $depth) (i32.const 1)))
    (struct.new $branch (local.get $depth) (call $complete (local.get $depth)) (call $complete (local.get $depth))))
  (func $count (param $tree (ref null $tree)) (result i32) (local $branch (ref $branch))
    (if (ref.test (ref $leaf) (local.get $tree)) (then (return (i32.const 1))))
    (local.set $branch (ref.cast (ref $branch) (local.get $tree)))
    (i32.add (i32.const 1)
      (i32.add (call $count (struct.get $branch $left (local.get $branch))) (call $count (struct.get $branch $right (local.get $branch))))))
  (func (export "trees") (param $depth i32) (param $rounds i32) (result i32) (local $nodes i32)
    (loop $more
      (local.set $nodes (i32.add (local.get $nodes) (call $count (call $complete (local.get $depth)))))
      (br_if $more (local.tee $rounds (i32.sub (local.get $rounds) (i32.const 1)))))
    (local.get $nodes)))
