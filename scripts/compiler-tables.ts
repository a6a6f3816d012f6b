/**
 * Tables from Wasm instructions and ops to ops, made from the names of both: nothing else knows how names of ops are put
 * together. Written by gen-executors.ts; src/compiler/tables.ts says what each is for.
 */
import { type Instruction, byName, instructions } from '../src/spec/instructions.ts'

const none = -1

/** Instructions whose operands may change places, and what they are then called. Float arithmetic has none: NaN bits depend on the order. */
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
function swapped({ id, name }: Instruction): number {
  const [type, rest] = name.split('.') as [string, string | undefined]
  if (!/^[if](32|64)$/.test(type) || rest === undefined) return none
  if (type.startsWith('i') && commutative.includes(rest)) return id
  return mirrored[rest] === undefined ? none : byName.get(`${type}.${mirrored[rest]}`)!.id
}
const plusOne: Record<string, string> = { gt_s: 'ge_s', gt_u: 'ge_u', le_s: 'lt_s', le_u: 'lt_u' }
function withNext({ name }: Instruction): number {
  const [type, rest] = name.split('.') as [string, string | undefined]
  if ((type !== 'i32' && type !== 'i64') || rest === undefined || plusOne[rest] === undefined) return none
  return byName.get(`${type}.${plusOne[rest]}`)!.id
}

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
function inverseBranch(name: string): string | undefined {
  const other = inverseName(name)
  return other === undefined ? undefined : `br_if_${other}`
}

interface Access {
  readonly op: string
  /** With a constant address. */
  readonly at?: string
  /** With a constant value. */
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

/** All tables of src/compiler/tables.ts by their names there; -1 stands for nothing. `opNames`: in the order of their numbers. */
export function compilerTables(opNames: readonly string[]): Record<string, readonly number[]> {
  const numbers = new Map(opNames.map((name, i) => [name, i]))
  const byInstruction = (nameOf: (i: Instruction) => string | undefined): number[] =>
    instructions.map((i) => numbers.get(nameOf(i) ?? '') ?? none)
  const byOp = (nameOf: (name: string) => string | undefined): number[] => opNames.map((name) => numbers.get(nameOf(name) ?? '') ?? none)
  return {
    opOf: byInstruction((i) => i.name),
    opOfK: byInstruction((i) => `${i.name}_k`),
    swapped: instructions.map(swapped),
    withNext: instructions.map(withNext),
    inverseOp: byOp(inverseName),
    inverseSwaps: opNames.map((name) => (/^(i32|i64)\.(lt|le)_[su]$/.test(name) ? 1 : none)),
    branchIf: byOp((name) => (name === 'i32.eqz' ? 'br_if_not_i32' : `br_if_${name}`)),
    branchIfNot: byOp((name) => (name === 'i32.eqz' ? 'br_if_i32' : (inverseBranch(name) ?? `br_if_not_${name}`))),
    loopTwin: byOp((name) => `${name}_loop`),
    accessOp: byInstruction((i) => accesses[i.name]?.op),
    accessOpAt: byInstruction((i) => accesses[i.name]?.at),
    accessOpK: byInstruction((i) => accesses[i.name]?.k),
  }
}
