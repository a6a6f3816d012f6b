/**
 * The debugger without a protocol (`vitrine/debug`): starts a program, or joins one that runs, stops it, shows its state and
 * changes it. Faces such as the command line and the Debug Adapter Protocol are made of it.
 *
 * All threads of the program stop together. A call that JavaScript makes synchronously (`instance.exports.f()`) cannot stop:
 * breakpoints in it log and count, and are reported as skipped.
 */
import { compileExpression, type Context } from './expression.ts'
import { CompiledModule, compile } from '../embedding/module.ts'
import type { WasmInstance } from '../embedding/instantiate.ts'
import { outward } from '../embedding/exception.ts'
import { wrapFunc } from '../embedding/functions.ts'
import { Execution, invoke } from '../embedding/invoke.ts'
import { macrotask } from '../embedding/macrotask.ts'
import { Store } from '../embedding/store.ts'
import { VitrineError, isTrap } from '../errors.ts'
import type { Task } from '../interp/scheduler.ts'
import type { AbortSignalLike } from '../runtime/abort-signal.ts'
import type { Func } from '../runtime/func.ts'
import type { Instance } from '../runtime/instance.ts'
import type { Thread } from '../runtime/thread.ts'
import { type SourceMap, printModuleWithMap } from '../text/index.ts'
import { type RunOptions, type RunResult, parseBytes, run } from '../wasi/run.ts'
import { type BreakOptions, Breakpoint, type Watchpoint } from './breakpoint.ts'
import { Breakpoints } from './breakpoints.ts'
import { type Cause, type Controller, Core, errorText } from './core.ts'
import { Frame, depthOf, rawFrames } from './frames.ts'
import type { Place } from './places.ts'
import { formatTerm, scopeAt } from './scope.ts'
import { StepIn, type StepKind, StepOver, loopAround } from './step.ts'
import type { Variable } from './values.ts'
import { type WatchOptions, type Watched, globalVariable } from './watch.ts'

/** The text that `wat` places and line steps count in. */
export interface Source {
  readonly text: string
  readonly map: SourceMap
}

export interface LaunchOptions extends Omit<RunOptions, 'store' | 'executor' | 'tier'> {
  /** The text of the module; default: what `printModuleWithMap` gives, one instruction a line. */
  readonly source?: Source
  /** Told what logpoints write. */
  readonly onLog?: (text: string, breakpoint: Breakpoint) => void
  /** Told of each stop that was due where nothing can stop. */
  readonly onSkip?: (skip: Skip) => void
}
export type AttachOptions = Pick<LaunchOptions, 'source' | 'onLog' | 'onSkip'>

/** A stop that was due where nothing can stop: in a call that JavaScript made synchronously, or that came from a host function. */
export interface Skip {
  readonly breakpoint: Breakpoint | Watchpoint
  readonly message: string
  readonly thread: number
  readonly funcidx: number
  readonly offset: number
  readonly func: string | undefined
}

/** Why and where the program stands still; or that it has ended. */
export interface Stop {
  readonly reason: Cause['reason'] | 'exit' | 'error'
  readonly message: string
  /** The breakpoint or watchpoint that stopped it. */
  readonly breakpoint: Breakpoint | Watchpoint | undefined
  /** Number of the thread; 0 when the program has ended. */
  readonly thread: number
  /** Time coordinate, with the depth and offset of the top frame: ticks of the thread so far. */
  readonly tick: number
  /** Innermost first. Made when they are asked for; valid until the program goes on. */
  readonly frames: readonly Frame[]
  /** The top frame. */
  readonly frame: Frame | undefined
  readonly exitCode: number | undefined
  /** What the invoked function returned. */
  readonly result: unknown
  /** What ended the program, if it was not itself. */
  readonly error: unknown
}

/** A thread of the program. */
export interface ThreadInfo {
  readonly id: number
  readonly state: 'runnable' | 'in a host call' | 'waiting'
  /** Innermost first. Made when they are asked for. */
  readonly frames: readonly Frame[]
}

/** Frames that are looked at; a deeper stack is cut. */
const MAX_FRAMES = 10_000
/** Ticks of a call between two turns of the event loop. */
const CALL_TICKS = 50_000

export class Debugger {
  private readonly store: Store
  private readonly core: Core
  private readonly module: CompiledModule
  private readonly options: AttachOptions
  private readonly points: Breakpoints
  private pauseWanted = false
  private mainInstance: Instance | undefined = undefined
  private readonly restore: () => void
  private waiter: ((stop: Stop) => void) | undefined = undefined
  private current: Stop | undefined = undefined
  private currentThread: Thread | undefined = undefined
  private ended: Stop | undefined = undefined
  /** What was running when it was joined runs still; or has ended while nobody waited for a stop. */
  private joined = false
  private missed: Stop | undefined = undefined
  private began = false
  private printed: Source | undefined = undefined
  private abort: (() => void) | undefined = undefined
  /** Counts stops, so that a frame of an earlier one is known. */
  private epoch = 0
  /** Settles when the run of a program that was launched is over, and its files and sockets are closed. */
  over: Promise<void> = Promise.resolve()

  private constructor(store: Store, module: CompiledModule, options: AttachOptions, restore: () => void) {
    this.store = store
    this.module = module
    this.options = options
    this.restore = restore
    this.points = new Breakpoints({
      module,
      onLog: options.onLog,
      core: () => this.core,
      source: () => this.source,
      instance: () => this.instance,
      globals: () => this.globals,
    })
    this.core = new Core(this.controller(), store.executor)
    store.executor = this.core.fullSpeed
  }

  /**
   * Prepares a program under the debugger. It is instantiated, and stands before its first instruction: `continue` or `step`
   * starts it. The options are those of `run` of `vitrine/wasi`. Time limits go on while it stands still.
   */
  static async launch(program: Uint8Array | ArrayBuffer | CompiledModule, options: LaunchOptions = {}): Promise<Debugger> {
    const module = program instanceof CompiledModule ? program : compile(program, options)
    const { memory, fuel, wallMs, ...limits } = options.limits ?? {}
    const bytes = typeof memory === 'string' ? parseBytes(memory) : memory
    const store = new Store({ ...options, limits: { ...limits, memory: bytes }, fuel, timeout: wallMs })
    const dbg = new Debugger(store, module, options, () => {})
    dbg.core.moduleOf(module.shared)
    store.scheduler.hold()
    const controller = typeof AbortController === 'function' ? new AbortController() : undefined
    options.signal?.addEventListener('abort', () => controller?.abort(options.signal!.reason))
    dbg.abort = () => controller?.abort(closed())
    const running = run(module, { ...options, store, signal: controller?.signal ?? options.signal })
    dbg.over = running.then(
      (result) => dbg.end(result, undefined),
      (error: unknown) => dbg.end(undefined, error),
    )
    // Instantiation has happened, or has failed, when the microtasks so far have run.
    await Promise.resolve()
    dbg.mainInstance = store.scheduler.tasks[0]?.thread.instance
    return dbg
  }

  /**
   * Joins an instance, whether something runs in it or not. Threads that run at full speed go on in code that can stop. Not to be
   * called from a host function of the program.
   */
  static attach(instance: WasmInstance, options: AttachOptions = {}): Debugger {
    const { store, module } = instance
    const { executor: before } = store
    if (before.name === 'inspect')
      throw new VitrineError(
        'usage',
        'the program is watched by vitrine/trace, or debugged already: it can be joined when that has stopped',
      )
    if (before.unitOf(module.shared) === undefined)
      throw new VitrineError('usage', `a program on the executor '${before.name}' cannot be joined: only one on register code`)
    const { tasks } = store.scheduler
    if (tasks.some(({ active }) => active))
      throw new VitrineError('usage', 'a program cannot be joined from inside one of its host functions')
    const { scheduler } = store
    const dbg = new Debugger(store, module, options, () => {
      store.executor = before
      scheduler.onEnd = undefined
    })
    dbg.joined = tasks.length > 0
    scheduler.onEnd = (task) => dbg.callEnded(task)
    dbg.mainInstance = instance.instance
    dbg.core.moduleOf(module.shared)
    for (const { thread } of tasks) thread.executor = store.executor
    dbg.began = true
    return dbg
  }

  // ---- stopping and going on --------------------------------------------------------------------------------------

  /** The last stop, while the program stands still. */
  get stop(): Stop | undefined {
    return this.current
  }

  /**
   * Goes on until the next stop, or the end of the program. After `attach` that is the end of the last call that JavaScript has
   * made; when nothing runs, it waits for the next one.
   */
  continue(): Promise<Stop> {
    return this.goOn(() => undefined)
  }

  /** Goes one step, in the current thread. See StepKind. The first one of a program that was launched goes to its first instruction. */
  step(kind: StepKind = 'in'): Promise<Stop> {
    return this.goOn((T) => this.planFor(T, kind))
  }

  /**
   * Stops a running program, wherever it is: in an endless loop, or while it waits for a host call. When nothing runs in an instance
   * that was joined, the next call stops at its start.
   */
  async pause(): Promise<Stop> {
    const known = this.current ?? this.theEnd()
    if (known !== undefined) return known
    const { scheduler } = this.store
    const previous = this.waiter
    return new Promise((resolve) => {
      this.waiter = (stop) => {
        previous?.(stop)
        resolve(stop)
      }
      const isWaiting = scheduler.tasks.every(
        ({ thread, settled }) => (thread.pending !== undefined && settled === undefined) || thread.waiting !== undefined,
      )
      const [task] = scheduler.tasks
      if (isWaiting && task !== undefined) this.halt(task.thread, { reason: 'pause', message: 'paused' })
      else this.pauseWanted = true
    })
  }

  /** Ends the program, if it runs, and lets go of it. After `attach`, or with `leave`, the program goes on by itself. */
  close({ leave = false }: { readonly leave?: boolean } = {}): void {
    for (const module of this.core.all) module.clear()
    this.points.forgetAll()
    for (const { thread } of this.store.scheduler.tasks) this.core.forget(thread)
    this.pauseWanted = false
    this.restore()
    if (this.ended === undefined && this.abort !== undefined && !leave) {
      for (const { thread } of this.store.scheduler.tasks) thread.interrupt = closed()
      this.abort()
    }
    this.current = undefined
    this.epoch++
    this.store.scheduler.unhold()
  }

  private goOn(plan: (T: Thread) => StepIn | StepOver | undefined): Promise<Stop> {
    const over = this.theEnd()
    if (over !== undefined) return Promise.resolve(over)
    if (this.waiter !== undefined) return Promise.reject(new VitrineError('usage', 'the program is running'))
    const { scheduler } = this.store
    const { thread: T } = scheduler.tasks.find(({ thread }) => thread === this.currentThread) ?? scheduler.tasks[0] ?? {}
    if (T !== undefined) {
      const state = this.core.stateOf(T)
      state.plan?.dispose()
      try {
        state.plan = plan(T)
      } catch (error) {
        return Promise.reject(error as Error)
      }
    }
    if (!this.began) {
      this.began = true
      if (T !== undefined) this.core.stateOf(T).plan ??= this.points.wantsEntry ? new StepIn('entry') : undefined
    }
    return new Promise((resolve) => {
      this.waiter = resolve
      this.current = undefined
      this.epoch++
      scheduler.unhold()
    })
  }

  /** The end of the program, if that is what comes next. What was joined may be followed by another call. */
  private theEnd(): Stop | undefined {
    const { missed } = this
    this.missed = undefined
    return this.ended ?? missed
  }

  private planFor(T: Thread, kind: StepKind): StepIn | StepOver | undefined {
    const code = this.core.codeOf(T.unit)
    // Where the frame cannot stop, or has not begun, there is nothing to step over.
    if (!this.began) return new StepIn('entry')
    if (kind === 'in' || code === undefined) return new StepIn()
    const depth = depthOf(T)
    if (kind === 'over') return new StepOver(depth)
    if (kind === 'out') return new StepOver(depth - 1)
    const offset = code.offsetOf(T.pc)
    if (kind === 'line' || kind === 'line-in') {
      const { map } = this.source
      const line = map.placeOf(offset)?.line
      const { funcidx } = this.core.place(T)
      return new StepOver(
        kind === 'line' ? depth : Infinity,
        (now, at, deep) => deep !== depth || this.core.place(now).funcidx !== funcidx || map.placeOf(at.offsetOf(now.pc))?.line !== line,
      )
    }
    const { funcidx } = this.core.place(T)
    const body = code.module.code[funcidx - code.module.imported.func]!
    const loop = loopAround(body, offset)
    if (loop === undefined) throw new VitrineError('usage', 'there is no loop around this instruction')
    return new StepOver(depth, (now, at, deep) => {
      const place = at.offsetOf(now.pc)
      return deep < depth || at !== code || place === loop.start || place < loop.start || place > loop.end
    })
  }

  /** Holds the program and tells whoever waits. */
  private halt(T: Thread, cause: Cause): void {
    this.pauseWanted = false
    this.store.scheduler.hold()
    for (const { thread, active } of this.store.scheduler.tasks) {
      if (!active) this.core.hold(thread)
      // A step of another thread is given up.
      this.core.forget(thread)
    }
    this.core.forget(T)
    this.currentThread = T
    const { breakpoint } = cause
    if (breakpoint instanceof Breakpoint && breakpoint.options.once === true) breakpoint.remove()
    this.deliver(this.stopOf(T, cause.reason, cause.message, breakpoint))
  }

  private stopOf(T: Thread, reason: Cause['reason'], message: string, breakpoint?: Stop['breakpoint']): Stop {
    const epoch = ++this.epoch
    let known: readonly Frame[] | undefined
    const read = (): readonly Frame[] => {
      if (known === undefined && this.epoch !== epoch)
        throw new VitrineError('usage', 'the program has gone on: this stop has no frames any more')
      return (known ??= this.framesOf(T))
    }
    return {
      reason,
      message,
      breakpoint,
      thread: this.core.stateOf(T).id,
      tick: T.tick,
      get frames() {
        return read()
      },
      get frame() {
        return read()[0]
      },
      exitCode: undefined,
      result: undefined,
      error: undefined,
    }
  }

  private framesOf(T: Thread): Frame[] {
    return rawFrames(T, MAX_FRAMES).map((raw) => new Frame(T, raw, this.core.codeOf(raw.unit)))
  }

  private deliver(stop: Stop): void {
    const { waiter } = this
    this.current = stop
    this.waiter = undefined
    waiter?.(stop)
  }

  /** The program has ended. */
  private end(result: RunResult | undefined, error: unknown): void {
    this.ended = endOf(result?.exitCode, result?.result, error)
    this.currentThread = undefined
    this.deliver(this.ended)
  }

  /** A call that JavaScript has made, or a thread, has ended after the program was joined. */
  private callEnded({ ending, program, thread }: Task): void {
    const { tasks } = this.store.scheduler
    if (program !== thread || tasks.some((other) => other.program === other.thread)) return
    const stop =
      ending?.kind === 'error'
        ? endOf(undefined, undefined, outward(ending.error, this.store.i64, wrapFunc))
        : endOf(ending?.kind === 'exit' ? ending.code : 0, undefined, undefined)
    this.pauseWanted = false
    this.currentThread = undefined
    if (this.waiter !== undefined) this.deliver(stop)
    else if (this.joined) this.missed = stop
    this.joined = false
    this.current = undefined
  }

  // ---- breakpoints ------------------------------------------------------------------------------------------------

  /** All that are set, in the order of their numbers. */
  get breakpoints(): readonly (Breakpoint | Watchpoint)[] {
    return this.points.all
  }
  /** Sets a breakpoint. Throws a `usage` error when it could never stop, or for a mistake in its condition. */
  break(place: Place, options: BreakOptions = {}): Breakpoint {
    if ('entry' in place && this.began) throw new VitrineError('usage', 'the program has begun: it does not come to its entry any more')
    return this.points.break(place, options)
  }
  /** Sets a watchpoint. Throws a `usage` error for what does not exist. */
  watch(watched: Watched, options: WatchOptions = {}): Watchpoint {
    return this.points.watch(watched, options)
  }

  /** What the executor asks. */
  private controller(): Controller {
    const { points } = this
    return {
      isPausing: () => this.pauseWanted,
      hasWatchpoints: () => points.hasWatchpoints,
      wants: (what, name) => points.wants(what, name),
      joined: (module) => points.joined(module),
      translated: (module, funcidx) => points.translated(module, funcidx),
      hit: (T, module, site) => points.hit(T, module, site),
      touched: (T, watchpoint, when, touch) => points.touched(T, watchpoint, when, touch),
      hostChanges: (T) => points.hostChanges(T),
      calls: (name) => points.calls(name),
      traps: (message) => points.traps(message),
      throws: (tag, isCaught) => points.throws(tag, isCaught),
      skipped: (T, { breakpoint, message }) => {
        if (breakpoint === undefined) return
        breakpoint.skipCount++
        if (this.options.onSkip === undefined) return
        const { funcidx, offset, name } = this.core.place(T)
        this.options.onSkip({ breakpoint, message, thread: this.core.stateOf(T).id, funcidx, offset, func: name })
      },
      stopped: (T, cause) => this.halt(T, cause),
      settled: (T, error) => {
        const task = this.store.scheduler.taskOf(T)
        if (task !== undefined) task.settled = { error }
      },
    }
  }

  // ---- state ------------------------------------------------------------------------------------------------------

  /** The instance of the program. */
  get instance(): Instance {
    const instance = this.mainInstance ?? this.currentThread?.instance
    if (instance === undefined) throw new VitrineError('usage', 'the program has no instance: it could not be instantiated, or has ended')
    return instance
  }

  /** The text that lines are counted in. Printing a large module takes a while. */
  get source(): Source {
    return (this.printed ??= this.options.source ?? printModuleWithMap(this.module.data, { folded: false }))
  }

  get globals(): readonly Variable[] {
    const { instance } = this
    return instance.globals.map((_, index) => globalVariable(instance, index))
  }

  get threads(): readonly ThreadInfo[] {
    return this.store.scheduler.tasks.map(({ thread, settled }) => {
      const framesOf = (): Frame[] => this.framesOf(thread)
      return {
        id: this.core.stateOf(thread).id,
        state:
          thread.pending !== undefined && settled === undefined ? 'in a host call' : thread.waiting !== undefined ? 'waiting' : 'runnable',
        get frames() {
          return framesOf()
        },
      }
    })
  }

  /** Makes another thread the one that steps; gives its view of the current stop. */
  select(id: number): Stop {
    const task = this.store.scheduler.tasks.find(({ thread }) => this.core.stateOf(thread).id === id)
    if (task === undefined || this.current === undefined) throw new VitrineError('usage', `there is no thread ${id} that stands still`)
    this.currentThread = task.thread
    this.current = this.stopOf(task.thread, 'pause', `thread ${id}`)
    return this.current
  }

  /** Bytes of a memory, copied; fewer at its end. */
  readMemory(addr: number, size: number, memidx = 0): Uint8Array {
    const { bytes } = this.memory(memidx)
    return bytes.slice(Math.min(addr, bytes.length), Math.min(addr + size, bytes.length))
  }
  writeMemory(addr: number, bytes: Uint8Array, memidx = 0): void {
    const memory = this.memory(memidx)
    if (!(addr >= 0 && addr + bytes.length <= memory.byteLength))
      throw new VitrineError(
        'usage',
        `memory ${memidx} ends at 0x${memory.byteLength.toString(16)}: ${bytes.length} bytes at 0x${addr.toString(16)} do not fit`,
      )
    memory.write(addr, bytes)
    this.points.edited(memory, addr, bytes)
  }
  private memory(memidx: number): Instance['memories'][number] {
    const memory = this.instance.memories[memidx]
    if (memory === undefined) throw new VitrineError('usage', `there is no memory ${memidx}`)
    return memory
  }

  /** The value of an expression in a frame of the current stop. Throws a `usage` error that tells the column. */
  evaluate(
    text: string,
    frame: Frame | undefined = this.current?.frame,
  ): { readonly type: string; readonly value: unknown; readonly text: string } {
    if (frame === undefined) throw new VitrineError('usage', 'the program does not stand in a function')
    const { code } = this.core.moduleOf(frame.instance.shared)
    const context: Context = {
      registers: frame.registers,
      fp: frame.fp,
      instance: frame.instance,
      tick: this.current?.tick ?? 0,
      depth: frame.depth,
      extra: {},
    }
    const expression = compileExpression(text, scopeAt(code, frame.funcidx, frame.offset))
    const value = expression.read(context)
    return { type: expression.type, value, text: formatTerm(expression.type, value) }
  }

  /** Calls an exported function while the program stands still, on a thread of its own. */
  call(name: string, ...args: unknown[]): unknown {
    const { instance } = this
    const func = this.callable(name)
    // The program's own thread is parked in it; it is the caller's wish to enter nevertheless.
    const { parked } = instance
    instance.parked = 0
    try {
      return invoke(this.store, func, args, wrapFunc)
    } finally {
      instance.parked = parked
    }
  }

  /** The same with turns for the event loop, and a signal that ends the call. It rejects with the signal's reason then. */
  async callLater(name: string, args: readonly unknown[], signal: AbortSignalLike): Promise<unknown> {
    const { instance } = this
    const func = this.callable(name)
    const { parked } = instance
    instance.parked = 0
    let call: Execution
    try {
      call = new Execution(this.store, func, args, wrapFunc)
    } finally {
      instance.parked += parked
    }
    while (!call.run(CALL_TICKS)) {
      await macrotask()
      if (!signal.aborted) continue
      call.cancel()
      throw signal.reason
    }
    return call.result
  }

  private callable(name: string): Func {
    const found = this.module.data.exports.find((e) => e.kind === 'func' && e.name === name)
    if (found === undefined) throw new VitrineError('usage', `there is no exported function '${name}'`)
    if (this.waiter !== undefined) throw new VitrineError('usage', 'the program is running')
    return this.instance.funcs[found.index]!
  }
}

function endOf(exitCode: number | undefined, result: unknown, error: unknown): Stop {
  const message = exitCode !== undefined ? `exit code ${exitCode}` : isTrap(error) ? `trap: ${error.message}` : errorText(error, true)
  return {
    reason: exitCode === undefined ? 'error' : 'exit',
    message,
    breakpoint: undefined,
    thread: 0,
    tick: 0,
    frames: [],
    frame: undefined,
    exitCode,
    result,
    error,
  }
}

const closed = (): VitrineError => new VitrineError('interrupted', 'the debugger was closed')
