/**
 * What can be seen of a program at a moment of its run: all frames with their locals and operands, the globals and memories of
 * their instances. Read once from the reference executor, as it lies in its registers, and once from the debugger. A moment is
 * named by its time coordinate: thread, tick, depth, offset.
 */
import type { Stop } from '../../src/debug/index.ts'
import { type RawFrame, depthOf, rawFrames } from '../../src/debug/frames.ts'
import { Variable, type VariableType } from '../../src/debug/values.ts'
import { globalVariable } from '../../src/debug/watch.ts'
import type { Machine } from '../../src/interp/reference/machine.ts'
import { outlineAt } from '../../src/interp/reference/outline.ts'
import { CROSS_PC, LEAVE_PC } from '../../src/runtime/code.ts'
import type { Instance } from '../../src/runtime/instance.ts'
import type { Thread } from '../../src/runtime/thread.ts'
import { type ValType, V128, isRef, slotsOf } from '../../src/spec/types.ts'
import { formatRef } from '../../src/trace/values.ts'

/** The operands of a frame as the reference executor has them: without types. */
interface Operands {
  readonly ints: Int32Array
  readonly refs: readonly string[]
  /** Whether all of `ints` is operands. Where a caller on another stack waits, its end is not known. */
  readonly isAll: boolean
}

export interface FrameState {
  readonly funcidx: number
  readonly offset: number
  readonly locals: readonly string[]
  readonly operands: Operands
}

/** A moment as the reference executor has it. */
export interface Moment {
  readonly key: string
  readonly tick: number
  readonly depth: number
  readonly offset: number
  readonly thread: number
  /** The instance of the top frame, and whether its module is that of the first frame of the thread. */
  readonly instance: Instance
  readonly frames: readonly FrameState[]
  readonly state: string
}

export const keyOf = (thread: number, tick: number, depth: number, offset: number): string => `${thread} ${tick} ${depth} ${offset}`
export const keyAt = (stop: Stop): string => keyOf(stop.thread, stop.tick, stop.frame!.depth, stop.frame!.offset)

/** A type whose spelling does not matter. */
const untitled = (valtype: ValType): VariableType => ({ valtype, text: '' })
/** All NaNs are one: their bits are left open (§4.3.3). */
const scalar = (text: string): string => text.replace(/^-?nan.*/, 'nan')

/** Lanes that are NaNs, as f32 or as f64, may have other bits. */
function sameVector(a: string, b: string): boolean {
  const bytes = (text: string): DataView => {
    const hex = text.replace(/^0x/, '').padStart(32, '0')
    return new DataView(Uint8Array.from({ length: 16 }, (_, i) => parseInt(hex.slice(i * 2, i * 2 + 2), 16)).buffer)
  }
  const [x, y] = [bytes(a), bytes(b)]
  const lanes = (width: 4 | 8): boolean => {
    for (let i = 0; i < 16; i += width) {
      const [p, q] = width === 4 ? [x.getFloat32(i), y.getFloat32(i)] : [x.getFloat64(i), y.getFloat64(i)]
      const same = width === 4 ? x.getInt32(i) === y.getInt32(i) : x.getBigInt64(i) === y.getBigInt64(i)
      if (!same && !(Number.isNaN(p) && Number.isNaN(q))) return false
    }
    return true
  }
  return a === b || lanes(4) || lanes(8)
}

/** FNV-1a over the words of a memory, with its length. */
function memoryHash({ bytes }: Instance['memories'][number]): string {
  const words = new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
  let h = 0x811c9dc5 | 0
  for (let i = 0; i < words.length; i++) h = Math.imul(h ^ words[i]!, 0x01000193)
  return `${bytes.length}:${(h >>> 0).toString(16)}`
}

/** Globals and memories of instances. */
export function storeState(instances: Iterable<Instance>): string {
  const parts: string[] = []
  for (const instance of new Set(instances)) {
    parts.push(instance.globals.map((_, i) => scalar(globalVariable(instance, i).text)).join(' '))
    parts.push(instance.memories.map(memoryHash).join(' '))
  }
  return parts.join(' | ')
}

/** Where the operands of frame `i` end in its registers, if that is known. */
function operandsEnd(T: Thread, frames: readonly RawFrame[], i: number): number | undefined {
  const frame = frames[i]!
  const inner = frames[i - 1]
  if (inner === undefined) return T.sp
  if (inner.registers !== frame.registers) return undefined
  const link = inner.registers.R[inner.fp + inner.instance.funcs[inner.funcidx]!.layout.link * 2]
  // Between a host call's caller and what the host has called lie the arguments of the call.
  return link === LEAVE_PC ? undefined : link === CROSS_PC || frame.returning ? inner.fp : undefined
}

/** The moment before the instruction that the machine has just read. */
export function momentOf({ T, reader }: Machine, thread: number): Moment {
  const raws = rawFrames(T)
  const frames = raws.map((raw, i): FrameState => {
    const { instance, pc, fp, registers, funcidx, returning } = raw
    const { locals, firstOperand, size } = outlineAt(instance.shared, pc)
    const { R, refs } = registers
    const end = operandsEnd(T, raws, i)
    const from = fp + firstOperand
    return {
      funcidx,
      offset: i === 0 ? reader.at : T.executor.locate(instance, undefined, pc, returning).offset,
      locals: locals.map(({ type, place }, n) =>
        scalar(new Variable(undefined, n, untitled(type), () => ({ ints: R, refs, at: fp + place })).text),
      ),
      operands: {
        ints: R.slice(from, end ?? fp + size),
        refs: refs.slice(from >> 1, (end ?? fp + size) >> 1).map(formatRef),
        isAll: end !== undefined,
      },
    }
  })
  const depth = depthOf(T)
  return {
    key: keyOf(thread, T.tick, depth, reader.at),
    tick: T.tick,
    depth,
    offset: reader.at,
    thread,
    instance: T.instance,
    frames,
    state: storeState(raws.map(({ instance }) => instance)),
  }
}

/** Reads operands with the types that the debugger gives, bottom first. Undefined if there are more or fewer. */
function operandTexts({ ints, refs, isAll }: Operands, types: readonly ValType[]): string[] | undefined {
  const size = types.reduce((n, type) => n + slotsOf(type) * 2, 0)
  if (size > ints.length || (isAll && size !== ints.length)) return undefined
  let at = 0
  return types.map((type) => {
    const place = at
    at += slotsOf(type) * 2
    return isRef(type)
      ? (refs[place >> 1] ?? 'missing')
      : scalar(new Variable(undefined, 0, untitled(type), () => ({ ints, refs: [], at: place })).text)
  })
}

/** The first difference between what a debugger shows at a stop and what the reference executor had; undefined if there is none. */
export function difference(stop: Stop, expected: Moment): string | undefined {
  if (keyAt(stop) !== expected.key) return `stopped at ${keyAt(stop)}, not at ${expected.key}`
  const { frames } = stop
  if (frames.length !== expected.frames.length) return `${frames.length} frames, not ${expected.frames.length}`
  for (const [i, frame] of frames.entries()) {
    const other = expected.frames[i]!
    const where = `frame ${i} of ${frames.length}, function ${frame.funcidx} at ${frame.offset} (${frame.instruction})`
    if (frame.funcidx !== other.funcidx || frame.offset !== other.offset) return `${where}, not ${other.funcidx} at ${other.offset}`
    const compare = (what: string, variables: readonly Variable[], texts: readonly string[] | undefined): string | undefined => {
      if (texts === undefined)
        return `${where}: operands do not fit: ${variables.map(({ type }) => type).join(' ')} into ${other.operands.ints.length / 2} slots`
      for (const [n, { valtype, text }] of variables.entries()) {
        const same = valtype === V128 ? sameVector(text, texts[n]!) : scalar(text) === texts[n]
        if (!same) return `${where}: ${what} ${n} is ${text}, not ${texts[n]}`
      }
      return undefined
    }
    const types = frame.stack.map(({ valtype }) => valtype)
    const found = compare('local', [...frame.locals], other.locals) ?? compare('operand', frame.stack, operandTexts(other.operands, types))
    if (found !== undefined) return found
  }
  const state = storeState(frames.map(({ instance }) => instance))
  return state === expected.state ? undefined : `globals and memories are ${state}, not ${expected.state}`
}
