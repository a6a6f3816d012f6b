/** Loads and stores of all widths, growth, bulk operations (spec §4.6.6). Most addresses are in bounds, some at the very end. */
import { type Instruction, instructions } from '../../../src/spec/instructions.ts'
import { type ValType, I32, isNum } from '../../../src/spec/types.ts'
import type { Body } from '../body.ts'
import type { Maker, Statement } from './index.ts'

const accesses = instructions.filter(
  ({ type, immediates, feature }) => immediates.length === 1 && immediates[0] === 'memarg' && feature === 'mvp' && type !== undefined,
)
export const loads: readonly Instruction[] = accesses.filter((i) => i.type!.results.length === 1)
export const stores: readonly Instruction[] = accesses.filter((i) => i.type!.results.length === 0)

function anyMemory(b: Body): number {
  return b.shape.memories.length === 0 ? -1 : b.r.below(b.shape.memories.length)
}

/** Pushes an address. */
export function address(b: Body, memory: number, width: number): void {
  const size = b.shape.memories[memory]!.limits.min * 65536
  const c = b.r.below(100)
  if (c < 45) {
    b.produce(I32)
    b.op('i32.const', [], [I32], { lo: b.r.pick([0x3f, 0xff, 0xfff, 0x7fff]) })
    b.op('i32.and', [I32, I32], [I32])
  } else if (c < 65) b.op('i32.const', [], [I32], { lo: b.r.below(300) })
  else if (c < 80) b.op('i32.const', [], [I32], { lo: size - width - b.r.pick([0, 0, 1, 2, 3, 8, 20]) })
  else if (c < 84) b.op('i32.const', [], [I32], { lo: size - b.r.between(-2, width + 1) })
  else if (c < 96) {
    const local = b.localOf(I32)
    if (local < 0) b.op('i32.const', [], [I32], { lo: 16 })
    else b.op('local.get', [], [I32], { index: local })
    b.op('i32.const', [], [I32], { lo: 0xffff })
    b.op('i32.and', [I32, I32], [I32])
  } else b.produce(I32)
}

function memarg(b: Body, memory: number, row: Instruction): { lo: number; hi: number; align: number; memory: number } {
  const c = b.r.below(100)
  const offset =
    c < 45
      ? 0
      : c < 90
        ? b.r.below(64)
        : c < 97
          ? b.r.pick([0x8000, 0xfffc, 0xfff8, 0x7fff, 0xff00])
          : b.r.pick([0x10000, 0x7fffffff, 0x80000000, 0xffffffff, 0xfffffff8])
  return { lo: offset | 0, hi: 0, align: b.r.below(Math.log2(row.width) + 1), memory }
}

const load: Maker = (b, type) => {
  const memory = anyMemory(b)
  if (memory < 0 || !isNum(type)) return false
  const row = b.r.pick(loads.filter((l) => l.type!.results[0] === type))
  address(b, memory, row.width)
  b.op(row.name, [I32], [type], memarg(b, memory, row))
  return true
}
const store: Statement = (b) => {
  const memory = anyMemory(b)
  if (memory < 0) return false
  const row = b.r.pick(stores)
  const value = row.type!.params[1]!
  address(b, memory, row.width)
  b.produce(value)
  b.showsFloat(value)
  b.op(row.name, [I32, value], [], memarg(b, memory, row))
  return true
}
/** A store whose address and value come from wherever: the value may have been on the stack before. */
const storeAny: Statement = (b) => {
  if (b.shape.memories.length === 0 || b.r.chance(60)) return false
  const row = b.r.pick(stores)
  const value = row.type!.params[1]!
  b.need([I32, value])
  b.showsFloat(value)
  b.op(row.name, [I32, value], [], memarg(b, 0, row))
  return true
}

const length = (b: Body): void => {
  if (b.r.chance(85)) b.op('i32.const', [], [I32], { lo: b.r.pick([0, 1, 2, 7, 8, 16, 100, 300]) })
  else if (b.r.chance(50)) b.op('i32.const', [], [I32], { lo: b.r.pick([65536, 65535, 40000, 70000, 131072, -1]) })
  else b.produce(I32)
}
const three: readonly ValType[] = [I32, I32, I32]
const fill: Statement = (b) => {
  const memory = anyMemory(b)
  if (memory < 0 || b.r.chance(50)) return false
  if (b.r.chance(10)) {
    b.op('i32.const', [], [I32], { lo: b.r.below(3) })
    b.produce(I32)
    b.op('i32.const', [], [I32], { lo: b.r.pick([65533, 65534, 65536, 131000]) })
  } else {
    address(b, memory, 100)
    b.produce(I32)
    length(b)
  }
  b.op('memory.fill', three, [], { index: memory })
  return true
}
const copy: Statement = (b) => {
  const [to, from] = [anyMemory(b), anyMemory(b)]
  if (to < 0 || b.r.chance(50)) return false
  address(b, to, 100)
  address(b, from, 100)
  length(b)
  b.op('memory.copy', three, [], { index: to, index2: from })
  return true
}
const init: Statement = (b) => {
  const memory = anyMemory(b)
  if (memory < 0 || b.shape.datas === 0 || b.r.chance(50)) return false
  const data = b.r.below(b.shape.datas)
  address(b, memory, 8)
  b.op('i32.const', [], [I32], { lo: b.r.below(8) })
  b.op('i32.const', [], [I32], { lo: b.r.chance(70) ? 0 : b.r.below(9) })
  b.op('memory.init', three, [], { index: data, index2: memory })
  return true
}
const dataDrop: Statement = (b) => {
  if (b.shape.datas === 0 || b.r.chance(70)) return false
  b.raw('data.drop', { index: b.r.below(b.shape.datas) })
  return true
}
const size: Maker = (b) => {
  const memory = anyMemory(b)
  if (memory < 0) return false
  b.op('memory.size', [], [I32], { index: memory })
  return true
}
const grow: Maker = (b) => {
  const memory = anyMemory(b)
  if (memory < 0 || b.r.chance(50)) return false
  if (b.r.chance(80)) b.op('i32.const', [], [I32], { lo: b.r.pick([0, 1, 1, 2, -1, 0x10000, 0xffff]) })
  else b.produce(I32)
  b.op('memory.grow', [I32], [I32], { index: memory })
  return true
}

export const loadMakers: readonly Maker[] = [load, load]
export const memoryNumbers: readonly Maker[] = [size, grow]
export const memoryStatements: readonly Statement[] = [store, store, store, storeAny, fill, copy, init, dataDrop]
