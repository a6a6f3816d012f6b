/**
 * Loads and stores of all widths, growth, bulk operations (spec §4.6.6), on memories with 32-bit and 64-bit addresses. In tame
 * programs all addresses are in bounds; else most are, and some at the very end.
 */
import { type Instruction, instructions } from '../../../src/spec/instructions.ts'
import { type ValType, I32, I64, isNum } from '../../../src/spec/types.ts'
import { type Body, wideConst, type Family, type Maker, type Statement } from '../body.ts'

const accesses = instructions.filter(
  ({ type, immediates, feature }) => immediates.length === 1 && immediates[0] === 'memarg' && feature === 'mvp' && type !== undefined,
)
const loads: readonly Instruction[] = accesses.filter((i) => i.type!.results.length === 1)
const stores: readonly Instruction[] = accesses.filter((i) => i.type!.results.length === 0)

/** Bytes that a memory has for sure. */
const bytesOf = (b: Body, memory: number): number => b.shape.memories[memory]!.limits.min * 2 ** b.shape.memories[memory]!.pageSizeLog2
const is64 = (b: Body, memory: number): boolean => b.shape.memories[memory]!.limits.is64
export const addressTypeOf = (b: Body, memory: number): ValType => (is64(b, memory) ? I64 : I32)

/** A memory; in a tame program one that has a page at least. -1 for none. */
export function anyMemory(b: Body): number {
  return b.pickOr(b.shape.memories.flatMap((_, i) => (b.shape.wild || bytesOf(b, i) > 0 ? [i] : [])))
}

/** A constant of the memory's address type. */
function place(b: Body, memory: number, value: number): void {
  wideConst(b, is64(b, memory), value)
}
/** Makes an i32 on top an address. */
function widen(b: Body, memory: number): void {
  if (is64(b, memory)) b.op('i64.extend_i32_u', [I32], [I64])
}

/** Pushes an address for an access of `width` bytes. Gives the largest offset with which it is in bounds, -1 if it is not. */
export function accessOperand(b: Body, memory: number, width: number): number {
  const size = bytesOf(b, memory)
  const c = b.r.below(100)
  if (c < 50 || (c >= 85 && c < 97)) {
    const mask = c < 50 ? b.r.pick([0x3f, 0xff, 0xfff, 0x7fff]) : b.shape.wild ? 0xffff : 0x7ffc
    const local = c < 50 ? -1 : b.localOf(I32)
    if (local < 0) b.produce(I32)
    else b.op('local.get', [], [I32], { index: local })
    b.op('i32.const', [], [I32], { lo: mask })
    b.op('i32.and', [I32, I32], [I32])
    widen(b, memory)
    return size - width - mask
  }
  if (c < 80 || !b.shape.wild) {
    const at = c < 65 ? b.r.below(300) : size - width - b.r.pick([0, 0, 1, 2, 3, 8, 20])
    place(b, memory, at)
    return size - width - at
  }
  if (c < 85) place(b, memory, size - b.r.between(-2, width + 1))
  else b.produce(addressTypeOf(b, memory))
  return -1
}

/** Immediates of an access whose offset may be `room`, or a little less or more. */
export function memarg(b: Body, memory: number, row: Instruction, room: number): { lo: number; hi: number; align: number; memory: number } {
  const c = b.r.below(100)
  let offset = c < 40 ? 0 : c < 85 ? b.r.below(64) : c < 93 ? b.r.pick([0x8000, 0xfffc, 0xfff8, 0x7fff, 0xff00]) : room
  if (b.risk(5)) offset = b.r.pick([0x10000, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff8])
  else if (!b.shape.wild) offset = Math.max(0, Math.min(offset, room))
  const far = is64(b, memory) && b.risk(3) ? b.r.pick([1, -1, 0x200000]) : 0
  return { lo: offset | 0, hi: far, align: b.r.below(Math.log2(row.width) + 1), memory }
}

const load: Maker = (b, type) => {
  const memory = anyMemory(b)
  if (memory < 0 || !isNum(type)) return false
  const row = b.r.pick(loads.filter((i) => i.type!.results[0] === type))
  const room = accessOperand(b, memory, row.width)
  b.op(row.name, [addressTypeOf(b, memory)], [type], memarg(b, memory, row, room))
  return true
}
const store: Statement = (b) => {
  const memory = anyMemory(b)
  if (memory < 0) return false
  const row = b.r.pick(stores)
  const value = row.type!.params[1]!
  const room = accessOperand(b, memory, row.width)
  b.produce(value)
  b.showsFloat(value)
  b.op(row.name, [addressTypeOf(b, memory), value], [], memarg(b, memory, row, room))
  return true
}
/** A store whose address and value come from wherever: the value may have been on the stack before. */
const storeAny: Statement = (b) => {
  if (b.shape.memories.length === 0 || !b.risk(40)) return false
  const row = b.r.pick(stores)
  const value = row.type!.params[1]!
  const type = addressTypeOf(b, 0)
  b.need([type, value])
  b.showsFloat(value)
  b.op(row.name, [type, value], [], memarg(b, 0, row, 0))
  return true
}

/** Pushes the address `k` bytes before the end of a memory. */
function fromEnd(b: Body, memory: number, k: number): void {
  const type = addressTypeOf(b, memory)
  const word = type === I64 ? 'i64' : 'i32'
  b.op('memory.size', [], [type], { index: memory })
  place(b, memory, b.shape.memories[memory]!.pageSizeLog2)
  b.op(`${word}.shl`, [type, type], [type])
  place(b, memory, k)
  b.op(`${word}.sub`, [type, type], [type])
}
/** An access across the end of a memory, wherever that is by now. Nothing may be written. */
const straddle: Statement = (b) => {
  const memory = anyMemory(b)
  if (memory < 0 || !b.risk(40)) return false
  const isStore = b.r.chance(70)
  const row = b.r.pick((isStore ? stores : loads).filter((i) => i.width > (b.r.chance(60) ? 4 : 1)))
  const type = addressTypeOf(b, memory)
  fromEnd(b, memory, b.r.between(1, row.width))
  const [, value] = row.type!.params
  if (value !== undefined) {
    b.produce(value)
    b.showsFloat(value)
  }
  b.op(row.name, [type, ...(value === undefined ? [] : [value])], row.type!.results, { lo: 0, hi: 0, align: 0, memory })
  return true
}

/** A bulk operation that ends at the end of a memory, wherever that is by now, or one byte behind it. */
const bulkEdge: Statement = (b) => {
  const memory = anyMemory(b)
  if (memory < 0 || !b.risk(35)) return false
  const k = b.r.below(9)
  const n = k + b.r.pick([0, 1, 1])
  const type = addressTypeOf(b, memory)
  fromEnd(b, memory, k)
  if (b.r.chance(50)) {
    b.produce(I32)
    place(b, memory, n)
    b.op('memory.fill', [type, I32, type], [], { index: memory })
  } else {
    if (b.r.chance(50)) place(b, memory, 0)
    else fromEnd(b, memory, k)
    place(b, memory, n)
    b.op('memory.copy', [type, type, type], [], { index: memory, index2: memory })
  }
  return true
}

/** A length, as an i32 or i64; when `most` is given and the program tame, at most that. */
function length(b: Body, wide: boolean, most: number): void {
  if (!b.shape.wild) wideConst(b, wide, Math.min(most, b.r.pick([0, 1, 2, 7, 8, 16, 100, 300, most])))
  else if (b.r.chance(85)) wideConst(b, wide, b.r.pick([0, 1, 2, 7, 8, 16, 100, 300]))
  else if (b.r.chance(50)) wideConst(b, wide, b.r.pick([65536, 65535, 40000, 70000, 131072, -1]))
  else b.produce(wide ? I64 : I32)
}

const fill: Statement = (b) => {
  const memory = anyMemory(b)
  if (memory < 0 || b.r.chance(50)) return false
  const type = addressTypeOf(b, memory)
  if (b.r.chance(10)) {
    place(b, memory, b.r.below(3))
    b.produce(I32)
    place(b, memory, b.shape.wild ? b.r.pick([65533, 65534, 65536, 131000]) : b.r.pick([65533, 65534]))
  } else {
    const room = accessOperand(b, memory, 0)
    b.produce(I32)
    length(b, is64(b, memory), room)
  }
  b.op('memory.fill', [type, I32, type], [], { index: memory })
  return true
}
const copy: Statement = (b) => {
  const [to, from] = [anyMemory(b), anyMemory(b)]
  if (to < 0 || b.r.chance(50)) return false
  const roomTo = accessOperand(b, to, 0)
  const roomFrom = accessOperand(b, from, 0)
  // The length has the narrower of the two address types.
  const wide = is64(b, to) && is64(b, from)
  length(b, wide, Math.min(roomTo, roomFrom))
  b.op('memory.copy', [addressTypeOf(b, to), addressTypeOf(b, from), wide ? I64 : I32], [], { index: to, index2: from })
  return true
}
const init: Statement = (b) => {
  const memory = anyMemory(b)
  const data = b.pickOr(b.shape.datas.map((_, i) => i))
  if (memory < 0 || data < 0 || b.r.chance(50)) return false
  accessOperand(b, memory, 8)
  // Active segments are dropped: nothing can be copied from them but nothing.
  const { mode, bytes } = b.shape.datas[data]!
  const there = mode === 'passive' ? bytes.length : 0
  const from = b.shape.wild ? b.r.below(8) : b.r.below(there + 1)
  b.op('i32.const', [], [I32], { lo: from })
  b.op('i32.const', [], [I32], { lo: b.shape.wild ? (b.r.chance(50) ? 0 : b.r.below(9)) : b.r.below(Math.min(there - from, 8) + 1) })
  b.op('memory.init', [addressTypeOf(b, memory), I32, I32], [], { index: data, index2: memory })
  return true
}
/** One byte, or none, of a segment that is no longer there. */
const afterDrop: Statement = (b) => {
  const memory = anyMemory(b)
  if (memory < 0 || b.shape.datas.length === 0 || !b.risk(25)) return false
  const index = b.r.below(b.shape.datas.length)
  b.raw('data.drop', { index })
  place(b, memory, 16)
  b.op('i32.const', [], [I32], { lo: 0 })
  b.op('i32.const', [], [I32], { lo: b.r.pick([0, 1, 1]) })
  b.op('memory.init', [addressTypeOf(b, memory), I32, I32], [], { index, index2: memory })
  return true
}
const dataDrop: Statement = (b) => {
  const data = b.pickOr(b.shape.datas.flatMap((d, i) => (b.shape.wild || d.mode === 'active' ? [i] : [])))
  if (data < 0 || b.r.chance(70)) return false
  b.raw('data.drop', { index: data })
  return true
}
const size: Maker = (b, type) => {
  const memory = b.pickOr(b.shape.memories.flatMap((_, i) => (addressTypeOf(b, i) === type ? [i] : [])))
  if (memory < 0) return false
  b.op('memory.size', [], [type], { index: memory })
  return true
}
const grow: Maker = (b, type) => {
  const memory = b.pickOr(b.shape.memories.flatMap((_, i) => (addressTypeOf(b, i) === type ? [i] : [])))
  if (memory < 0 || b.r.chance(50)) return false
  if (b.r.chance(80)) place(b, memory, b.r.pick([0, 1, 1, 2, -1, 0x10000, 0xffff]))
  else b.produce(type)
  b.op('memory.grow', [type], [type], { index: memory })
  return true
}

export const memory: Family = {
  statements: [store, store, store, storeAny, straddle, straddle, bulkEdge, fill, copy, init, dataDrop, afterDrop],
  makers: (type) => (type === I32 || type === I64 ? [load, load, size, grow] : isNum(type) ? [load, load] : []),
}
