;; Calls its host: imports the function env.log and reports the Collatz sequence
;; of a number to it, step by step. Exports a mutable global beside the function.
(module
  (import "env" "log" (func $log (param i32)))
  (global $calls (export "calls") (mut i32) (i32.const 0))

  (func $report (param $n i32)
    (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
    (call $log (local.get $n)))

  ;; Logs every number of the sequence and returns how many there were.
  (func (export "collatz") (param $n i32) (result i32)
    (global.set $calls (i32.const 0))
    (block $done
      (loop $next
        (call $report (local.get $n))
        (br_if $done (i32.le_s (local.get $n) (i32.const 1)))
        (local.set $n
          (select
            (i32.add (i32.mul (local.get $n) (i32.const 3)) (i32.const 1))
            (i32.shr_u (local.get $n) (i32.const 1))
            (i32.and (local.get $n) (i32.const 1))))
        (br $next)))
    (global.get $calls))
)
