/**
 * Faults to put into the engine, one at a time, to see whether the fuzzer finds them (faults.long.test.ts): a piece of source
 * and what stands there instead. Each is one small slip in what an instruction computes, when it traps, how code is
 * translated, or how a thread goes on.
 */
export interface Fault {
  readonly name: string
  readonly file: string
  /** Occurs once in the file. */
  readonly find: string
  readonly replace: string
}
const fault = (name: string, file: string, find: string, replace: string): Fault => ({ name, file: `src/${file}`, find, replace })

export const faults: readonly Fault[] = [
  // Integers.
  fault('i32.shr_s shifts zeros in', 'ops/semantics/i32.ts', "'i32.shr_s': (a, b) => a >> b", "'i32.shr_s': (a, b) => (a >>> b) | 0"),
  fault('i32.ctz of 0 is 31', 'ops/semantics/i32.ts', '(a === 0 ? 32 :', '(a === 0 ? 31 :'),
  fault(
    'i32.div_s does not trap on overflow',
    'ops/semantics/i32.ts',
    "    if (a === -0x80000000 && b === -1) trap('integer overflow')\n",
    '',
  ),
  fault('i32.rem_u is signed', 'ops/semantics/i32.ts', '((a >>> 0) % (b >>> 0)) | 0', '(a % b) | 0'),
  fault('i32.lt_u is signed', 'ops/semantics/i32.ts', "'i32.lt_u': (a, b) => a >>> 0 < b >>> 0", "'i32.lt_u': (a, b) => a < b"),
  fault(
    'i64.add forgets the carry of equal halves',
    'ops/semantics/ring.ts',
    '(lo >>> 0 < al >>> 0 ? 1 : 0)',
    '(lo >>> 0 <= al >>> 0 ? 1 : 0)',
  ),
  fault('i64.mul leaves one cross product out', 'ops/semantics/ring.ts', ' + Math.imul(ah, bl)', ''),
  fault('i64.shl by 32 and more keeps the low half', 'ops/semantics/i64.ts', 'return [far ? 0 : al << bl,', 'return [al << bl,'),
  fault(
    'i64.rotr does not swap the halves',
    'ops/semantics/i64.ts',
    "'i64.rotr': (al, ah, bl) => {\n    const far = (bl & 32) !== 0",
    "'i64.rotr': (al, ah, bl) => {\n    const far = false && bl === 32",
  ),
  fault(
    'i64.lt_s compares low halves as signed',
    'ops/semantics/i64.ts',
    "'i64.lt_s': (al, ah, bl, bh) => (ah === bh ? al >>> 0 < bl >>> 0",
    "'i64.lt_s': (al, ah, bl, bh) => (ah === bh ? al < bl",
  ),
  fault('i64 division is one too small now and then', 'ops/semantics/wide.ts', 'return tooSmall ? (q + 1) | 0 : q', 'return q'),
  fault(
    'i64.rem_s has the sign of the divisor',
    'ops/semantics/wide.ts',
    'return ah < 0 ? negated(lo) : lo',
    'return bh < 0 ? negated(lo) : lo',
  ),
  // Floats and conversions.
  fault('min of zeros ignores the sign', 'ops/semantics/float.ts', 'a !== b ? a + b : 1 / a < 0 ? a : b)', 'a !== b ? a + b : b)'),
  fault('max does not hand a NaN on', 'ops/semantics/float.ts', 'a !== b ? a + b : 1 / a > 0 ? a : b)', '1 / a > 0 ? a : b)'),
  fault(
    'nearest rounds halves up',
    'ops/semantics/float.ts',
    'return a === 0 || Math.abs(a) >= 4503599627370496 ? a : rounded',
    'return a === 0 || Math.abs(a) >= 4503599627370496 ? a : rounded + 0 * Math.round(a) + (Math.abs(a - rounded) === 0.5 ? 1 : 0)',
  ),
  fault(
    'copysign takes all bits of the second operand',
    'ops/semantics/bits.ts',
    "'f32.copysign': (a, b) => (a & 0x7fffffff) | (b & -0x80000000)",
    "'f32.copysign': (a, b) => (a & 0x7fffffff) | b",
  ),
  fault(
    'a trapping conversion takes -1 as 0',
    'ops/semantics/conversions.ts',
    "const i32TruncU: ValueFunction = (a) => {\n  if (a !== a) trap('invalid conversion to integer')\n  if (a <= -1 ||",
    "const i32TruncU: ValueFunction = (a) => {\n  if (a !== a) trap('invalid conversion to integer')\n  if (a < -1 ||",
  ),
  fault('a saturating conversion to u64 is signed', 'ops/semantics/wide.ts', 'return truncWide(a < 0 ? 0 : a)', 'return truncWide(a)'),
  fault(
    'f64.convert_i64_u is signed',
    'ops/semantics/conversions.ts',
    "'f64.convert_i64_u': (al, ah) => (ah >>> 0) * 4294967296",
    "'f64.convert_i64_u': (al, ah) => ah * 4294967296",
  ),
  fault('f32.convert_i64 rounds twice', 'ops/semantics/wide.ts', '((al & -4096) | ((al & 4095) === 0 ? 0 : 4096)) >>> 0', 'al >>> 0'),
  // The loop.
  fault('addresses are signed', 'ops/ops.ts', "const ADDRESS = 'const e = (a >>> 0) + k'", "const ADDRESS = 'const e = (a + k) >>> 0'"),
  fault('i64.load8_s extends with zeros', 'ops/ops.ts', "name.endsWith('_s') ? 'v >> 31' : '0'", "'0'"),
  fault(
    'a trapping 64-bit store has written half',
    'ops/ops.ts',
    'M.setInt32(e + 4, bh, true); M.setInt32(e, bl, true)',
    'M.setInt32(e, bl, true); M.setInt32(e + 4, bh, true)',
  ),
  fault('br_table takes the case before the default', 'ops/ops.ts', '(x < count ? x : count)', '(x < count ? x : count - 1)'),
  fault(
    'locals of a reused frame are not zero',
    'ops/ops.ts',
    'fp + z | 0, end = i + n | 0; i < end; i = i + 1 | 0) R[i] = 0`,\n  ),\n  // The same',
    'fp + z | 0, end = i + n - 2 | 0; i < end; i = i + 1 | 0) R[i] = 0`,\n  ),\n  // The same',
  ),
  fault(
    'a branch copies one value less',
    'ops/ops.ts',
    "const COPY_DOWN = 'for (let i = 0; i < n;",
    "const COPY_DOWN = 'for (let i = 0; i < n - 2;",
  ),
  fault(
    'call_indirect does not check the type',
    'ops/ops.ts',
    'if (f == null || (f.typeId !== type && !matchesCanonical(f.typeId, type)))',
    'if (f == null)',
  ),
  // Translation.
  fault('a throw passes a catch_all', 'compiler/tries.ts', 'candidate.tag < 0 || candidate.tag === tag', 'candidate.tag === tag'),
  fault('a local that was read is overwritten', 'compiler/rules/variables.ts', '  t.settleAliasesOf(slot)\n', ''),
  fault(
    'locals read before a loop are read inside',
    'compiler/rules/control.ts',
    'function loop(t: Translator): void {\n  const type = blockType(t)\n  t.settleAliases()',
    'function loop(t: Translator): void {\n  const type = blockType(t)',
  ),
  fault(
    'a result is sent over a label',
    'compiler/emitter.ts',
    '  barrier(): void {\n    this.last = -1',
    '  barrier(): void {\n    // nothing',
  ),
  fault('a - k is a + (-k) with a borrow lost', 'compiler/rules/numeric.ts', '(lo === 0 ? -hi : ~hi) | 0)', '~hi)'),
  fault(
    'a > k becomes a >= k + 1 also for the largest k',
    'compiler/rules/numeric.ts',
    "withNext[id]! >= 0 && !isLargest(b, name.endsWith('_u'))",
    'withNext[id]! >= 0',
  ),
  fault(
    'an inverted comparison does not swap its operands',
    'compiler/rules/numeric.ts',
    '  if (inverseSwaps[last]! > 0) {',
    '  if (inverseSwaps[last]! > 1) {',
  ),
  fault(
    'results overwrite a parameter that is still to be read',
    'compiler/translator.ts',
    "    if (label.kind === 'func' && count > 1) {",
    '    if (count < 0) {',
  ),
  fault(
    'what is brought home inside a branch counts outside',
    'compiler/operand-stack.ts',
    '    slots.forEach((slot, i) => (this.slots[i] = slot))\n',
    '',
  ),
  // Cold ops, store, and going on.
  fault(
    'memory.fill may go one byte too far',
    'interp/cold/memory.ts',
    'if (to + n > memory.byteLength) return OUT_OF_BOUNDS\n    return inChunks(T, n, BULK_BYTES, (done, count) => memory.fill',
    'if (to + n > memory.byteLength + 1) return OUT_OF_BOUNDS\n    return inChunks(T, Math.min(n, memory.byteLength - to), BULK_BYTES, (done, count) => memory.fill',
  ),
  fault(
    'data.drop drops nothing',
    'interp/cold/memory.ts',
    '  [DATA_DROP]: (T, code, pc) => {\n    T.instance.datas[code[pc + 1]!] = undefined',
    '  [DATA_DROP]: (T, code, pc) => {\n    void T.instance.datas[code[pc + 1]!]',
  ),
  fault(
    'table.copy to a higher index copies what it has written',
    'interp/cold/table.ts',
    'if (a === b) a.copyWithin(to + at, from + at, from + at + count)',
    'if (a === b) for (let i = at; i < at + count; i++) a[to + i] = a[from + i]',
  ),
  fault(
    'memory.grow gives the new size',
    'runtime/memory.ts',
    '    this.adopt(this.buffer, length)\n    return old',
    '    this.adopt(this.buffer, length)\n    return this.pages',
  ),
  fault('a bulk operation goes on from its start', 'interp/cold/bulk.ts', '      T.progress = done\n', '      T.progress = 0\n'),
]
