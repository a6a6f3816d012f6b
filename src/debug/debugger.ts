/**
 * The debugger without a protocol (`vitrine/debug`): starts a program, or joins one that runs, stops it, shows its state and
 * changes it. Faces such as the command line and the Debug Adapter Protocol are made of it.
 *
 * All threads of the program stop together. A call that JavaScript makes synchronously (`instance.exports.f()`) cannot stop:
 * breakpoints in it log and count, and are reported as skipped.
 */
import { compileExpression, type Context, type Expression, type Scope, templateParts } from './expression.ts'
import { CompiledModule, compile } from '../embedding/module.ts'
import type { WasmInstance } from '../embedding/instantiate.ts'
import { wrapFunc } from '../embedding/functions.ts'
import { Execution, invoke } from '../embedding/invoke.ts'
import { macrotask } from '../embedding/macrotask.ts'
import { Store } from '../embedding/store.ts'
import { VitrineError, isTrap } from '../errors.ts'
import type { Task } from '../interp/scheduler.ts'
import type { Module } from '../module/module.ts'
import { moduleNames } from '../module/names.ts'
import type { AbortSignalLike } from '../runtime/abort-signal.ts'
import type { Func } from '../runtime/func.ts'
import type { Instance } from '../runtime/instance.ts'
import type { Thread } from '../runtime/thread.ts'
import { formatValType } from '../spec/types.ts'
import { type SourceMap, printModuleWithMap } from '../text/index.ts'
import { type RunOptions, type RunResult, parseBytes, run } from '../wasi/run.ts'
import { type BreakOptions, Breakpoint, Watchpoint } from './breakpoint.ts'
import { type Cause, type Controller, Core, type DebugModule, type Site, type SiteBreak, errorText } from './core.ts'
import { Frame, depthOf, localsOf, rawFrames } from './frames.ts'
import { isHit } from './hits.ts'
import { type Place, functionsOf, hostPattern, resolvePlace } from './places.ts'
import { type Extras, formatTerm, readResult, resultType, scopeAt } from './scope.ts'
import { StepIn, type StepKind, StepOver, loopAround } from './step.ts'
import type { Variable } from './values.ts'
import { type Touch, type WatchOptions, type Watched, type Watcher, globalVariable, watcherFor } from './watch.ts'

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
  private readonly points = new Map<number, Breakpoint | Watchpoint>()
  private readonly watchers = new Map<Watchpoint, Watcher>()
  private nextId = 1
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

  /** Goes one step, in the current thread. See StepKind. */
  step(kind: StepKind = 'in'): Promise<Stop> {
    return this.goOn((T) => this.planFor(T, kind))
  }

  /** Stops a running program, wherever it is: in an endless loop, or while it waits for a host call. */
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
    this.points.clear()
    this.watchers.clear()
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
      if (T !== undefined) this.core.stateOf(T).plan ??= this.entryWanted() ? new StepIn('entry') : undefined
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

  private entryWanted(): boolean {
    return [...this.points.values()].some((point) => point instanceof Breakpoint && 'entry' in point.place && point.enabled)
  }

  private planFor(T: Thread, kind: StepKind): StepIn | StepOver | undefined {
    const code = this.core.codeOf(T.unit)
    // Where the frame cannot stop, or has not begun, there is nothing to step over.
    if (kind === 'in' || code === undefined || !this.began) return new StepIn()
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
        ? endOf(undefined, undefined, ending.error)
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
    return [...this.points.values()]
  }

  /** Sets a breakpoint. Throws a `usage` error when it could never stop, or for a mistake in its condition. */
  break(place: Place, options: BreakOptions = {}): Breakpoint {
    const point = new Breakpoint(this.nextId, place, options, (gone) => this.removeBreak(gone))
    if (typeof options.hits === 'number' && !(options.hits >= 1))
      throw new VitrineError('usage', `hits is a number from 1 on, not ${options.hits}`)
    const isSpecial = 'host' in place || 'import' in place || 'trap' in place || 'throw' in place || 'uncaught' in place || 'entry' in place
    if (isSpecial && options.when !== undefined)
      throw new VitrineError('usage', 'only a breakpoint at an instruction can have a condition: a function, an offset or a line')
    if (options.log !== undefined) {
      const { expressions } = templateParts(options.log)
      if (isSpecial && expressions.length > 0)
        throw new VitrineError('usage', 'only a breakpoint at an instruction can log expressions: a function, an offset or a line')
    }
    try {
      for (const module of this.core.all) this.place(point, module)
      this.verify(point)
    } catch (error) {
      this.removeBreak(point)
      throw error
    }
    this.nextId++
    this.points.set(point.id, point)
    return point
  }

  private verify(point: Breakpoint): void {
    const { place } = point
    if (point.places.length > 0) return
    if (point.problems.length > 0) throw new VitrineError('usage', point.problems[0]!)
    if ('entry' in place || 'trap' in place || 'throw' in place || 'uncaught' in place || 'host' in place || 'import' in place) return
    if (functionsOf(this.module.data, place).length > 0) return
    if ('func' in place)
      throw new VitrineError('usage', `there is no function ${typeof place.func === 'number' ? place.func : `'${place.func}'`}`)
    if ('export' in place) throw new VitrineError('usage', `there is no exported function '${place.export}'`)
    if ('wat' in place) throw new VitrineError('usage', `no instruction begins on line ${place.wat}`)
    throw new VitrineError('usage', `offset 0x${place.offset.toString(16)} is in no function`)
  }

  /** Puts a breakpoint into a module. */
  private place(point: Breakpoint, module: DebugModule): void {
    const isMain = module.code.shared === this.module.shared
    // Offsets and lines are those of the program itself.
    if (!isMain && ('offset' in point.place || 'wat' in point.place)) return
    const names = moduleNames(module.code.module).funcs
    for (const { funcidx, offset } of resolvePlace(module.code, point.place, () => this.source.map)) {
      try {
        const site = this.compileFor(point, module, funcidx, offset)
        module.site(offset).breaks.set(point, site)
      } catch (error) {
        if (!(error instanceof VitrineError)) throw error
        point.problems.push(error.message)
        continue
      }
      module.code.addBreak(offset)
      this.core.version++
      point.places.push({ funcidx, offset, name: names.get(funcidx) })
    }
  }

  private compileFor(point: Breakpoint, module: DebugModule, funcidx: number, offset: number): SiteBreak {
    const { when, log } = point.options
    const scope = (extras?: Extras): Scope => scopeAt(module.code, funcidx, offset, extras)
    const result = resultType(module.code.module, funcidx)
    const template = log === undefined ? undefined : templateParts(log)
    const late = template?.expressions.some((text) => /\bresult\b/.test(text)) ?? false
    const extras: Extras = late && result !== undefined ? { result: result.type } : {}
    return {
      breakpoint: point,
      funcidx,
      when: when === undefined ? undefined : module.condition(offset, when, scope),
      log:
        template === undefined
          ? undefined
          : { texts: template.texts, late, expressions: template.expressions.map((text) => compileExpression(text, scope(extras))) },
    }
  }

  private removeBreak(point: Breakpoint): void {
    this.points.delete(point.id)
    for (const module of this.core.all) for (const { offset } of point.places) module.removeAt(offset, point)
    point.places.length = 0
  }

  /** Sets a watchpoint. Throws a `usage` error for what does not exist. */
  watch(watched: Watched, options: WatchOptions = {}): Watchpoint {
    const on = options.on ?? 'change'
    const watcher = watcherFor(this.instance, watched, on)
    const point = new Watchpoint(this.nextId, watched, { ...options, on }, watcher.text, (gone) => this.removeWatch(gone))
    this.watchers.set(point, watcher)
    try {
      for (const module of this.core.all) {
        const { functions } = module.code.unit
        for (const funcidx of [...functions]) this.watchIn(point, watcher, module, funcidx)
      }
      if (options.when !== undefined) compileExpression(options.when, this.anywhere(watched))
    } catch (error) {
      this.removeWatch(point)
      throw error
    }
    this.nextId++
    this.points.set(point.id, point)
    return point
  }

  /** Names that a condition of a watchpoint may use wherever the value is touched: globals, `$old`, `$new`. */
  private anywhere(watched: Watched): Scope {
    const first = this.module.data.imported.func
    const { code } = this.core.moduleOf(this.module.shared)
    const scope = scopeAt(code, first, this.module.data.code[0]?.start ?? 0, this.extrasOf(watched))
    return 'local' in watched ? { ...scope, name: (name) => scope.name(name) ?? scope.local(0) } : { ...scope, local: () => undefined }
  }

  private extrasOf(watched: Watched): Extras {
    let type: string | undefined
    if ('global' in watched)
      type = this.globals.find(({ name, index }) => name === String(watched.global).replace(/^\$/, '') || index === watched.global)?.type
    else if ('local' in watched) {
      const [funcidx] = functionsOf(this.module.data, { func: watched.func })
      type = funcidx === undefined ? undefined : localType(this.module.data, funcidx, watched.local)
    }
    if (type === undefined) return {}
    const known = type === 'i32' || type === 'i64' || type === 'f32' || type === 'f64' ? type : 'ref'
    return { $old: known, $new: known }
  }

  private watchIn(point: Watchpoint, watcher: Watcher, module: DebugModule, funcidx: number): void {
    this.core.scan(module, funcidx, (reader, code) => {
      const offset = reader.at
      const toucher = watcher.toucher(code.module, funcidx, reader, () => code.stackAt(code.pcOf(offset)))
      if (toucher === undefined) return
      const when =
        point.when === undefined ? undefined : compileExpression(point.when, scopeAt(code, funcidx, offset, this.extrasOf(point.watched)))
      module.site(offset).touchers.push({ watchpoint: point, toucher, when })
      code.addBreak(offset)
    })
  }

  private removeWatch(point: Watchpoint): void {
    this.points.delete(point.id)
    this.watchers.delete(point)
    for (const module of this.core.all) module.sweepTouchers((watchpoint) => watchpoint === point)
  }

  // ---- what the executor asks -------------------------------------------------------------------------------------

  private controller(): Controller {
    return {
      isPausing: () => this.pauseWanted,
      hasWatchpoints: () => this.watchers.size > 0,
      wants: (what, name) =>
        [...this.points.values()].some(
          (point) =>
            point instanceof Breakpoint &&
            point.enabled &&
            (name === undefined ? what in point.place : hostNameOf(point.place)?.(name) === true),
        ),
      joined: (module) => {
        for (const point of this.points.values()) if (point instanceof Breakpoint) this.place(point, module)
      },
      translated: (module, funcidx) => {
        for (const [point, watcher] of this.watchers) this.watchIn(point, watcher, module, funcidx)
      },
      hit: (T, module, site) => this.hit(T, module, site),
      touched: (T, watchpoint, when, touch) => this.touched(T, watchpoint, when, touch),
      hostChanges: () => {
        for (const [watchpoint, watcher] of this.watchers) {
          const touch = watchpoint.enabled ? watcher.hostChange?.() : undefined
          if (touch === undefined) continue
          watchpoint.hitCount++
          if (!isHit(watchpoint.hitCount, watchpoint.hits)) continue
          return { reason: 'watchpoint', message: touch.message, breakpoint: watchpoint }
        }
        return undefined
      },
      calls: (name) => this.special((place) => hostNameOf(place)?.(name) === true, 'host', `call of ${name}`),
      traps: (message) => this.special((place) => 'trap' in place, 'trap', message),
      throws: (tag, isCaught) => {
        let uncaught: boolean | undefined
        return this.special(
          (place) =>
            'throw' in place
              ? place.throw === true || `$${place.throw.replace(/^\$/, '')}` === tag
              : 'uncaught' in place && (uncaught ??= !isCaught()),
          'throw',
          `exception ${tag}`,
        )
      },
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

  /** A breakpoint that stands at no instruction. */
  private special(matches: (place: Place) => boolean, reason: Cause['reason'], message: string): Cause | undefined {
    let found: Cause | undefined
    for (const point of this.points.values()) {
      if (!(point instanceof Breakpoint) || !point.enabled || !matches(point.place)) continue
      point.hitCount++
      if (!isHit(point.hitCount, point.options.hits)) continue
      if (point.options.log === undefined) found ??= { reason, message, breakpoint: point }
      else this.write(point.options.log, point)
    }
    return found
  }

  private hit(T: Thread, module: DebugModule, { breaks }: Site): Cause | undefined {
    let found: Cause | undefined
    let context: Context | undefined
    // Not those that a log sets on the way.
    let left = breaks.size
    for (const site of breaks.values()) {
      if (left-- === 0) break
      const { breakpoint, when, log } = site
      if (!breakpoint.enabled) continue
      context ??= this.contextOf(T, {})
      if (when !== undefined) {
        try {
          if (!when.holds(context)) continue
        } catch (error) {
          found ??= {
            reason: 'breakpoint',
            message: `breakpoint ${breakpoint.id}: its condition fails: ${(error as Error).message}`,
            breakpoint,
          }
          continue
        }
      }
      breakpoint.hitCount++
      if (!isHit(breakpoint.hitCount, breakpoint.options.hits)) continue
      if (log === undefined) found ??= { reason: 'breakpoint', message: `breakpoint ${breakpoint.id}`, breakpoint }
      else if (log.late) this.logLater(T, module, site)
      else this.write(this.fill(log, context), breakpoint)
    }
    return found
  }

  private contextOf(T: Thread, extra: Context['extra']): Context {
    return { registers: T.registers, fp: T.fp, instance: T.instance, tick: T.tick, depth: depthOf(T), extra }
  }

  private fill({ texts, expressions }: NonNullable<SiteBreak['log']>, context: Context): string {
    return texts.map((text, i) => (i === 0 ? text : `${valueText(expressions[i - 1]!, context)}${text}`)).join('')
  }

  /** A template with `result` is written when the function returns, the rest of it as it was at the start. */
  private logLater(T: Thread, module: DebugModule, { breakpoint, funcidx, log }: SiteBreak): void {
    const { fp } = T
    const { texts, expressions } = log!
    const isLate = (e: Expression): boolean => /\bresult\b/.test(e.text)
    const context = this.contextOf(T, {})
    const values = expressions.map((e) => (isLate(e) ? '' : valueText(e, context)))
    const result = resultType(module.code.module, funcidx)!
    this.core.onReturn(T, module.code, (now) => {
      const late = { ...context, extra: { result: readResult(now.registers, fp, result.valtype) } }
      this.write(
        texts
          .map((text, i) =>
            i === 0 ? text : `${isLate(expressions[i - 1]!) ? valueText(expressions[i - 1]!, late) : values[i - 1]!}${text}`,
          )
          .join(''),
        breakpoint,
      )
    })
  }

  private write(text: string, breakpoint: Breakpoint): void {
    this.options.onLog?.(text, breakpoint)
  }

  private touched(T: Thread, watchpoint: Watchpoint, when: Expression | undefined, touch: Touch): Cause | undefined {
    if (!watchpoint.enabled) return undefined
    const cause: Cause = { reason: 'watchpoint', message: touch.message, breakpoint: watchpoint }
    if (when !== undefined) {
      try {
        if (!when.holds(this.contextOf(T, { $old: touch.old, $new: touch.new }))) return undefined
      } catch (error) {
        return { ...cause, message: `${touch.message}; its condition fails: ${(error as Error).message}` }
      }
    }
    watchpoint.hitCount++
    return isHit(watchpoint.hitCount, watchpoint.hits) ? cause : undefined
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

function hostNameOf(place: Place): ((name: string) => boolean) | undefined {
  if ('host' in place) return hostPattern(place.host)
  if ('import' in place) return hostPattern(place.import)
  return 'func' in place && typeof place.func === 'string' ? hostPattern(place.func) : undefined
}

function localType(module: Module, funcidx: number, local: string | number): string | undefined {
  const names = moduleNames(module).locals.get(funcidx)
  const found = localsOf(module, funcidx).find((_, i) => i === local || names?.get(i) === local)
  return found === undefined ? undefined : formatValType(found.type)
}

function valueText(expression: Expression, context: Context): string {
  try {
    return formatTerm(expression.type, expression.read(context))
  } catch (error) {
    return `<${(error as Error).message}>`
  }
}
