/**
 * Atomic memory instructions (threads proposal; spec of its own, "memory.atomic.*" and "*.atomic.*"). Threads of a store take
 * turns between ops, so on plain memory an ordinary access is atomic. A memory that other agents have as well goes through
 * the engine's Atomics. The accesses themselves are shared with the reference executor.
 */
import { ATOMIC_CMPXCHG, ATOMIC_LOAD, ATOMIC_NOTIFY, ATOMIC_RMW, ATOMIC_STORE, ATOMIC_WAIT } from '../../ops/numbers.gen.ts'
import { values } from '../../ops/semantics/index.ts'
import type { Memory } from '../../runtime/memory.ts'
import * as STATUS from '../../runtime/status.ts'
import { TRAP } from '../../runtime/traps.ts'
import type { Thread } from '../../runtime/thread.ts'
import { WAIT } from '../../runtime/waiter.ts'
import { type Instruction, allInstructions } from '../../spec/instruction-table.ts'
import { I64 } from '../../spec/types.ts'
import { now } from '../clock.ts'
import { addressAt } from './memory.ts'
import type { ColdOp } from './index.ts'

const OUT_OF_BOUNDS = TRAP['out of bounds memory access']!
const UNALIGNED = TRAP['unaligned atomic']!
const NOT_SHARED = TRAP['expected shared memory']!

type Operator = 'add' | 'sub' | 'and' | 'or' | 'xor' | 'xchg' | 'cmpxchg'

/** What an instruction accesses. */
interface Access {
  readonly bytes: number
  /** The value is an i64. */
  readonly wide: boolean
  readonly operator: Operator | undefined
  /** What is written for the old value and the operand: of the i32 operators, and of the i64 ones in halves; not for xchg and cmpxchg. */
  readonly compute: ((old: number, value: number) => number) | undefined
  readonly compute64: ((lo: number, hi: number, bl: number, bh: number) => readonly [number, number]) | undefined
}
/** By instruction id: those that have been met. */
const accesses: (Access | undefined)[] = []
export const accessOf = (id: number): Access => (accesses[id] ??= readAccess(allInstructions()[id]!))
function readAccess({ name, width, type }: Instruction): Access {
  const operator = /\.rmw\d*\.([a-z]+)/.exec(name)?.[1] as Operator | undefined
  return {
    bytes: width,
    wide: type!.params[1] === I64 || type!.results[0] === I64,
    operator,
    compute: values[`i32.${operator}`] as Access['compute'],
    compute64: values[`i64.${operator}`] as Access['compute64'],
  }
}

// ---- memory of this agent alone -----------------------------------------------------------------------------------

function getUnsigned(view: DataView, bytes: number, e: number): number {
  if (bytes === 1) return view.getUint8(e)
  return bytes === 2 ? view.getUint16(e, true) : view.getInt32(e, true)
}
function set(view: DataView, bytes: number, e: number, value: number): void {
  if (bytes === 1) view.setUint8(e, value)
  else if (bytes === 2) view.setUint16(e, value, true)
  else view.setInt32(e, value, true)
}
/** The low `bytes` bytes, as getUnsigned gives them. */
const narrow = (value: number, bytes: number): number => (bytes === 4 ? value : value & (bytes === 2 ? 0xffff : 0xff))

function rmwPlain(view: DataView, { bytes, operator, compute }: Access, e: number, R: Int32Array, d: number, b: number, c: number): void {
  const old = getUnsigned(view, bytes, e)
  if (operator !== 'cmpxchg') set(view, bytes, e, compute === undefined ? R[b]! : compute(old, R[b]!))
  else if (old === narrow(R[b]!, bytes)) set(view, bytes, e, R[c]!)
  R[d] = old
}
function rmwPlain64(view: DataView, { operator, compute64 }: Access, e: number, R: Int32Array, d: number, b: number, c: number): void {
  const lo = view.getInt32(e, true)
  const hi = view.getInt32(e + 4, true)
  let next: readonly [number, number]
  if (operator === 'cmpxchg') next = lo === R[b] && hi === R[b + 1] ? [R[c]!, R[c + 1]!] : [lo, hi]
  else next = compute64 === undefined ? [R[b]!, R[b + 1]!] : compute64(lo, hi, R[b]!, R[b + 1]!)
  view.setInt32(e + 4, next[1], true)
  view.setInt32(e, next[0], true)
  R[d] = lo
  R[d + 1] = hi
}

// ---- memory that other agents have as well ------------------------------------------------------------------------

/** The element of `bytes` bytes at address `e`, for the functions of Atomics. */
function elements(memory: Memory, bytes: number): Uint8Array | Uint16Array | Int32Array {
  const { buffer } = memory
  if (bytes === 1) return new Uint8Array(buffer)
  return bytes === 2 ? new Uint16Array(buffer) : new Int32Array(buffer)
}
const atomicsName = { add: 'add', sub: 'sub', and: 'and', or: 'or', xor: 'xor', xchg: 'exchange' } as const

function rmwShared(memory: Memory, { bytes, operator }: Access, e: number, R: Int32Array, d: number, b: number, c: number): void {
  const view = elements(memory, bytes)
  const i = e / bytes
  R[d] = operator === 'cmpxchg' ? Atomics.compareExchange(view, i, R[b]!, R[c]!) : Atomics[atomicsName[operator!]](view, i, R[b]!)
}

// Only Atomics on 64-bit elements is atomic, and that speaks BigInt. An engine with SharedArrayBuffer has it.
// oxlint-disable no-restricted-globals
const words = (memory: Memory): BigInt64Array => new BigInt64Array(memory.buffer)
const join = (R: Int32Array, at: number): bigint => (BigInt(R[at + 1]!) << BigInt(32)) | BigInt(R[at]! >>> 0)
function put(R: Int32Array, d: number, value: bigint): void {
  R[d] = Number(BigInt.asIntN(32, value))
  R[d + 1] = Number(BigInt.asIntN(32, value >> BigInt(32)))
}
// oxlint-enable no-restricted-globals
function rmwShared64(memory: Memory, { operator }: Access, e: number, R: Int32Array, d: number, b: number, c: number): void {
  const view = words(memory)
  const i = e / 8
  const old =
    operator === 'cmpxchg' ? Atomics.compareExchange(view, i, join(R, b), join(R, c)) : Atomics[atomicsName[operator!]](view, i, join(R, b))
  put(R, d, old)
}

// ---- the accesses -------------------------------------------------------------------------------------------------

/** Loads into R[d] (and R[d + 1]). */
export function atomicLoad(memory: Memory, { bytes, wide }: Access, e: number, R: Int32Array, d: number): void {
  if (bytes === 8) {
    if (memory.hasAgents) return put(R, d, Atomics.load(words(memory), e / 8))
    R[d] = memory.view.getInt32(e, true)
    R[d + 1] = memory.view.getInt32(e + 4, true)
    return
  }
  R[d] = memory.hasAgents ? Atomics.load(elements(memory, bytes), e / bytes) : getUnsigned(memory.view, bytes, e)
  if (wide) R[d + 1] = 0
}

/** Stores R[b] (and R[b + 1]). */
export function atomicStore(memory: Memory, { bytes }: Access, e: number, R: Int32Array, b: number): void {
  if (bytes === 8) {
    if (memory.hasAgents) Atomics.store(words(memory), e / 8, join(R, b))
    else {
      memory.view.setInt32(e + 4, R[b + 1]!, true)
      memory.view.setInt32(e, R[b]!, true)
    }
  } else if (memory.hasAgents) Atomics.store(elements(memory, bytes), e / bytes, R[b]!)
  else set(memory.view, bytes, e, R[b]!)
}

/** Reads, computes with R[b] (cmpxchg: compares with R[b] and replaces by R[c]), writes; the old value goes to R[d]. */
export function atomicRmw(memory: Memory, access: Access, e: number, R: Int32Array, d: number, b: number, c: number): void {
  if (access.bytes === 8) {
    if (memory.hasAgents) rmwShared64(memory, access, e, R, d, b, c)
    else rmwPlain64(memory.view, access, e, R, d, b, c)
    return
  }
  if (memory.hasAgents) rmwShared(memory, access, e, R, d, b, c)
  else rmwPlain(memory.view, access, e, R, d, b, c)
  if (access.wide) R[d + 1] = 0
}

/** Wakes up to `count` threads that wait at `e`: those of this store first, then those of other agents. How many it were. */
export function notify(memory: Memory, e: number, count: number): number {
  let woken = 0
  const { waiters } = memory
  for (let i = 0; i < waiters.length && woken < count;) {
    const { address, thread, place } = waiters[i]!
    if (address === e) {
      waiters.splice(i, 1)
      thread.waiting = undefined
      thread.R[place] = WAIT.ok
      woken++
    } else i++
  }
  if (memory.hasAgents && woken < count) woken += Atomics.notify(new Int32Array(memory.buffer), e / 4, count - woken)
  return woken
}

/**
 * memory.atomic.wait: puts the thread into the queue if the value at `e` is R[b], for at most R[c] ns (negative: for ever).
 * The result goes to R[d], at once or when the thread is woken.
 */
export function wait(T: Thread, memory: Memory, { bytes }: Access, e: number, d: number, b: number, c: number): number {
  const { R } = T
  if (!memory.type.shared) return NOT_SHARED
  const equal = getUnsigned(memory.view, 4, e) === R[b] && (bytes === 4 || memory.view.getInt32(e + 4, true) === R[b + 1])
  if (!equal) {
    R[d] = WAIT.notEqual
    return STATUS.next
  }
  const nanoseconds = R[c + 1]! * 0x1_0000_0000 + (R[c]! >>> 0)
  const until = nanoseconds < 0 ? Infinity : now() + nanoseconds / 1e6
  T.waiting = { thread: T, memory, address: e, bytes, until, place: d }
  memory.waiters.push(T.waiting)
  return STATUS.wait
}

/** Effective address of an atomic access, or the negated status of the trap. */
export function atomicAddress(memory: Memory, bytes: number, R: Int32Array, a: number, offset: number): number {
  const e = addressAt(R, a, memory.is64) + offset
  if (e % bytes !== 0) return -UNALIGNED
  return e + bytes > memory.byteLength ? -OUT_OF_BOUNDS : e
}

/** The op at pc with its memory and address found; its operands `id memory lo hi a …` begin at word `at`. */
type Body = (T: Thread, memory: Memory, access: Access, e: number, code: Int32Array, pc: number, fp: number) => number
const access =
  (at: number, body: Body): ColdOp =>
  (T, code, pc, fp) => {
    const o = pc + at
    const memory = T.instance.memories[code[o + 1]!]!
    const found = accessOf(code[o]!)
    const e = atomicAddress(memory, found.bytes, T.R, fp + code[o + 4]!, (code[o + 3]! >>> 0) * 0x1_0000_0000 + (code[o + 2]! >>> 0))
    return e < 0 ? -e : body(T, memory, found, e, code, pc, fp)
  }

const rmw: Body = (T, memory, found, e, code, pc, fp) => {
  atomicRmw(memory, found, e, T.R, fp + code[pc + 1]!, fp + code[pc + 7]!, 0)
  return STATUS.next
}

export const atomicOps: Record<number, ColdOp> = {
  [ATOMIC_LOAD]: access(2, (T, memory, found, e, code, pc, fp) => {
    atomicLoad(memory, found, e, T.R, fp + code[pc + 1]!)
    return STATUS.next
  }),
  [ATOMIC_STORE]: access(1, (T, memory, found, e, code, pc, fp) => {
    atomicStore(memory, found, e, T.R, fp + code[pc + 6]!)
    return STATUS.next
  }),
  [ATOMIC_RMW]: access(2, rmw),
  [ATOMIC_CMPXCHG]: access(2, (T, memory, found, e, code, pc, fp) => {
    atomicRmw(memory, found, e, T.R, fp + code[pc + 1]!, fp + code[pc + 7]!, fp + code[pc + 8]!)
    return STATUS.next
  }),
  [ATOMIC_NOTIFY]: access(2, (T, memory, _, e, code, pc, fp) => {
    T.R[fp + code[pc + 1]!] = notify(memory, e, T.R[fp + code[pc + 7]!]! >>> 0)
    return STATUS.next
  }),
  [ATOMIC_WAIT]: access(2, (T, memory, found, e, code, pc, fp) =>
    wait(T, memory, found, e, fp + code[pc + 1]!, fp + code[pc + 7]!, fp + code[pc + 8]!),
  ),
}
