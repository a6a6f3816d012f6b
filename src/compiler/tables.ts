/**
 * Tables from Wasm instructions and ops to ops, made from the names once at import. The translator looks things up here;
 * nothing else knows how op names are put together.
 */
import { OP, opNames } from '../ops/op-table.ts'
import { type Instruction, byName, instructions } from '../spec/instructions.ts'

/** Op number by name; a typo is an error at import. */
export function op(name: string): number {
  const n = OP[name]
  if (n === undefined) throw new Error(`no op is called ${name}`)
  return n
}

const none = -1
const byInstruction = (nameOf: (i: Instruction) => string): Int32Array => Int32Array.from(instructions, (i) => OP[nameOf(i)] ?? none)

/** Register form of a numeric instruction, by instruction id, or -1. */
export const numericOp: Int32Array = byInstruction((i) => (i.type === undefined || i.immediates.length > 0 ? '' : i.name))
/** The form with a constant second operand. */
export const numericOpK: Int32Array = byInstruction((i) => (i.type === undefined || i.immediates.length > 0 ? '' : `${i.name}_k`))

/** Instructions whose operands may change places, and what they are then called. */
const commutative = ['add', 'mul', 'and', 'or', 'xor']
const mirrored: Record<string, string> = {
  eq: 'eq',
  ne: 'ne',
  lt: 'gt',
  gt: 'lt',
  le: 'ge',
  ge: 'le',
  lt_s: 'gt_s',
  gt_s: 'lt_s',
  le_s: 'ge_s',
  ge_s: 'le_s',
  lt_u: 'gt_u',
  gt_u: 'lt_u',
  le_u: 'ge_u',
  ge_u: 'le_u',
}
/** By instruction id: the instruction id that computes the same with its operands swapped, or -1. Float arithmetic has none: NaN bits depend on the order. */
export const swapped: Int32Array = Int32Array.from(instructions, ({ id, name }) => {
  const [type, rest] = name.split('.') as [string, string | undefined]
  if (!/^[if](32|64)$/.test(type) || rest === undefined) return none
  if (type.startsWith('i') && commutative.includes(rest)) return id
  return mirrored[rest] === undefined ? none : byName.get(`${type}.${mirrored[rest]}`)!.id
})
/** By instruction id, comparisons without a `_k` form: the instruction that gives the same result with the constant plus one, or -1. */
const plusOne: Record<string, string> = { gt_s: 'ge_s', gt_u: 'ge_u', le_s: 'lt_s', le_u: 'lt_u' }
export const withNext: Int32Array = Int32Array.from(instructions, ({ name }) => {
  const [type, rest] = name.split('.') as [string, string | undefined]
  if ((type !== 'i32' && type !== 'i64') || rest === undefined || plusOne[rest] === undefined) return none
  return byName.get(`${type}.${plusOne[rest]}`)!.id
})
/** By instruction id: whether a comparison reads its operands as unsigned. */
export const isUnsigned: readonly boolean[] = instructions.map((i) => i.name.endsWith('_u'))

/** Integer comparisons by what they are when negated; on registers some also swap their operands, as `a >= b` is `b <= a`. */
const inverseOnRegisters: Record<string, string> = { eq: 'ne', ne: 'eq', lt_s: 'le_s', le_s: 'lt_s', lt_u: 'le_u', le_u: 'lt_u' }
const inverseOnConstant: Record<string, string> = { eq: 'ne', ne: 'eq', lt_s: 'ge_s', ge_s: 'lt_s', lt_u: 'ge_u', ge_u: 'lt_u' }
/** `i32.lt_s_k` → `i32.ge_s_k`, `i32.lt_s` → `i32.le_s` (swapped); undefined where there is no inverse (floats). */
function inverseName(name: string): string | undefined {
  const m = /^(i32|i64)\.([a-z]+(?:_[su])?)(_k)?$/.exec(name)
  if (m === null) return undefined
  const other = (m[3] === '_k' ? inverseOnConstant : inverseOnRegisters)[m[2]!]
  return other === undefined ? undefined : `${m[1]}.${other}${m[3] ?? ''}`
}
const byOp = (nameOf: (name: string) => string | undefined): Int32Array =>
  Int32Array.from(opNames, (name) => OP[nameOf(name) ?? ''] ?? none)
/** By op: the comparison that gives the opposite result, or -1. */
export const inverseOp: Int32Array = byOp(inverseName)
/** By op: whether the inverse, also as a branch, has its two operands swapped. */
export const inverseSwaps: readonly boolean[] = opNames.map((name) => /^(i32|i64)\.(lt|le)_[su]$/.test(name))
/** By op: the branch that is taken when its result is true, and the one when it is false; -1 where nothing fuses. */
export const branchIf: Int32Array = byOp((name) => (name === 'i32.eqz' ? 'br_if_not_i32' : `br_if_${name}`))
export const branchIfNot: Int32Array = byOp((name) => (name === 'i32.eqz' ? 'br_if_i32' : (inverseBranch(name) ?? `br_if_not_${name}`)))
function inverseBranch(name: string): string | undefined {
  const other = inverseName(name)
  return other === undefined ? undefined : `br_if_${other}`
}
/** By branch op: its twin for back-edges, which takes a tick. */
export const loopTwin: Int32Array = byOp((name) => `${name}_loop`)

interface Access {
  readonly op: string
  /** Bytes of a constant-address form. */
  readonly at?: string
  readonly k?: string
}
const accesses: Record<string, Access> = {
  'i32.load': { op: 'load32', at: 'load32_at' },
  'f32.load': { op: 'load32', at: 'load32_at' },
  'i64.load': { op: 'load64', at: 'load64_at' },
  'f64.load': { op: 'f64.load', at: 'f64.load_at' },
  'i32.load8_s': { op: 'load8_s', at: 'load8_s_at' },
  'i32.load8_u': { op: 'load8_u', at: 'load8_u_at' },
  'i32.load16_s': { op: 'load16_s', at: 'load16_s_at' },
  'i32.load16_u': { op: 'load16_u', at: 'load16_u_at' },
  'i64.load8_s': { op: 'i64.load8_s' },
  'i64.load8_u': { op: 'i64.load8_u' },
  'i64.load16_s': { op: 'i64.load16_s' },
  'i64.load16_u': { op: 'i64.load16_u' },
  'i64.load32_s': { op: 'i64.load32_s' },
  'i64.load32_u': { op: 'i64.load32_u' },
  'i32.store': { op: 'store32', at: 'store32_at', k: 'store32_k' },
  'f32.store': { op: 'store32', at: 'store32_at', k: 'store32_k' },
  'i64.store': { op: 'store64' },
  'f64.store': { op: 'f64.store' },
  'i32.store8': { op: 'store8', k: 'store8_k' },
  'i32.store16': { op: 'store16', k: 'store16_k' },
  'i64.store8': { op: 'store8', k: 'store8_k' },
  'i64.store16': { op: 'store16', k: 'store16_k' },
  'i64.store32': { op: 'store32', at: 'store32_at', k: 'store32_k' },
}
/** Op of a scalar load or store of memory 0; its forms with a constant address, and with a constant value; -1 for none. */
export const accessOp: Int32Array = byInstruction((i) => accesses[i.name]?.op ?? '')
export const accessOpAt: Int32Array = byInstruction((i) => accesses[i.name]?.at ?? '')
export const accessOpK: Int32Array = byInstruction((i) => accesses[i.name]?.k ?? '')
