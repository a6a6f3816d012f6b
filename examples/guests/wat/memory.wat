;; Linear memory: passive data segments, fill, overlapping copies, growth to a
;; limit, loads and stores of every width, and the traps at the end of memory.
(module
  (memory (export "memory") 1 3)
  (data $greeting "bulk memory, ")
  (data $bytes "\80\ff\7f\01\00\00\00\80\f0\de\bc\9a\78\56\34\12")

  ;; Adler-like checksum of bytes of the main memory.
  (func $checksum (export "checksum") (param $at i32) (param $length i32) (result i32)
    (local $a i32)
    (local $b i32)
    (local.set $a (i32.const 1))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $length)))
        (local.set $a (i32.rem_u (i32.add (local.get $a) (i32.load8_u (local.get $at))) (i32.const 65521)))
        (local.set $b (i32.rem_u (i32.add (local.get $b) (local.get $a)) (i32.const 65521)))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (local.set $length (i32.sub (local.get $length) (i32.const 1)))
        (br $next)))
    (i32.or (i32.shl (local.get $b) (i32.const 16)) (local.get $a)))

  ;; Repeats the greeting n times, then shifts it over itself in both directions.
  (func (export "repeat") (param $n i32) (result i32)
    (local $at i32)
    (memory.fill (i32.const 0) (i32.const 0x2e) (i32.const 4096))
    (block $done
      (loop $next
        (br_if $done (i32.eqz (local.get $n)))
        (memory.init $greeting (local.get $at) (i32.const 0) (i32.const 13))
        (local.set $at (i32.add (local.get $at) (i32.const 13)))
        (local.set $n (i32.sub (local.get $n) (i32.const 1)))
        (br $next)))
    (memory.copy (i32.const 5) (i32.const 0) (local.get $at))
    (memory.copy (i32.const 0) (i32.const 2) (local.get $at))
    (call $checksum (i32.const 0) (i32.const 4096)))

  ;; Stores of every width into zeroed memory, read back as two checksums.
  (func (export "stores") (param $value i64) (result i32 i64)
    (memory.fill (i32.const 400) (i32.const 0) (i32.const 64))
    (i32.store8 offset=400 (i32.const 0) (i32.wrap_i64 (local.get $value)))
    (i32.store16 offset=400 (i32.const 1) (i32.wrap_i64 (local.get $value)))
    (i32.store offset=400 (i32.const 3) (i32.wrap_i64 (local.get $value)))
    (i64.store8 offset=400 (i32.const 8) (local.get $value))
    (i64.store16 offset=400 (i32.const 9) (local.get $value))
    (i64.store32 offset=400 (i32.const 11) (local.get $value))
    (i64.store offset=400 (i32.const 15) (local.get $value))
    (f32.store offset=400 (i32.const 25) (f32.reinterpret_i32 (i32.wrap_i64 (local.get $value))))
    (f64.store offset=400 (i32.const 29) (f64.reinterpret_i64 (local.get $value)))
    (call $checksum (i32.const 400) (i32.const 64))
    (i64.xor (i64.load (i32.const 404)) (i64.load (i32.const 427))))

  ;; Loads of every width and sign at one address, added up.
  (func (export "widths") (param $at i32) (result i64)
    (memory.init $bytes (i32.const 300) (i32.const 0) (i32.const 16))
    (i64.extend_i32_s (i32.load8_s offset=300 (local.get $at)))
    (i64.add (i64.extend_i32_u (i32.load8_u offset=300 (local.get $at))))
    (i64.add (i64.extend_i32_s (i32.load16_s offset=300 (local.get $at))))
    (i64.add (i64.extend_i32_u (i32.load16_u offset=300 (local.get $at))))
    (i64.add (i64.load8_s offset=300 (local.get $at)))
    (i64.add (i64.load16_s offset=300 (local.get $at)))
    (i64.add (i64.load32_s offset=300 (local.get $at)))
    (i64.add (i64.load32_u offset=300 (local.get $at)))
    (i64.add (i64.load offset=300 (local.get $at)))
    (i64.add (i64.reinterpret_f64 (f64.load offset=300 (local.get $at))))
    (i64.add (i64.extend_i32_u (i32.reinterpret_f32 (f32.load offset=300 (local.get $at))))))

  ;; Grows until the limit; returns the sizes seen, one decimal digit each.
  (func (export "grow") (result i32)
    (local $seen i32)
    (block $full
      (loop $next
        (local.set $seen (i32.add (i32.mul (local.get $seen) (i32.const 10)) (memory.size)))
        (br_if $full (i32.eq (memory.grow (i32.const 1)) (i32.const -1)))
        (br $next)))
    (local.get $seen))

  ;; A segment that was dropped has length zero: this traps.
  (func (export "use-after-drop")
    (data.drop $greeting)
    (memory.init $greeting (i32.const 0) (i32.const 0) (i32.const 1)))

  ;; A store that reaches past the end writes nothing and traps.
  (func (export "store-at-end")
    (i64.store (i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 4)) (i64.const -1)))
)
