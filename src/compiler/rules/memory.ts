/** Translation of memory and table instructions (spec §4.6.7, §4.6.8). Scalar accesses of memory 0 are hot ops, the rest is cold. */
import {
  DATA_DROP,
  ELEM_DROP,
  LOAD_ANY,
  MEMORY_COPY,
  MEMORY_FILL,
  MEMORY_GROW,
  MEMORY_INIT,
  MEMORY_SIZE,
  MEMORY_SIZE_ANY,
  STORE_ANY,
  TABLE_COPY,
  TABLE_FILL,
  TABLE_GET,
  TABLE_GROW,
  TABLE_INIT,
  TABLE_SET,
  TABLE_SIZE,
} from '../../ops/numbers.gen.ts'
import { accessOp, accessOpAt, accessOpK } from '../tables.ts'
import type { Translator } from '../translator.ts'
import { F64, I32, I64, type ValType, isRef } from '../../spec/types.ts'
import type { Rule } from './control.ts'

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
  if (k === 0 && !limits.is64 && pageSizeLog2 === 16) t.out.emit(MEMORY_SIZE, home * 2)
  else t.out.emit(MEMORY_SIZE_ANY, home * 2, k)
}

/** Slot operand of a cold op: references count in slots, all else in i32 units. */
const slotWord = (t: Translator): number => {
  const e = t.popSlot()
  return isRef(e.type) ? e.slot : e.slot * 2
}

/** An op `k1 k2 a b c` of three popped operands and constants from the immediates. */
function three(number: number, constants: (t: Translator) => readonly [number, number?]): Rule {
  return (t) => {
    const [k1, k2] = constants(t)
    const c = slotWord(t)
    const b = slotWord(t)
    const a = slotWord(t)
    if (k2 === undefined) t.out.emit(number, k1, a, b, c)
    else t.out.emit(number, k1, k2, a, b, c)
  }
}
function dropSegment(number: number): Rule {
  return (t) => t.out.emit(number, t.reader.index)
}

export const memoryRules: Record<string, Rule> = {
  'memory.size': memorySize,
  'memory.grow': (t) => {
    const k = t.reader.index
    const a = slotWord(t)
    t.out.emit(MEMORY_GROW, t.push(addressType(t.module.memories[k]!.limits.is64)) * 2, k, a)
  },
  'memory.fill': three(MEMORY_FILL, (t) => [t.reader.index]),
  'memory.copy': three(MEMORY_COPY, (t) => [t.reader.index, t.reader.index2]),
  'memory.init': three(MEMORY_INIT, (t) => [t.reader.index, t.reader.index2]),
  'data.drop': dropSegment(DATA_DROP),
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
  'table.fill': three(TABLE_FILL, (t) => [t.reader.index]),
  'table.copy': three(TABLE_COPY, (t) => [t.reader.index, t.reader.index2]),
  'table.init': three(TABLE_INIT, (t) => [t.reader.index, t.reader.index2]),
  'elem.drop': dropSegment(ELEM_DROP),
}
