/** Translation of memory and table instructions (spec §4.6.7, §4.6.8). Scalar accesses of memory 0 are hot ops, the rest is cold. */
import { accessOp, accessOpAt, accessOpK, op } from '../tables.ts'
import type { Translator } from '../translator.ts'
import { F64, I32, I64, type ValType, isRef } from '../../spec/types.ts'
import type { Rule } from './control.ts'

const LOAD_ANY = op('load_any')
const STORE_ANY = op('store_any')
const SIZE = op('memory.size')
const SIZE_ANY = op('memory.size_any')
const GROW = op('memory.grow')

/** Offsets from here on do not fit the hot ops' signed word. */
const FAR = 0x8000_0000

/** Whether an access goes to a plain 32-bit memory 0 with an offset that the hot ops can hold. */
export const isNear = (t: Translator): boolean => t.reader.memory === 0 && t.reader.offset < FAR && !t.module.memories[0]!.limits.is64

/** A slot as the hot ops count it. */
const word = (type: ValType, slot: number): number => (type === F64 ? slot : slot * 2)

export function load(t: Translator): void {
  const { instruction, memory, offset, lo, hi } = t.reader
  const result = instruction.type!.results[0]!
  const address = t.stack.pop()
  const hot = accessOp[instruction.id]!
  const at = accessOpAt[instruction.id]!
  if (hot >= 0 && isNear(t)) {
    const constant = (address.lo >>> 0) + offset
    if (address.slot < 0 && at >= 0 && constant < FAR) {
      t.out.emit(at, word(result, t.push(result)), constant)
      return
    }
    const a = t.inSlot(address)
    t.out.emit(hot, word(result, t.push(result)), a.slot * 2, offset)
    return
  }
  const a = t.inSlot(address)
  t.out.emit(LOAD_ANY, t.push(result) * 2, instruction.opcode, memory, lo, hi, a.slot * 2)
}

export function store(t: Translator): void {
  const { instruction, memory, offset, lo, hi } = t.reader
  const value = t.stack.pop()
  const address = t.stack.pop()
  const hot = accessOp[instruction.id]!
  if (hot >= 0 && isNear(t)) {
    const at = accessOpAt[instruction.id]!
    const k = accessOpK[instruction.id]!
    const constant = (address.lo >>> 0) + offset
    if (address.slot < 0 && at >= 0 && constant < FAR) {
      t.out.emit(at, constant, t.inSlot(value).slot * 2)
    } else if (value.slot < 0 && k >= 0) {
      t.out.emit(k, t.inSlot(address).slot * 2, offset, value.lo)
    } else {
      const a = t.inSlot(address)
      const { type, slot } = t.inSlot(value)
      t.out.emit(hot, a.slot * 2, offset, word(type, slot))
    }
    return
  }
  const a = t.inSlot(address)
  t.out.emit(STORE_ANY, t.inSlot(value).slot * 2, instruction.opcode, memory, lo, hi, a.slot * 2)
}

const addressType = (is64: boolean): ValType => (is64 ? I64 : I32)

function memorySize(t: Translator): void {
  const k = t.reader.index
  const { limits, pageSizeLog2 } = t.module.memories[k]!
  const home = t.push(addressType(limits.is64))
  if (k === 0 && !limits.is64 && pageSizeLog2 === 16) t.out.emit(SIZE, home * 2)
  else t.out.emit(SIZE_ANY, home * 2, k)
}

/** Slot operand of a cold op: references count in slots, all else in i32 units. */
const slotWord = (t: Translator): number => {
  const e = t.popSlot()
  return isRef(e.type) ? e.slot : e.slot * 2
}

/** An op `name k1 k2 a b c` of three popped operands and constants from the immediates. */
function three(name: string, constants: (t: Translator) => readonly [number, number?]): Rule {
  const number = op(name)
  return (t) => {
    const [k1, k2] = constants(t)
    const c = slotWord(t)
    const b = slotWord(t)
    const a = slotWord(t)
    if (k2 === undefined) t.out.emit(number, k1, a, b, c)
    else t.out.emit(number, k1, k2, a, b, c)
  }
}
function dropSegment(name: string): Rule {
  const number = op(name)
  return (t) => t.out.emit(number, t.reader.index)
}

const TABLE_GET = op('table.get')
const TABLE_SET = op('table.set')
const TABLE_SIZE = op('table.size')
const TABLE_GROW = op('table.grow')

export const memoryRules: Record<string, Rule> = {
  'memory.size': memorySize,
  'memory.grow': (t) => {
    const k = t.reader.index
    const a = slotWord(t)
    t.out.emit(GROW, t.push(addressType(t.module.memories[k]!.limits.is64)) * 2, k, a)
  },
  'memory.fill': three('memory.fill', (t) => [t.reader.index]),
  'memory.copy': three('memory.copy', (t) => [t.reader.index, t.reader.index2]),
  'memory.init': three('memory.init', (t) => [t.reader.index, t.reader.index2]),
  'data.drop': dropSegment('data.drop'),
  'table.get': (t) => {
    const k = t.reader.index
    const a = slotWord(t)
    t.out.emit(TABLE_GET, t.push(t.module.tables[k]!.element), k, a)
  },
  'table.set': (t) => {
    const b = slotWord(t)
    const a = slotWord(t)
    t.out.emit(TABLE_SET, t.reader.index, a, b)
  },
  'table.size': (t) => {
    const k = t.reader.index
    t.out.emit(TABLE_SIZE, t.push(addressType(t.module.tables[k]!.limits.is64)) * 2, k)
  },
  'table.grow': (t) => {
    const k = t.reader.index
    const n = slotWord(t)
    const init = slotWord(t)
    t.out.emit(TABLE_GROW, t.push(addressType(t.module.tables[k]!.limits.is64)) * 2, k, init, n)
  },
  'table.fill': three('table.fill', (t) => [t.reader.index]),
  'table.copy': three('table.copy', (t) => [t.reader.index, t.reader.index2]),
  'table.init': three('table.init', (t) => [t.reader.index, t.reader.index2]),
  'elem.drop': dropSegment('elem.drop'),
}
