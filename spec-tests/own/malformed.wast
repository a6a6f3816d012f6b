;; Bytes and texts that are no modules.

(assert_malformed (module binary "") "unexpected end")
(assert_malformed (module binary "\00asm\02\00\00\00") "unknown binary version")
(assert_malformed (module binary "asm\00\01\00\00\00") "magic header not detected")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\04\01\60\00") "length out of bounds")
(assert_malformed (module binary "\00asm\01\00\00\00" "\0e\00") "malformed section id")
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\05\01\60\00\00\00") "section size mismatch")
;; A vector that claims 2^32 - 1 entries in a section of five bytes.
(assert_malformed (module binary "\00asm\01\00\00\00" "\01\05\ff\ff\ff\ff\0f") "unexpected end")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00" "\0a\05\01\03\00\ff\0b")
  "illegal opcode")
(assert_malformed
  (module binary "\00asm\01\00\00\00" "\01\04\01\60\00\00" "\03\02\01\00")
  "function and code section have inconsistent lengths")

(assert_malformed (module quote "(func (i32.const 0x))") "unknown operator")
(assert_malformed (module quote "(func (i32.const 4294967296))") "constant out of range")
(assert_malformed (module quote "(func (local.get $x))") "unknown local")
(assert_malformed (module quote "(func $f) (func $f)") "duplicate func")
(assert_malformed (module quote "(memory 1) (func (i32.load align=3 (i32.const 0)) (drop))") "alignment")
(assert_malformed (module quote "(func") "unexpected token")
(assert_malformed (module quote "(func (block $a (end $b)))") "")

;; Well-formed text in quotes.
(module quote "(func (export \"f\") (result i32) (i32.const 1))")
(assert_return (invoke "f") (i32.const 1))
