/**
 * The internal register ops: one row each, the single source of every executor of register code. Rows for numeric
 * instructions are derived from the instruction table and the semantics functions; the rest stand here as text.
 * Read by scripts/gen-executors.ts only: at run time the executors use the generated files.
 *
 * An operand is `name:kind`. A row's statements see each input operand under its name:
 *   i32, f32, f64, ref   its value                       i64, f64bits   its halves, `al` and `ah` for an operand `a`
 *   f32bits              its bits as int32               slot, fslot    its index in R (i32 units), in F (slots)
 *   imm                  a number in the code            target         an absolute pc
 * Where control goes is written in words that each executor spells out in its own way:
 *   STOP(status)         leave the executor at this op; STOP(status, pc) at that one
 *   GO(pc)               go on there                         TICK(pc)   the same, with one tick taken
 *   FRAME(fp)            the current frame begins there      RETURN(q)  go back to the caller by the link at R[q]
 *   HOST(f, base)        call f, if it is a host function; else leave the executor, for the driver to call it
 * The output is always called `d` and stands first; `result` is the expression (or [low, high]) that it receives.
 */
import { type Instruction, instructions } from '../spec/instructions.ts'
import { F32, F64, I32, I64, type ValType } from '../spec/types.ts'
import { type AnyFunction, type Inlined, inline } from './inline.ts'
import { bits, predicates, values } from './semantics/index.ts'
import { vectorRows } from './vector-ops.ts'

export type OperandKind = 'i32' | 'i64' | 'f32' | 'f64' | 'f32bits' | 'f64bits' | 'ref' | 'slot' | 'fslot' | 'imm' | 'target'
export interface Operand {
  readonly name: string
  readonly kind: OperandKind
}
export interface OpRow {
  readonly name: string
  readonly operands: readonly Operand[]
  /** Statements before the result is stored; empty for none. */
  readonly body: string
  /** What `d` receives; undefined when there is no output. */
  readonly result: string | readonly [string, string] | undefined
  /** True when the statements say themselves where control goes, whatever happens. */
  readonly jumps: boolean
  /** True when control never goes on behind the op: what stands there is reached from elsewhere, if at all. */
  readonly last: boolean
  /** True when a RangeError of a DataView means `out of bounds memory access`. */
  readonly memory: boolean
  /** True for an op that lives outside the loop, in `src/interp/cold/`. */
  readonly cold: boolean
  /** True for an op of the vector loop. */
  readonly vector: boolean
}

const parseOperands = (text: string): Operand[] =>
  text
    .split(' ')
    .filter((word) => word !== '')
    .map((word) => {
      const [name, kind] = word.split(':') as [string, OperandKind]
      return { name, kind }
    })

interface Extra {
  readonly result?: string | readonly [string, string]
  readonly jumps?: boolean
  readonly last?: boolean
  readonly memory?: boolean
  readonly cold?: boolean
}
const row = (name: string, operands: string, body: string, extra: Extra = {}): OpRow => ({
  name,
  operands: parseOperands(operands),
  body,
  result: extra.result,
  jumps: extra.jumps ?? false,
  last: extra.last ?? false,
  memory: extra.memory ?? false,
  cold: extra.cold ?? false,
  vector: false,
})

// ---- numeric ops, from the table and the semantics ----------------------------------------------------------------

const kindOf = (t: ValType, asBits: boolean): OperandKind => {
  if (t === I32) return 'i32'
  if (t === I64) return 'i64'
  if (t === F32) return asBits ? 'f32bits' : 'f32'
  if (t === F64) return asBits ? 'f64bits' : 'f64'
  throw new Error(`no scalar type ${t}`)
}

/** Renames the parameters of an inlined function to the operand names a, b (and al, ah, bl, bh). */
function rename(fn: Inlined, operands: readonly Operand[]): Inlined {
  const wanted = operands.flatMap((o) => (o.kind === 'i64' || o.kind === 'f64bits' ? [`${o.name}l`, `${o.name}h`] : [o.name]))
  // A shift may leave out the high half of its count; more parameters than operands cannot be.
  if (fn.params.length > wanted.length) throw new Error(`operands ${wanted.join()} do not fit parameters ${fn.params.join()}`)
  const names = new Map(fn.params.map((p, i) => [p, wanted[i]!]))
  const sub = (text: string): string => text.replace(/\b[A-Za-z_$][\w$]*\b/g, (word) => names.get(word) ?? word)
  const { result } = fn
  return { params: wanted, body: sub(fn.body), result: typeof result === 'string' ? sub(result) : [sub(result[0]), sub(result[1])] }
}

/** a > b is b < a, and a >= b is b <= a: these have no op on registers. */
const isMirrored = /^[if](32|64)\.(gt|ge)(_[su])?$/
/**
 * Binary integer ops that also exist with a constant second operand (`_k`). The rest are rare with constants, except that
 * a > k is a >= k + 1, and a <= k is a < k + 1.
 */
const takesImmediate = /^i(32|64)\.(add|mul|and|or|xor|shl|shr_s|shr_u|rotl|eq|ne|lt_s|lt_u|ge_s|ge_u)$/
/** i64 shifts look at the low half of the count only. */
const shifts = /^i64\.(shl|shr_s|shr_u|rotl|rotr)$/

const numeric = new Set([I32, I64, F32, F64])
const isScalar = (i: Instruction): boolean =>
  i.type !== undefined && i.immediates.length === 0 && i.type.results.length === 1 && [...i.type.params, ...i.type.results].every((t) => numeric.has(t))

function inputs(instruction: Instruction, asBits: boolean): Operand[] {
  return instruction.type!.params.map((t, i) => ({ name: 'ab'[i]!, kind: kindOf(t, asBits) }))
}

/** The same operands with the second one as a constant in the code, under the names the body uses. */
function withImmediate(operands: readonly Operand[], name: string): Operand[] {
  const [a, b] = operands as [Operand, Operand]
  const halves = b.kind === 'i32' ? ['b'] : shifts.test(name) ? ['bl'] : ['bl', 'bh']
  return [a, ...halves.map((half): Operand => ({ name: half, kind: 'imm' }))]
}

const TAKEN = 'GO(t)'
/** The twin of a branch for taken back-edges: one tick. */
const TAKEN_LOOP = 'TICK(t)'

const target: Operand = { name: 't', kind: 'target' }
function branchRows(name: string, operands: readonly Operand[], body: string, condition: string): OpRow[] {
  return [false, true].map((loop) => ({
    name: `br_if_${name}${loop ? '_loop' : ''}`,
    operands: [...operands, target],
    body: `${body === '' ? '' : `${body}\n`}if (${condition}) { ${loop ? TAKEN_LOOP : TAKEN} }`,
    result: undefined,
    jumps: false,
    last: false,
    memory: false,
    cold: false,
    vector: false,
  }))
}

function numericRows(): OpRow[] {
  const rows: OpRow[] = []
  for (const instruction of instructions) {
    if (!isScalar(instruction)) continue
    const { name } = instruction
    const asBits = bits[name] !== undefined
    const fn = (values[name] ?? predicates[name] ?? bits[name]) as AnyFunction | undefined
    if (fn === undefined) continue
    const ins = inputs(instruction, asBits)
    const isPredicate = predicates[name] !== undefined
    const code = rename(inline(fn), ins)
    const out: Operand = { name: 'd', kind: kindOf(instruction.type!.results[0]!, asBits) }
    const result = isPredicate ? `(${code.result as string}) ? 1 : 0` : code.result
    const base = { result, jumps: false, last: false, memory: false, cold: false, vector: false }
    const onRegisters = !isMirrored.test(name)
    if (onRegisters) rows.push({ name, operands: [out, ...ins], body: code.body, ...base })
    const immediate = takesImmediate.test(name) ? withImmediate(ins, name) : undefined
    if (immediate !== undefined) rows.push({ name: `${name}_k`, operands: [out, ...immediate], body: code.body, ...base })
    if (isPredicate && ins[0]!.kind !== 'f32') {
      if (name === 'i32.eqz') continue // br_unless
      const condition = code.result as string
      if (onRegisters) rows.push(...branchRows(name, ins, code.body, condition))
      if (immediate !== undefined) rows.push(...branchRows(`${name}_k`, immediate, code.body, condition))
      // An integer comparison has an inverse among the ops; these have none.
      if ((ins[0]!.kind === 'f64' && onRegisters) || name === 'i64.eqz') rows.push(...branchRows(`not_${name}`, ins, code.body, `!(${condition})`))
    }
  }
  return rows
}

// ---- moves, constants, variables ----------------------------------------------------------------------------------
// A float that passes through a JS number may lose its NaN bits. f32 moves as int32. f64 moves as a double unless it is NaN,
// then as two int32 halves: always moving halves costs a failed store-forwarding each time (measured: 1.6–2 times on f64 code).

/** Sets f64 slot `d` to the double `v`, or when that is NaN to the halves. */
const setF64 = (lo: string, hi: string): string => `if (v === v) F[d] = v; else { d = d << 1; R[d] = ${lo}; R[d + 1 | 0] = ${hi} }`
const copyF64 = `v = F[s]; if (v === v) F[d] = v; else { d = d << 1; s = s << 1; R[d] = R[s]; R[d + 1 | 0] = R[s + 1 | 0] }`

const moves: OpRow[] = [
  row('const32', 'd:i32 k:imm', '', { result: 'k' }),
  row('const64', 'd:i64 k:imm q:imm', '', { result: ['k', 'q'] }),
  row('const_f64', 'd:f64 k:imm', '', { result: 'K[k]' }),
  row('mov_f64', 'd:fslot s:fslot', copyF64),
  row('select_f64', 'd:fslot a:fslot b:fslot c:i32', `s = c !== 0 ? a : b; ${copyF64}`),
  row('mov32', 'd:i32 a:i32', '', { result: 'a' }),
  row('mov64', 'd:i64 a:i64', '', { result: ['al', 'ah'] }),
  row('mov_ref', 'd:ref a:ref', '', { result: 'a' }),
  row('null', 'd:ref', '', { result: 'null' }),
  row('select32', 'd:i32 a:i32 b:i32 c:i32', '', { result: 'c !== 0 ? a : b' }),
  row('select64', 'd:i64 a:slot b:slot c:i32', 'const s = c !== 0 ? a : b', { result: ['R[s]', 'R[s + 1 | 0]'] }),
  row('select_ref', 'd:ref a:ref b:ref c:i32', '', { result: 'c !== 0 ? a : b' }),
  // An index of a 64-bit table as one of a 32-bit table: what does not fit is out of bounds in either, and kept for the message.
  row('index64', 'd:i32 a:i64', 'T.indexLow = al; T.indexHigh = ah', {
    result: 'ah === 0 ? al : -1',
  }),
  row('ref.is_null', 'd:i32 a:ref', '', { result: 'a === null ? 1 : 0' }),
  // Own scalar globals: two int32 each in the instance's array. Cells: imported mutable ones, reached through the store.
  row('global.get32', 'd:i32 k:imm', '', { result: 'G[k]' }),
  row('global.get64', 'd:i64 k:imm', '', { result: ['G[k]', 'G[k + 1 | 0]'] }),
  row('global.set32', 'k:imm a:i32', 'G[k] = a'),
  row('global.set64', 'k:imm a:i64', 'G[k] = al; G[k + 1 | 0] = ah'),
  row('global.set32_k', 'k:imm v:imm', 'G[k] = v'),
  row('cell.get32', 'd:i32 k:imm', 'const g = T.instance.globals[k]', { result: 'g.ints[g.at]' }),
  row('cell.get64', 'd:i64 k:imm', 'const g = T.instance.globals[k], i = g.at', { result: ['g.ints[i]', 'g.ints[i + 1 | 0]'] }),
  row('cell.set32', 'k:imm a:i32', 'const g = T.instance.globals[k]; g.ints[g.at] = a'),
  row('cell.set64', 'k:imm a:i64', 'const g = T.instance.globals[k], i = g.at; g.ints[i] = al; g.ints[i + 1 | 0] = ah'),
  row('cell.get_ref', 'd:ref k:imm', 'const g = T.instance.globals[k]', { result: 'g.refs[g.at]' }),
  row('cell.set_ref', 'k:imm a:ref', 'const g = T.instance.globals[k]; g.refs[g.at] = a'),
]

// ---- memory 0 -----------------------------------------------------------------------------------------------------
// The address is exact: (a >>> 0) + k, with 0 <= k < 2^31; it never wraps. The DataView ends where the memory ends.

interface Load {
  readonly name: string
  readonly out: 'i32' | 'i64'
  readonly get: string
}
const loads: Load[] = [
  { name: 'load32', out: 'i32', get: 'M.getInt32(e, true)' },
  { name: 'load8_s', out: 'i32', get: 'M.getInt8(e)' },
  { name: 'load8_u', out: 'i32', get: 'M.getUint8(e)' },
  { name: 'load16_s', out: 'i32', get: 'M.getInt16(e, true)' },
  { name: 'load16_u', out: 'i32', get: 'M.getUint16(e, true)' },
  { name: 'i64.load8_s', out: 'i64', get: 'M.getInt8(e)' },
  { name: 'i64.load8_u', out: 'i64', get: 'M.getUint8(e)' },
  { name: 'i64.load16_s', out: 'i64', get: 'M.getInt16(e, true)' },
  { name: 'i64.load16_u', out: 'i64', get: 'M.getUint16(e, true)' },
  { name: 'i64.load32_s', out: 'i64', get: 'M.getInt32(e, true)' },
  { name: 'i64.load32_u', out: 'i64', get: 'M.getInt32(e, true)' },
]
const ADDRESS = 'const e = (a >>> 0) + k'
const memoryRows: OpRow[] = [
  ...loads.flatMap(({ name, out, get }) => {
    const result: string | [string, string] = out === 'i32' ? get : ['v', name.endsWith('_s') ? 'v >> 31' : '0']
    const then = out === 'i32' ? '' : `; const v = ${get}`
    const common = { result, memory: true }
    const rows = [row(name, `d:${out} a:i32 k:imm`, ADDRESS + then, common)]
    if (out === 'i32') rows.push(row(`${name}_at`, `d:${out} e:imm`, '', common))
    return rows
  }),
  row('load64', 'd:i64 a:i32 k:imm', `${ADDRESS}; const h = M.getInt32(e + 4, true)`, { result: ['M.getInt32(e, true)', 'h'], memory: true }),
  row('load64_at', 'd:i64 e:imm', 'const h = M.getInt32(e + 4, true)', { result: ['M.getInt32(e, true)', 'h'], memory: true }),
  row('f64.load', 'd:fslot a:i32 k:imm', `${ADDRESS}; v = M.getFloat64(e, true); ${setF64('M.getInt32(e, true)', 'M.getInt32(e + 4, true)')}`, { memory: true }),
  row('f64.load_at', 'd:fslot e:imm', `v = M.getFloat64(e, true); ${setF64('M.getInt32(e, true)', 'M.getInt32(e + 4, true)')}`, { memory: true }),
  row(
    'f64.store',
    'a:i32 k:imm s:fslot',
    `${ADDRESS}; v = F[s]; if (v === v) M.setFloat64(e, v, true); else { s = s << 1; M.setInt32(e + 4, R[s + 1 | 0], true); M.setInt32(e, R[s], true) }`,
    { memory: true },
  ),
  row('store32', 'a:i32 k:imm b:i32', 'M.setInt32((a >>> 0) + k, b, true)', { memory: true }),
  row('store16', 'a:i32 k:imm b:i32', 'M.setInt16((a >>> 0) + k, b, true)', { memory: true }),
  row('store8', 'a:i32 k:imm b:i32', 'M.setInt8((a >>> 0) + k, b)', { memory: true }),
  row('store32_k', 'a:i32 k:imm v:imm', 'M.setInt32((a >>> 0) + k, v, true)', { memory: true }),
  row('store16_k', 'a:i32 k:imm v:imm', 'M.setInt16((a >>> 0) + k, v, true)', { memory: true }),
  row('store8_k', 'a:i32 k:imm v:imm', 'M.setInt8((a >>> 0) + k, v)', { memory: true }),
  row('store32_at', 'e:imm b:i32', 'M.setInt32(e, b, true)', { memory: true }),
  // The high word first: when it does not fit, nothing has been written.
  row('store64', 'a:i32 k:imm b:i64', `${ADDRESS}; M.setInt32(e + 4, bh, true); M.setInt32(e, bl, true)`, { memory: true }),
  row('memory.size', 'd:i32', '', { result: 'M.byteLength >>> 16' }),
]

// ---- control ------------------------------------------------------------------------------------------------------

/** Sets up the callee's frame at `base` and goes to its entry. A call is one tick. */
const enterCallee = (entry: string): string => `R[base + l | 0] = pc + LENGTH | 0; R[base + l + 1 | 0] = fp
FRAME(base); depth = depth + 1 | 0; TICK(${entry})`
/** Moves `n` i32 units from `s` down to `d`: upwards is right, also when they overlap. No references. */
const COPY_DOWN = 'for (let i = 0; i < n; i = i + 1 | 0) R[d + i | 0] = R[s + i | 0]'
/** Moves `n` i32 units of arguments down to the frame's start and writes the saved link at the callee's place. */
const replaceFrame = (entry: string): string => `const p = fp + own | 0, rp = R[p], rf = R[p + 1 | 0]
for (let i = 0; i < n; i = i + 1 | 0) R[fp + i | 0] = R[s + i | 0]
R[fp + l | 0] = rp; R[fp + l + 1 | 0] = rf; TICK(${entry})`
/** Finds the function of an indirect call: `f`, or a trap. */
const LOOK_UP = `const x = i >>> 0, f = T.instance.tables[table].elements[x]
if (f == null || (f.typeId !== type && !matchesCanonical(f.typeId, type))) { const why = cannotCall(T, table, x); STOP(why) }`
const NOT_NULL = `const f = a
if (f === null) { STOP(TRAP['null function reference']) }`
const CALL_FAR = 'T.callee = f; T.base = base; STOP(STATUS.call)'
const TAIL_FAR = 'T.callee = f; T.base = s; T.ownLink = own; T.ownEnd = 0; STOP(STATUS.tailCall)'
const jumps = { jumps: true }
const last = { jumps: true, last: true }

const control: OpRow[] = [
  // The first two stand at pc 0 and 1 of every unit: where the outermost frame and a cross-instance callee return to.
  row('leave', '', 'STOP(STATUS.leave)', last),
  row('return_cross', '', 'STOP(STATUS.returnCross)', last),
  row('lazy', 'f:imm', 'STOP(STATUS.translate)', last),
  // Stands for code that the dispatch loop has not linked yet; never in the code itself.
  row('not_linked', '', 'STOP(STATUS.link)', last),
  row('nop', '', ''),
  row('unreachable', '', "STOP(TRAP['unreachable'])", last),
  row('tick', '', 'if ((ticks = ticks - 1 | 0) === 0) { STOP(STATUS.tick, pc + 1) }'),
  row('br', 't:target', TAKEN, last),
  row('br_loop', 't:target', TAKEN_LOOP, last),
  ...branchRows('i32', [{ name: 'a', kind: 'i32' }], '', 'a !== 0'),
  ...branchRows('not_i32', [{ name: 'a', kind: 'i32' }], '', 'a === 0'),
  ...branchRows('i32.and_k', parseOperands('a:i32 k:imm'), '', '(a & k) !== 0'),
  ...branchRows('not_i32.and_k', parseOperands('a:i32 k:imm'), '', '(a & k) === 0'),
  // These always jump over the branch itself: never back.
  row('br_if_null', 'a:ref t:target', `if (a === null) { ${TAKEN} }`),
  row('br_if_not_null', 'a:ref t:target', `if (a !== null) { ${TAKEN} }`),
  // Followed by count + 1 targets, the default last. Targets that are loops or need moves point at stubs.
  row('br_table', 'a:i32 count:imm', 'const x = a >>> 0; GO(code[pc + 3 + (x < count ? x : count) | 0])', last),
  // exact tier: a branch that carries values is one op; they move from s to d, n i32 units.
  row('br_copy', 't:target d:slot s:slot n:imm', `${COPY_DOWN}; ${TAKEN}`, last),
  row('br_copy_loop', 't:target d:slot s:slot n:imm', `${COPY_DOWN}; ${TAKEN_LOOP}`, last),
  row('br_if_copy', 'a:i32 t:target d:slot s:slot n:imm', `if (a !== 0) { ${COPY_DOWN}; ${TAKEN} }`),
  row('br_if_copy_loop', 'a:i32 t:target d:slot s:slot n:imm', `if (a !== 0) { ${COPY_DOWN}; ${TAKEN_LOOP} }`),
  // Frame size in i32 units; the locals from `z` on, `n` i32 units of them, start as zero.
  row(
    'enter',
    'size:imm z:imm n:imm',
    `if ((fp + size | 0) > limit || depth > maxDepth) { STOP(STATUS.stackFull) }
for (let i = fp + z | 0, end = i + n | 0; i < end; i = i + 1 | 0) R[i] = 0`,
  ),
  // The same for a function that holds references: their slots start as null.
  row(
    'enter_refs',
    'size:imm z:imm n:imm',
    `if ((fp + size | 0) > limit || depth > maxDepth) { STOP(STATUS.stackFull) }
for (let i = fp + z | 0, end = i + n | 0; i < end; i = i + 1 | 0) R[i] = 0
for (let i = (fp + z) >> 1, end = i + (n >> 1) | 0; i < end; i = i + 1 | 0) refs[i] = null`,
  ),
  row('return', 'l:imm', 'const q = fp + l | 0; RETURN(q)', last),
  // Slots from..to (unscaled) of the frame may hold references that must not outlive it.
  row(
    'return_refs',
    'l:imm from:imm to:imm',
    `for (let i = fd + from | 0, end = fd + to | 0; i < end; i = i + 1 | 0) refs[i] = null
const q = fp + l | 0; RETURN(q)`,
    last,
  ),
  // exact tier: a return with results is one op.
  row(
    'return_copy',
    's:slot n:imm l:imm from:imm to:imm',
    `${COPY_DOWN.replace('d + i', 'fp + i')}
for (let i = fd + from | 0, end = fd + to | 0; i < end; i = i + 1 | 0) refs[i] = null
const q = fp + l | 0; RETURN(q)`,
    last,
  ),
  row('call', 'f:imm base:slot l:imm', enterCallee('entry[f]'), jumps),
  row('call_import', 'f:imm base:slot', 'HOST(T.instance.funcs[f], base)'),
  row(
    'call_indirect',
    'type:imm table:imm i:i32 base:slot l:imm',
    `${LOOK_UP}\nif (f.instance !== T.instance) { ${CALL_FAR} }\n${enterCallee('entry[f.funcidx]')}`,
    jumps,
  ),
  row('call_ref', 'a:ref base:slot l:imm', `${NOT_NULL}\nif (f.instance !== T.instance) { ${CALL_FAR} }\n${enterCallee('entry[f.funcidx]')}`, jumps),
  // Tail calls: s = first argument, n = i32 units of arguments, l = the callee's link, own = this frame's link.
  // The far forms (cold ops) go through the driver: host functions, other instances, frames with references (in the slots below `end`).
  row('return_call', 'f:imm s:slot n:imm l:imm own:imm', replaceFrame('entry[f]'), last),
  row(
    'return_call_indirect',
    'type:imm table:imm i:i32 s:slot n:imm l:imm own:imm',
    `${LOOK_UP}\nif (f.instance !== T.instance) { ${TAIL_FAR} }\n${replaceFrame('entry[f.funcidx]')}`,
    last,
  ),
  // Only in code with an instrument (see compiler/instrument.ts). A counter is kept in the code itself: lo and hi are its halves
  // at first.
  row('count', 'lo:imm hi:imm', 'if ((code[pc + 1 | 0] = code[pc + 1 | 0] + 1 | 0) === 0) code[pc + 2 | 0] = code[pc + 2 | 0] + 1 | 0'),
  row('weigh', 'n:imm', 'T.work = T.work + n'),
  row(
    'probe',
    'k:imm',
    `T.pc = pc; T.fp = fp; T.ticks = ticks; T.depth = depth
T.unit!.probe!(T, k); M = T.instance.memory0.view`,
  ),
  row('ref.as_non_null', 'd:ref a:ref', "if (a === null) { STOP(TRAP['null reference']) }", { result: 'a' }),
]

// ---- structures, arrays, casts ------------------------------------------------------------------------------------
// What programs on the heap spend their time with; outside the loop it would take twice as long. The other widths are cold.

const STRUCT = "if (a === null) { STOP(TRAP['null structure reference']) }"
const ELEMENT = `const x = i >>> 0
if (a === null) { STOP(TRAP['null array reference']) }
if (x >= a.length) { STOP(TRAP['out of bounds array access']) }`
const heapRows: OpRow[] = [
  // `k` is the first word of the field.
  row('struct.get32', 'd:i32 a:ref k:imm', STRUCT, { result: 'getWord(a, k) as number' }),
  row('struct.get_ref', 'd:ref a:ref k:imm', STRUCT, { result: 'getWord(a, k)' }),
  row('struct.set32', 'a:ref k:imm v:i32', `${STRUCT}; setWord(a, k, v)`),
  row('struct.set_ref', 'a:ref k:imm b:ref', `${STRUCT}; setWord(a, k, b)`),
  row('array.get32', 'd:i32 a:ref i:i32', ELEMENT, { result: 'a.data[x]' }),
  row('array.get_ref', 'd:ref a:ref i:i32', ELEMENT, { result: 'a.data[x]' }),
  row('array.set32', 'a:ref i:i32 v:i32', `${ELEMENT}; a.data[x] = v`),
  row('array.set_ref', 'a:ref i:i32 b:ref', `${ELEMENT}; a.data[x] = b`),
  row('array.len', 'd:i32 a:ref', "if (a === null) { STOP(TRAP['null array reference']) }", { result: 'a.length' }),
  // `type` is a reference type with canonical ids.
  row('ref.test', 'd:i32 a:ref type:imm', '', { result: 'isOfType(a, type) ? 1 : 0' }),
  row('ref.cast', 'a:ref type:imm', "if (!isOfType(a, type)) { STOP(TRAP['cast failure']) }"),
]

// ---- cold ops: bodies in src/interp/cold/, same operand layout -----------------------------------------------------

const cold = (name: string, operands: string): OpRow => row(name, operands, '', { cold: true })
const coldRows: OpRow[] = [
  // A load or store of any memory with any offset: `opcode` is the Wasm instruction's, the offset is lo + hi * 2^32.
  cold('load_any', 'd:slot opcode:imm memory:imm lo:imm hi:imm a:slot'),
  cold('store_any', 'b:slot opcode:imm memory:imm lo:imm hi:imm a:slot'),
  cold('memory.size_any', 'd:slot memory:imm'),
  cold('memory.grow', 'd:slot memory:imm a:slot'),
  cold('memory.fill', 'memory:imm a:slot b:slot c:slot'),
  cold('memory.copy', 'memory:imm from:imm a:slot b:slot c:slot'),
  cold('memory.init', 'data:imm memory:imm a:slot b:slot c:slot'),
  cold('data.drop', 'data:imm'),
  cold('table.get', 'd:ref table:imm a:slot'),
  cold('table.set', 'table:imm a:slot b:ref'),
  cold('table.size', 'd:slot table:imm'),
  cold('table.grow', 'd:slot table:imm a:ref b:slot'),
  cold('table.fill', 'table:imm a:slot b:ref c:slot'),
  cold('table.copy', 'table:imm from:imm a:slot b:slot c:slot'),
  cold('table.init', 'elem:imm table:imm a:slot b:slot c:slot'),
  cold('elem.drop', 'elem:imm'),
  // Atomic accesses: `id` is the instruction's, the rest as in load_any. The operands are a, b, c in Wasm's order.
  cold('atomic.load', 'd:slot id:imm memory:imm lo:imm hi:imm a:slot'),
  cold('atomic.store', 'id:imm memory:imm lo:imm hi:imm a:slot b:slot'),
  cold('atomic.rmw', 'd:slot id:imm memory:imm lo:imm hi:imm a:slot b:slot'),
  cold('atomic.cmpxchg', 'd:slot id:imm memory:imm lo:imm hi:imm a:slot b:slot c:slot'),
  cold('atomic.notify', 'd:slot id:imm memory:imm lo:imm hi:imm a:slot b:slot'),
  cold('atomic.wait', 'd:slot id:imm memory:imm lo:imm hi:imm a:slot b:slot c:slot'),
  // Two results, the second in the slot behind `to`: no output that could be sent elsewhere.
  cold('i64.add128', 'to:slot a:slot b:slot c:slot e:slot'),
  cold('i64.sub128', 'to:slot a:slot b:slot c:slot e:slot'),
  cold('i64.mul_wide_s', 'to:slot a:slot b:slot'),
  cold('i64.mul_wide_u', 'to:slot a:slot b:slot'),
  cold('ref.func', 'd:ref f:imm'),
  cold('ref.eq', 'd:slot a:ref b:ref'),
  cold('ref.i31', 'd:ref a:i32'),
  cold('i31.get_s', 'd:i32 a:ref'),
  cold('i31.get_u', 'd:i32 a:ref'),
  // Structures and arrays: types are canonical ids, the number in a name is the width in bits.
  cold('struct.new', 'd:ref type:imm base:slot'),
  cold('struct.new_default', 'd:ref type:imm'),
  ...['get64', 'get128', 'get8_s', 'get8_u', 'get16_s', 'get16_u'].map((get) => cold(`struct.${get}`, 'd:slot a:ref k:imm')),
  ...['set64', 'set128'].map((set) => cold(`struct.${set}`, 'a:ref k:imm b:slot')),
  cold('array.new', 'd:ref type:imm n:slot v:slot'),
  cold('array.new_ref', 'd:ref type:imm n:slot v:ref'),
  cold('array.new_default', 'd:ref type:imm n:slot'),
  cold('array.new_fixed', 'd:ref type:imm n:imm base:slot'),
  cold('array.new_data', 'd:ref type:imm data:imm from:slot n:slot'),
  cold('array.new_elem', 'd:ref type:imm elem:imm from:slot n:slot'),
  cold('array.fill', 'a:ref i:slot v:slot n:slot'),
  cold('array.fill_ref', 'a:ref i:slot v:ref n:slot'),
  cold('array.copy', 'a:ref i:slot b:ref j:slot n:slot'),
  cold('array.init_data', 'data:imm a:ref i:slot from:slot n:slot'),
  cold('array.init_elem', 'elem:imm a:ref i:slot from:slot n:slot'),
  ...['get64', 'get128', 'get8_s', 'get8_u', 'get16_s', 'get16_u'].map((get) => cold(`array.${get}`, 'd:slot a:ref i:slot')),
  ...['set64', 'set128', 'set8', 'set16'].map((set) => cold(`array.${set}`, 'a:ref i:slot b:slot')),
  // The same for vectors: `access` is the instruction's subopcode in bits 0 to 7 and its lane from bit 8 on.
  cold('vector_load_any', 'd:slot access:imm memory:imm lo:imm hi:imm a:slot b:slot'),
  cold('vector_store_any', 'b:slot access:imm memory:imm lo:imm hi:imm a:slot'),
  cold('return_call_far', 'f:imm s:slot own:imm end:imm'),
  cold('return_call_indirect_far', 'type:imm table:imm i:slot s:slot own:imm end:imm'),
  cold('return_call_ref_far', 'a:ref s:slot own:imm end:imm'),
  // The values of a throw lie at `a`.
  cold('throw', 'tag:imm a:slot'),
  cold('throw_ref', 'a:ref'),
  // A throw that a catch in the same function takes: goes on with the branch to it. When somebody watches, or a turn may end here, it is a
  // throw like others.
  cold('throw_known', 'tag:imm a:slot'),
  // Stack switching: operands and what comes back lie at `base`; `type` is the continuation's function type, `clauses` an index.
  cold('cont.new', 'd:ref a:ref'),
  cold('cont.bind', 'd:ref a:ref count:imm base:slot'),
  cold('suspend', 'tag:imm base:slot'),
  cold('resume', 'a:ref base:slot type:imm clauses:imm'),
  cold('resume_throw', 'a:ref tag:imm base:slot type:imm clauses:imm'),
  cold('resume_throw_ref', 'a:ref b:ref base:slot type:imm clauses:imm'),
  cold('switch', 'a:ref tag:imm base:slot type:imm'),
  // Only in code of a debugger, in place of the op that it stops at: a cold op, so that the loop knows nothing of it.
  cold('break', ''),
]

/** All ops in the order of their numbers: hot ones first, then those of the vector loop, then the cold ones. `leave` and `return_cross` are 0 and 1. */
export function allRows(): OpRow[] {
  const rows = [...control, ...moves, ...memoryRows, ...heapRows, ...numericRows(), ...vectorRows(), ...coldRows]
  const names = new Set<string>()
  for (const { name } of rows) {
    if (names.has(name)) throw new Error(`two ops are called ${name}`)
    names.add(name)
  }
  return rows
}
