/**
 * Vectors (spec §4.6.10): every instruction of the table on v128. Lanes that are NaN are made canonical right after what made
 * them, in all programs: which bits they have is left open by the spec.
 */
import { ADDR, type Instruction, instructions } from '../../../src/spec/instructions.ts'
import { type ValType, F32, F64, I32, I64, V128 } from '../../../src/spec/types.ts'
import type { Body, Family, Maker, Statement } from '../body.ts'
import { f32Bits, f64Bits, i32Bits } from '../random.ts'
import { accessOperand, addressTypeOf, anyMemory, memarg } from './memory.ts'

const vectors = instructions.filter((i) => i.feature === 'simd' && i.name !== 'v128.const')
const relaxed = instructions.filter((i) => i.feature === 'relaxed-simd')
const isAccess = (i: Instruction): boolean => i.type!.params.includes(ADDR)
const accesses = vectors.filter(isAccess)
const plain = vectors.filter((i) => !isAccess(i))

/** The lanes that arithmetic of floats may have made NaN. */
const madeFloats = /^(f32x4|f64x2)\.(ceil|floor|trunc|nearest|sqrt|add|sub|mul|div|min|max|demote|promote|relaxed)/

/** Lanes of all kinds: small and large integers, floats with NaNs. */
function bits(b: Body): Uint8Array {
  const view = new DataView(new ArrayBuffer(16))
  const kind = b.r.below(4)
  for (let lane = 0; lane < 4; lane++) {
    if (kind < 2) view.setInt32(4 * lane, kind === 0 ? i32Bits(b.r) : f32Bits(b.r), true)
    else if (kind === 2) for (let k = 0; k < 4; k++) view.setUint8(4 * lane + k, b.r.pick([0, 1, 2, 0x7f, 0x80, 0xff, b.r.below(256)]))
    else if (lane % 2 === 0) {
      const [lo, hi] = f64Bits(b.r)
      view.setInt32(4 * lane, lo, true)
      view.setInt32(4 * lane + 4, hi, true)
    }
  }
  return new Uint8Array(view.buffer)
}
export function vectorConstant(b: Body): void {
  b.op('v128.const', [], [V128], { vector: bits(b) })
}

function canonicalLanes(b: Body, shape: string): void {
  const index = b.scratchLocal(V128)
  const vector = new Uint8Array(16)
  const view = new DataView(vector.buffer)
  for (let at = 0; at < 16; at += 8) {
    view.setUint32(at, shape === 'f32x4' ? 0x7fc00000 : 0, true)
    view.setUint32(at + 4, shape === 'f32x4' ? 0x7fc00000 : 0x7ff80000, true)
  }
  b.raw('local.tee', { index })
  b.raw('v128.const', { vector })
  b.raw('local.get', { index })
  b.raw('local.get', { index })
  b.raw(`${shape}.eq`)
  b.raw('v128.bitselect')
}

/** Lanes of a shuffle: any bytes, or whole words. */
function shuffle(b: Body): Uint8Array {
  const words = Array.from({ length: 4 }, () => 4 * b.r.below(8))
  return b.r.chance(60)
    ? Uint8Array.from({ length: 16 }, () => b.r.below(32))
    : Uint8Array.from({ length: 16 }, (_, i) => words[i >> 2]! + (i & 3))
}

/** The instruction, its operands being on the stack. */
function emit(b: Body, row: Instruction): void {
  const { params, results } = row.type!
  // Scalars that become lanes show their bits.
  if (/^f..x.\.(splat|replace_lane)$/.test(row.name)) b.showsFloat(params[params.length - 1]!)
  const lanes = 16 / (Number(/^[if](\d+)x/.exec(row.name)?.[1] ?? 128) / 8)
  b.op(row.name, params, results, {
    lane: b.r.below(Math.max(1, lanes)),
    vector: shuffle(b),
  })
  const made = madeFloats.exec(row.name)
  if (made !== null) canonicalLanes(b, /^f64x2\.promote|^f64x2/.test(row.name) ? 'f64x2' : 'f32x4')
}

/** Makes the vector on top one of whole numbers of `bits` bits, not negative if that is how `row` reads them. */
function wholeLanes(b: Body, row: Instruction, bits: number): void {
  b.op('i32.const', [], [I32], { lo: 32 - bits })
  b.op(row.name.includes('_u') ? 'i32x4.shr_u' : 'i32x4.shr_s', [V128, I32], [V128])
  const shape = /^f64x2|f64x2_[su]/.test(row.name) ? 'f64x2.convert_low_i32x4' : 'f32x4.convert_i32x4'
  b.op(row.name.includes('_u') ? `${shape}_u` : `${shape}_s`, [V128], [V128])
}
function mask(b: Body, byte: number): void {
  b.op('v128.const', [], [V128], { vector: new Uint8Array(16).fill(byte) })
  b.op('v128.and', [V128, V128], [V128])
}
function shift(b: Body, row: Instruction, by: number): void {
  b.op('i32.const', [], [I32], { lo: by })
  b.op(`${row.name.slice(0, row.name.indexOf('.'))}.shr_s`, [V128, I32], [V128])
}
/** Makes the operand number `nth` of a relaxed instruction, which is on top, one with which its result is not left open. */
function agree(b: Body, row: Instruction, nth: number): void {
  if (/trunc|min|max/.test(row.name)) wholeLanes(b, row, 31)
  else if (/madd/.test(row.name)) wholeLanes(b, row, 10)
  else if (/swizzle/.test(row.name) && nth === 1) mask(b, 0x0f)
  else if (/dot/.test(row.name) && nth === 1) mask(b, 0x7f)
  else if (/q15mulr/.test(row.name)) shift(b, row, 1)
  else if (/laneselect/.test(row.name) && nth === 2) shift(b, row, 128 / Number(/x(\d+)\./.exec(row.name)![1]) - 1)
}

function tree(b: Body, type: ValType, depth: number, rows: readonly Instruction[]): void {
  if (type !== V128) return b.produce(type)
  if (depth === 0 || b.r.chance(20)) {
    if (b.r.chance(60)) vectorConstant(b)
    else b.simple(V128)
    return
  }
  compute(b, b.r.pick(rows), depth - 1, rows)
}
const giving = new Map([I32, I64, F32, F64, V128].map((t) => [t, plain.filter((i) => i.type!.results[0] === t)]))
function compute(b: Body, row: Instruction, depth: number, rows: readonly Instruction[]): void {
  row.type!.params.forEach((param, nth) => {
    tree(b, param, depth, rows)
    if (row.feature === 'relaxed-simd' && !b.shape.open) agree(b, row, nth)
  })
  emit(b, row)
}

const toVector: Maker = (b) => {
  compute(b, b.r.pick(giving.get(V128)!), b.r.below(2), giving.get(V128)!)
  return true
}
const fromVector: Maker = (b, type) => {
  compute(b, b.r.pick(giving.get(type)!), b.r.below(2), giving.get(V128)!)
  return true
}
const computeAny =
  (roots: readonly Instruction[], nodes: readonly Instruction[]): Statement =>
  (b) => {
    compute(b, b.r.pick(roots), b.r.below(3), nodes)
    if (b.r.chance(85)) b.observe()
    return true
  }

const computeVector = computeAny(plain, giving.get(V128)!)

/** A load or store of any kind, of whole vectors, of parts of them, or of one lane. */
const access: Statement = (b) => {
  const memory = anyMemory(b)
  if (memory < 0) return false
  const row = b.r.pick(accesses)
  const { params, results } = row.type!
  const room = accessOperand(b, memory, row.width)
  if (params.length > 1) tree(b, V128, 1, giving.get(V128)!)
  const lane = b.r.below(Math.max(1, 16 / row.width))
  b.op(row.name, [addressTypeOf(b, memory), ...params.slice(1)], results, { ...memarg(b, memory, row, room), lane })
  if (results.length > 0 && b.r.chance(85)) b.observe()
  return true
}

export const simd: Family = {
  feature: 'simd',
  preludes: [computeVector, computeVector, computeVector, access],
  statements: [...Array.from({ length: 8 }, () => computeVector), access, access, access, access],
  makers: (type) => (type === V128 ? [toVector, toVector] : giving.has(type) ? [fromVector] : []),
}
const computeRelaxed = computeAny(relaxed, [...relaxed, ...giving.get(V128)!])
/** In programs that are `open` also with operands for which results are left open: vitrine has one fixed choice, other engines have others. */
export const relaxedSimd: Family = {
  feature: 'relaxed-simd',
  preludes: [computeRelaxed, computeRelaxed],
  statements: [computeRelaxed, computeRelaxed],
  makers: () => [],
}
