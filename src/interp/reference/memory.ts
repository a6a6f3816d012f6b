/**
 * Memory instructions (spec §4.6.8). Bounds are checked before anything is written. Bulk instructions work in chunks, each
 * started chunk a tick; a thread that stops in the middle does the instruction again, so the operands stay until it is done.
 */
import type { Memory } from '../../runtime/memory.ts'
import * as STATUS from '../../runtime/status.ts'
import { BULK_BYTES } from '../../runtime/ticks.ts'
import { type Instruction, ADDR, instructions } from '../../spec/instructions.ts'
import { inChunks } from '../cold/bulk.ts'
import { addressAt, loadScalar, setSize, storeScalar } from '../cold/memory.ts'
import { type Machine, type Rule, trap } from './machine.ts'

export const OUT_OF_BOUNDS = 'out of bounds memory access'

export const memoryAt = (m: Machine, memidx: number): Memory => m.T.instance.memories[memidx]!

/** Effective address of a load or store whose address operand is at `place`, or -1 if the access is out of bounds. */
export function effectiveAddress({ T, reader }: Machine, memory: Memory, place: number): number {
  const address = addressAt(T.R, place, memory.is64) + reader.offset
  return address + reader.instruction.width <= memory.byteLength ? address : -1
}

function load(m: Machine): number {
  const memory = memoryAt(m, m.reader.memory)
  const address = effectiveAddress(m, memory, m.pop())
  if (address < 0) return trap(OUT_OF_BOUNDS)
  loadScalar(memory.view, m.reader.instruction.opcode, address, m.T.R, m.push())
  return STATUS.next
}

function store(m: Machine): number {
  const memory = memoryAt(m, m.reader.memory)
  const value = m.pop()
  const address = effectiveAddress(m, memory, m.pop())
  if (address < 0) return trap(OUT_OF_BOUNDS)
  storeScalar(memory.view, m.reader.instruction.opcode, address, m.T.R, value)
  return STATUS.next
}

/** The three operands of a bulk instruction stay on the stack until it is done. */
export function bulk(m: Machine, status: number): number {
  if (status === STATUS.next) m.T.sp -= 6
  return status
}
/** Places of the three operands, bottom first. */
export const three = ({ T }: Machine): readonly [number, number, number] => [T.sp - 6, T.sp - 4, T.sp - 2]

export const memoryRules: Record<string, Rule> = {
  'memory.size': (m) => {
    const memory = memoryAt(m, m.reader.index)
    setSize(m.T.R, m.push(), memory.pages, memory.is64)
  },
  'memory.grow': (m) => {
    const memory = memoryAt(m, m.reader.index)
    const delta = addressAt(m.T.R, m.pop(), memory.is64)
    setSize(m.T.R, m.push(), memory.grow(delta), memory.is64)
  },
  // [to value count]
  'memory.fill': (m) => {
    const { T } = m
    const memory = memoryAt(m, m.reader.index)
    const [a, b, c] = three(m)
    const to = addressAt(T.R, a, memory.is64)
    const value = T.R[b]!
    const count = addressAt(T.R, c, memory.is64)
    if (to + count > memory.byteLength) return trap(OUT_OF_BOUNDS)
    return bulk(
      m,
      inChunks(T, count, BULK_BYTES, (done, n) => memory.fill(to + done, n, value)),
    )
  },
  // [to from count]; the count has the smaller of the two address types.
  'memory.copy': (m) => {
    const { T } = m
    const target = memoryAt(m, m.reader.index)
    const source = memoryAt(m, m.reader.index2)
    const [a, b, c] = three(m)
    const to = addressAt(T.R, a, target.is64)
    const from = addressAt(T.R, b, source.is64)
    const count = addressAt(T.R, c, target.is64 && source.is64)
    if (to + count > target.byteLength || from + count > source.byteLength) return trap(OUT_OF_BOUNDS)
    // Where source and target overlap, what is read must not have been written: upwards the copy begins at the end.
    const backwards = to > from
    const step = (done: number, n: number): void => {
      const at = backwards ? count - done - n : done
      target.write(to + at, source.read(from + at, n))
    }
    return bulk(m, inChunks(T, count, BULK_BYTES, step))
  },
  // [to from count], of which the last two are i32: they belong to the segment. A dropped segment is empty.
  'memory.init': (m) => {
    const { T } = m
    const segment = T.instance.datas[m.reader.index] ?? new Uint8Array(0)
    const memory = memoryAt(m, m.reader.index2)
    const [a, b, c] = three(m)
    const to = addressAt(T.R, a, memory.is64)
    const from = addressAt(T.R, b, false)
    const count = addressAt(T.R, c, false)
    if (from + count > segment.length || to + count > memory.byteLength) return trap(OUT_OF_BOUNDS)
    return bulk(
      m,
      inChunks(T, count, BULK_BYTES, (done, n) => memory.write(to + done, segment.subarray(from + done, from + done + n))),
    )
  },
  'data.drop': (m) => {
    m.T.instance.datas[m.reader.index] = undefined
  },
}

// The scalar loads and stores: opcodes 0x28 to 0x3e. The address is the only operand of a load.
const isScalarAccess = ({ opcode, type }: Instruction): boolean => opcode >= 0x28 && opcode <= 0x3e && type?.params[0] === ADDR
for (const instruction of instructions) {
  if (isScalarAccess(instruction)) memoryRules[instruction.name] = instruction.type!.params.length === 1 ? load : store
}
