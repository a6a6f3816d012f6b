/** `probe`: a function of one's own in front of chosen instructions. Called by users of `vitrine/trace`. */
import { VitrineError } from '../errors.ts'
import type { Instance } from '../runtime/instance.ts'
import type { Thread } from '../runtime/thread.ts'
import { instructions } from '../spec/instructions.ts'
import { Inspector, type Target, storeOf, within } from './inspector.ts'
import type { Site, Watcher } from './instrumentation.ts'
import { type Selection, functionTest, instructionTest } from './select.ts'
import { addressAt, jsValue } from './state.ts'

/** Which instructions; what is not given does not matter. */
export interface ProbeOptions {
  /** Name of the instruction, `*` and `?` match: `i32.store`, `*.load*`. Or several names. */
  readonly op?: string | readonly string[]
  /** Functions by index or name. */
  readonly func?: Selection
  /** Byte offset of one instruction in the .wasm file. */
  readonly offset?: number
}

/** Control is in front of an instruction. Valid only until the callback returns. */
export class ProbeEvent {
  private readonly thread: Thread
  private readonly site: Site
  constructor(thread: Thread, site: Site) {
    this.thread = thread
    this.site = site
  }
  get instance(): Instance {
    return this.thread.instance
  }
  get funcidx(): number {
    return this.site.funcidx
  }
  /** Name of the function, if it has one. */
  get func(): string | undefined {
    return this.site.name
  }
  /** Byte offset of the instruction in the .wasm file. */
  get offset(): number {
    return this.site.offset
  }
  /** Name of the instruction. */
  get op(): string {
    return this.site.instruction.name
  }
  /** The instruction with its immediates. */
  get text(): string {
    return this.site.text
  }
  /** Ticks of the thread, and frames on it. */
  get tick(): number {
    return this.thread.tick
  }
  get depth(): number {
    return this.thread.depth
  }
  /** What it is going to take from the operand stack, bottom first: numbers, for i64 bigints; v128 and references as text. */
  get operands(): (number | bigint | string)[] {
    return this.site.operands.map((place) => jsValue(this.thread, place, this.thread.fp))
  }
  /** Of loads, stores and atomic accesses: where in memory, with the offset. Undefined for others. */
  get address(): number | undefined {
    return this.site.instruction.width > 0 && this.site.operands.length > 0 ? addressAt(this.thread, this.site) : undefined
  }
}

export interface ProbeHandle {
  /** How often it was called. */
  readonly hits: number
  /** Takes it away at once, also from calls that are running. */
  remove(): void
}

/**
 * Calls `callback` in front of each instruction that is meant, in calls that begin from now on. The callback cannot call
 * functions of the program. What it throws ends the invocation and comes out of it.
 */
export function probe(target: Target, options: ProbeOptions, callback: (event: ProbeEvent) => void): ProbeHandle {
  if (typeof callback !== 'function') throw new VitrineError('usage', 'a probe needs a function to call')
  const store = storeOf(target)
  const inspector = Inspector.of(store)
  const isMeant = within(target)
  const inFunction = functionTest(options.func)
  const byName = instructionTest(
    options.op,
    instructions.map(({ name }) => name),
  )
  const { offset } = options
  let hits = 0
  const hit = (T: Thread, site: Site): void => {
    if (!isMeant(T.instance)) return
    hits++
    inspector.guarded(() => callback(new ProbeEvent(T, site)))
  }
  const watcher: Watcher = {
    wants: (instruction, funcidx, name, at) =>
      (offset === undefined || offset === at) && byName(instruction.name) && inFunction(funcidx, name),
    at: () => hit,
  }
  inspector.add(watcher)
  return {
    get hits() {
      return hits
    },
    remove: () => inspector.remove(watcher),
  }
}
