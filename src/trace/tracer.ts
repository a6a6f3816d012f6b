/**
 * Traces: one event for each instruction that is executed, with the values it took and gave. Runs on the `reference`
 * executor, which carries out one Wasm instruction at a time. Made by `vitrine trace`; give its `executor` to a store.
 */
import { VitrineError, isTrap } from '../errors.ts'
import { type Probe, probed } from '../interp/reference/index.ts'
import type { Machine } from '../interp/reference/machine.ts'
import { moduleNames } from '../module/names.ts'
import type { Instance } from '../runtime/instance.ts'
import * as STATUS from '../runtime/status.ts'
import type { Executor, Thread } from '../runtime/thread.ts'
import { type FuncType, type ValType, V128, formatValType, isRef, slotsOf } from '../spec/types.ts'
import { type Signature, Signatures } from './signature.ts'
import { instructionText } from './text.ts'
import { formatBits, formatRef, formatTag, formatV128 } from './values.ts'

export interface TracedValue {
  /** In the spelling of the text format: `i32`, `funcref`. */
  readonly type: string
  /** Decimal numbers; `nan`, `nan:0x…`, `inf`; `null`, `func:3`. */
  readonly value: string
}

/** One executed instruction. */
export interface TraceEvent {
  readonly funcidx: number
  readonly name: string | undefined
  /** Byte offset of the instruction in the .wasm file. */
  readonly offset: number
  /** The instruction with its immediates. */
  readonly text: string
  /** Ticks of the thread, and frames on it, when the instruction began. */
  readonly tick: number
  readonly depth: number
  readonly operands: readonly TracedValue[]
  /** Undefined when the instruction did not come to an end: it trapped, or the program ended inside it. */
  readonly results: readonly TracedValue[] | undefined
  readonly trap: string | undefined
  /** Tag of the exception that it threw. */
  readonly exception: string | undefined
}

export interface TraceOptions {
  /** Which functions to show; default: all. */
  readonly filter?: (funcidx: number, name: string | undefined) => boolean
  /** Ends the program after that many events, with `Tracer.ended`. */
  readonly limit?: number
  readonly onEvent: (event: TraceEvent) => void
}

/** What is known about a function that is traced; undefined for one that is filtered out. */
interface Traced {
  readonly funcidx: number
  readonly name: string | undefined
  readonly signatures: Signatures
}

type Draft = { -readonly [K in keyof TraceEvent]: TraceEvent[K] }
interface Open {
  readonly event: Draft
  readonly signature: Signature
  /** Frames of the thread and the pc behind the instruction: how its end is recognised after a host call. */
  readonly T: Thread
  readonly next: number
}

export class Tracer {
  readonly executor: Executor
  /** Thrown out of the program when `limit` is reached. */
  readonly ended: VitrineError = new VitrineError('interrupted', 'the trace has reached its limit')
  private readonly options: TraceOptions
  private readonly functions = new WeakMap<Instance, Map<number, Traced | undefined>>()
  private events = 0
  /** An instruction that has begun. */
  private open: Open | undefined = undefined
  /** The open instruction is a call of a host function, whose results come later. */
  private inHost = false

  constructor(options: TraceOptions) {
    this.options = options
    const probe: Probe = { before: (m) => this.before(m), after: (m, status) => this.after(m, status) }
    this.executor = probed(probe, (T) => this.entered(T))
  }

  /** Gives out an event that is still open: the program ended in that instruction, perhaps with `error`. */
  flush(error?: unknown): void {
    const { open } = this
    this.open = undefined
    this.inHost = false
    if (open === undefined) return
    if (isTrap(error)) open.event.trap = error.message
    this.give(open.event)
  }

  private before(m: Machine): void {
    const { T, reader } = m
    // An instruction that ended in an error which a host function has caught.
    this.flush()
    const traced = this.lookUp(m)
    if (traced === undefined) return
    if (this.options.limit === 0) throw this.ended
    const { name } = reader.instruction
    const returns = (name === 'end' && m.label(0).kind === 'function') || (name === 'br' && m.label(reader.index).kind === 'function')
    const signature = traced.signatures.of(reader, returns)
    const event: Draft = {
      funcidx: traced.funcidx,
      name: traced.name,
      offset: reader.at,
      text: instructionText(reader, T.instance.module, traced.funcidx),
      tick: T.tick,
      depth: T.depth,
      operands: readTop(T, signature.params),
      results: undefined,
      trap: undefined,
      exception: undefined,
    }
    this.open = { event, signature, T, next: m.next }
  }

  private after({ T }: Machine, status: number): void {
    const { open } = this
    if (open === undefined) return
    if (status === STATUS.bulkTick) {
      // Half done: it begins again with the same operands.
      this.open = undefined
      return
    }
    if (status === STATUS.call && T.callee!.host !== undefined) {
      this.inHost = true
      return
    }
    if (status === STATUS.thrown) open.event.exception = formatTag(T.exn!.tag)
    // What it was comes with the error: see flush.
    if (status >= STATUS.firstTrap) return
    this.open = undefined
    const { event, signature } = open
    // A call has its results only when it returns; they are then the operands of the callee's `end` or `return`.
    event.results = isCall(event.text) ? [] : readTop(T, signature.results)
    this.give(event)
  }

  /** A thread comes from the driver: perhaps a host call is done. */
  private entered(T: Thread): void {
    const { open, inHost } = this
    if (open === undefined) return
    if (inHost && open.T === T && T.depth === open.event.depth && T.pc === open.next)
      open.event.results = readTop(T, open.signature.results)
    this.flush()
  }

  private give(event: TraceEvent): void {
    this.options.onEvent(event)
    if (++this.events >= (this.options.limit ?? Infinity)) throw this.ended
  }

  private lookUp({ T, outline }: Machine): Traced | undefined {
    const { instance } = T
    let functions = this.functions.get(instance)
    if (functions === undefined) {
      functions = new Map()
      this.functions.set(instance, functions)
    }
    // The entry offset names the function; it is known without a search.
    if (functions.has(outline.entry)) return functions.get(outline.entry)
    const { module, shared } = instance
    const funcidx = module.imported.func + module.code.indexOf(outline.body)
    const name = moduleNames(module).funcs.get(funcidx)
    const wanted = this.options.filter?.(funcidx, name) ?? true
    const traced = wanted
      ? { funcidx, name, signatures: new Signatures(shared, funcidx, outline.type as FuncType, outline.locals) }
      : undefined
    functions.set(outline.entry, traced)
    return traced
  }
}

const isCall = (text: string): boolean => /^(return_)?call/.test(text)

/** The topmost values of the operand stack, bottom first. */
function readTop(T: Thread, types: readonly ValType[]): TracedValue[] {
  let place = T.sp - types.reduce((n, t) => n + slotsOf(t) * 2, 0)
  return types.map((type) => {
    const value = readValue(T, type, place)
    place += slotsOf(type) * 2
    return { type: formatValType(type), value }
  })
}

function readValue({ R, refs }: Thread, type: ValType, place: number): string {
  if (isRef(type)) return formatRef(refs[place >> 1])
  if (type === V128) return formatV128(R.subarray(place, place + 4))
  return formatBits(type, R[place]!, R[place + 1]!)
}
