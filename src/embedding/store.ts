/** What instances of one `instantiate` call (and those linked to them with `store`) share: how they run, their limits, their threads. */
import { decode } from '../decoder/decode.ts'
import { VitrineError } from '../errors.ts'
import { autoExact, autoFast } from '../interp/choosing.ts'
import { Scheduler } from '../interp/scheduler.ts'
import { switchExact, switchFast } from '../interp/switch.ts'
import { providedExecutor } from '../runtime/executors.ts'
import { Instance } from '../runtime/instance.ts'
import { type Executor, type StackLimits, Thread } from '../runtime/thread.ts'
import { defaultFeatures } from '../spec/features.ts'
import { MAX_TABLE_SIZE } from '../spec/limits.ts'
import type { I64Form } from './values.ts'

/** Default limits: bytes of one memory, elements of one table. */
export const MAX_MEMORY: number = 2 ** 30
export const MAX_TABLE: number = MAX_TABLE_SIZE

export interface Limits {
  /** Most bytes of one memory. Default 1 GiB. */
  readonly memory?: number
  /** Most elements of one table. Default 10,000,000. */
  readonly table?: number
  /** Most bytes of one array of the garbage-collected heap; a reference counts as 8. Making a larger one traps. Default 256 MiB. */
  readonly array?: number
  /** Deepest call stack, in frames. Default 200,000. */
  readonly frames?: number
  /** Most bytes of a thread's register file. Default 64 MiB. */
  readonly stack?: number
}

export interface StoreOptions {
  /**
   * What runs the code. Default `auto`: `switch` or `closure`, whichever proves faster in this JS engine. `reference` is there once
   * 'vitrine/reference' is imported; so is, with 'vitrine/core', `closure` once 'vitrine/closure' is.
   */
  readonly executor?: 'auto' | 'switch' | 'closure' | 'reference'
  /** Shape of the register code. Default `auto`, which is `fast`. */
  readonly tier?: 'auto' | 'fast' | 'exact'
  readonly limits?: Limits
  /** Ticks that one invocation from outside may take before it ends with LimitError `fuel`. A tick is a taken back-edge, a call, … Default: no limit. */
  readonly fuel?: number
  /** Time in ms that one invocation from outside may take before it ends with LimitError `timeout`. Default: no limit. */
  readonly timeout?: number
  /** How i64 values look to JS: `bigint` (default) or `[low, high]` pairs of int32. */
  readonly i64?: I64Form
  /** Lets an instance be entered while a thread is parked inside it. Off by default: most guests are not made for it. */
  readonly reentrant?: boolean
}

function chooseExecutor({ executor = 'auto', tier = 'auto' }: StoreOptions): Executor {
  if (!['auto', 'fast', 'exact'].includes(tier)) throw new VitrineError('usage', `unknown tier '${String(tier)}': auto, fast or exact`)
  const shape = tier === 'exact' ? 'exact' : 'fast'
  if (executor === 'auto') return shape === 'exact' ? autoExact : autoFast
  if (executor === 'switch') return shape === 'exact' ? switchExact : switchFast
  const found = providedExecutor(executor, shape)
  if (found !== undefined) return found
  const what = ['closure', 'reference'].includes(executor)
    ? `the executor '${executor}' is not loaded: import 'vitrine/${executor}'`
    : `unknown executor '${String(executor)}': auto, switch, closure or reference`
  throw new VitrineError('usage', what)
}

function positive(name: string, value: number | undefined, otherwise: number): number {
  if (value === undefined) return otherwise
  if (typeof value !== 'number' || !(value >= 0))
    throw new VitrineError('usage', `${name} must be a number of at least 0, not ${String(value)}`)
  return value
}

let nobody: Instance | undefined
/** Stands in for the instance of a thread that is not in use. */
function noInstance(): Instance {
  if (nobody === undefined) {
    const module = decode(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0), { features: defaultFeatures })
    nobody = new Instance({ module, typeIds: new Int32Array(0), units: { fast: undefined, exact: undefined } }, true)
  }
  return nobody
}

const MAX_SLOTS = 2 ** 27

export class Store {
  /** What runs threads that begin from now on; `vitrine/trace` and a debugger that joins put another one here. */
  executor: Executor
  readonly maxMemory: number
  readonly maxTable: number
  /** Also tells whose thread a thread is: every store makes its own object. */
  readonly stack: StackLimits
  readonly fuel: number
  readonly timeout: number
  readonly i64: I64Form
  readonly reentrant: boolean
  /** Green threads, and the invocations that run among them. */
  readonly scheduler: Scheduler = new Scheduler()
  /** Threads that are not in use. */
  private readonly idle: Thread[] = []

  constructor(options: StoreOptions = {}) {
    const { limits = {} } = options
    this.executor = chooseExecutor(options)
    this.maxMemory = positive('limits.memory', limits.memory, MAX_MEMORY)
    this.maxTable = positive('limits.table', limits.table, MAX_TABLE)
    this.stack = {
      slots: Math.min(Math.max(Math.floor(positive('limits.stack', limits.stack, 2 ** 26) / 8), 64), MAX_SLOTS),
      frames: positive('limits.frames', limits.frames, 200_000),
      arrayBytes: positive('limits.array', limits.array, 2 ** 28),
    }
    this.fuel = positive('fuel', options.fuel, Infinity)
    this.timeout = positive('timeout', options.timeout, Infinity)
    this.i64 = options.i64 ?? 'bigint'
    this.reentrant = options.reentrant ?? false
  }

  acquire(instance: Instance): Thread {
    const T = this.idle.pop() ?? new Thread(instance, this.executor, this.stack)
    T.instance = instance
    // It may have been exchanged since.
    T.executor = this.executor
    return T
  }

  release(T: Thread): void {
    T.mayPark = false
    T.mayYield = false
    T.interrupt = undefined
    T.exitCode = undefined
    // A store may outlive its instances: threads that are not in use must not keep one alive.
    T.callee = undefined
    T.unit = undefined
    T.instance = noInstance()
    if (this.idle.length < 4) this.idle.push(T)
  }
}
