/**
 * The executor of debugged threads. Between the driver and the dispatch loop it decides, at each BREAK, whether to stop, and
 * carries out steps. A thread that stops leaves the driver as at the end of a time slice (STATUS.breakpoint); the scheduler holds it
 * until it is told to go on. Made by debugger.ts, which tells it what to stop at.
 */
import { isTrap } from '../errors.ts'
import { type Expression, type Scope, compileExpression } from './expression.ts'
import { InstructionReader } from '../decoder/instruction-reader.ts'
import { resolveTrace } from '../interp/backtrace.ts'
import { caught, isCaught } from '../interp/exceptions.ts'
import { switchExact } from '../interp/switch.ts'
import { opLengths } from '../ops/op-table.ts'
import { CROSS_PC, type CodeUnit, LEAVE_PC } from '../runtime/code.ts'
import { jsTag } from '../runtime/exception.ts'
import type { SharedModule } from '../runtime/instance.ts'
import type { Registers } from '../runtime/registers.ts'
import * as STATUS from '../runtime/status.ts'
import { trapMessages } from '../runtime/traps.ts'
import type { Executor, Saved, Thread } from '../runtime/thread.ts'
import { formatTag } from '../trace/values.ts'
import type { Breakpoint, Watchpoint } from './breakpoint.ts'
import { DebugCode } from './code.ts'
import { depthOf, rawFrames } from './frames.ts'
import { FullSpeedCode } from './full-speed.ts'
import { joinThread, quicken, useUnits } from './join.ts'
import type { StepPlan } from './step.ts'
import type { Finish, Touch, Toucher } from './watch.ts'

/** Why a thread stopped. */
export interface Cause {
  readonly reason: 'entry' | 'breakpoint' | 'watchpoint' | 'step' | 'pause' | 'trap' | 'throw' | 'host'
  readonly message: string
  readonly breakpoint?: Breakpoint | Watchpoint
}

/** What happened at once: a stop for the first, with the words of all. */
export const together = (first: Cause | undefined, next: Cause): Cause =>
  first === undefined ? next : { ...first, message: `${first.message}; ${next.message}` }

/** A breakpoint at an instruction, compiled for it. */
export interface SiteBreak {
  readonly breakpoint: Breakpoint
  readonly funcidx: number
  readonly when: Expression | undefined
  readonly log: { readonly texts: readonly string[]; readonly expressions: readonly Expression[]; readonly late: boolean } | undefined
}
/** What there is to do at an instruction. */
export interface Site {
  /** In the order in which they were set; a breakpoint stands at an instruction once. */
  readonly breaks: Map<Breakpoint, SiteBreak>
  readonly touchers: { readonly watchpoint: Watchpoint; readonly toucher: Toucher; readonly when: Expression | undefined }[]
}

export class DebugModule {
  readonly code: DebugCode
  readonly fullSpeed: FullSpeedCode
  /** By offset, and those that were looked for by their pc. */
  private readonly sites: Map<number, Site> = new Map()
  private readonly byPc: Map<number, Site | undefined> = new Map()
  private readonly conditions: Map<string, Expression> = new Map()
  /** `unit`: the code that the program runs without a debugger. */
  constructor(shared: SharedModule, unit: CodeUnit, onTranslated: (code: DebugCode, funcidx: number) => void) {
    this.code = new DebugCode(shared, onTranslated)
    this.fullSpeed = new FullSpeedCode(shared, unit)
  }
  site(offset: number): Site {
    let site = this.sites.get(offset)
    if (site === undefined) {
      this.fullSpeed.watch(this.code.functionAt(offset))
      site = { breaks: new Map(), touchers: [] }
      this.sites.set(offset, site)
      this.byPc.clear()
    }
    return site
  }

  /** A condition at an instruction; many breakpoints may have the same. */
  condition(offset: number, text: string, scope: () => Scope): Expression {
    const key = `${offset} ${text}`
    let known = this.conditions.get(key)
    if (known === undefined) this.conditions.set(key, (known = compileExpression(text, scope())))
    return known
  }

  /** The site of the instruction whose code begins at `pc`. */
  siteAt(pc: number): Site | undefined {
    const known = this.byPc.get(pc)
    if (known !== undefined || this.byPc.has(pc)) return known
    const site = this.sites.get(this.code.offsetOf(pc))
    this.byPc.set(pc, site)
    return site
  }

  /** Takes the touchers of some watchpoints out of all sites. */
  sweepTouchers(gone: (watchpoint: Watchpoint) => boolean): void {
    for (const [offset, site] of this.sites) {
      const items = site.touchers
      for (let i = items.length - 1; i >= 0; i--) {
        if (!gone(items[i]!.watchpoint)) continue
        items.splice(i, 1)
        this.code.removeBreak(offset)
      }
      if (site.breaks.size === 0 && site.touchers.length === 0) this.drop(offset)
    }
    this.byPc.clear()
  }

  /** Takes everything away. */
  clear(): void {
    for (const [offset, { breaks, touchers }] of this.sites)
      for (let i = breaks.size + touchers.length; i > 0; i--) this.code.removeBreak(offset)
    for (const offset of this.sites.keys()) this.drop(offset)
    this.byPc.clear()
    this.conditions.clear()
  }

  /** Takes something out of the breaks of the site at an offset. */
  removeAt(offset: number, breakpoint: Breakpoint): void {
    const site = this.sites.get(offset)
    if (site?.breaks.delete(breakpoint) !== true) return
    if (site.breaks.size === 0 && site.touchers.length === 0) {
      this.drop(offset)
      this.byPc.clear()
    }
    this.code.removeBreak(offset)
  }

  private drop(offset: number): void {
    this.sites.delete(offset)
    this.fullSpeed.unwatch(this.code.functionAt(offset))
  }
}

/** What is kept of a thread. */
export interface ThreadState {
  readonly id: number
  /** Of the invocation that it belongs to. */
  readonly root: Saved | undefined
  /** It has stopped at this instruction: the next look at it would stop again. */
  checked: boolean
  /** A status that the driver is still to get. */
  owed: number | undefined
  plan: StepPlan | undefined
  /** What waits for frames to return: the frame's base and depth, and what to do. */
  readonly returns: {
    readonly depth: number
    readonly fp: number
    readonly pc: number
    readonly code: DebugCode
    readonly act: (T: Thread) => void
  }[]
  /** Host changes are looked for when it comes back. */
  inHost: boolean
  /** It has stopped at what a host function threw, which comes once more. */
  hostError: boolean
  /** Turns in exact code since it was tried to leave that, and how many to wait for the next time. */
  turns: number
  patience: number
}

const MOST_PATIENCE = 64

/** What the executor asks and tells. */
export interface Controller {
  /** A module that is seen for the first time. */
  joined(module: DebugModule): void
  translated(module: DebugModule, funcidx: number): void
  /** Breakpoints at an instruction: the first that wants to stop. Logs are written on the way. */
  hit(T: Thread, module: DebugModule, site: Site): Cause | undefined
  touched(T: Thread, watchpoint: Watchpoint, when: Expression | undefined, touch: Touch): Cause | undefined
  hostChanges(T: Thread): Cause | undefined
  /** Before a host function is called, something traps or is thrown. */
  calls(name: string): Cause | undefined
  traps(message: string): Cause | undefined
  throws(tag: string, isCaught: () => boolean): Cause | undefined
  /** It would have stopped, but something on the JS stack waits for it. */
  skipped(T: Thread, cause: Cause): void
  /** Holds all threads. */
  stopped(T: Thread, cause: Cause): void
  /** The host call that the thread stands in is to throw when it goes on. */
  settled(T: Thread, error: unknown): void
  /** Whether the next thread that can is to stop. */
  isPausing(): boolean
  hasWatchpoints(): boolean
  /** Whether a trap, a throw or a call of a host function of that name may be a reason to stop. */
  wants(what: 'trap' | 'throw' | 'uncaught' | 'host', name?: string): boolean
}

/** A thread can stop where nothing on the JS stack waits for it. */
const canStop = (T: Thread): boolean => T.mayPark && T.pinned === 0

/** What JavaScript has thrown, in words; `message`: only its message, if it has one. */
export function errorText(error: unknown, message = false): string {
  try {
    const { message: text } = Object(error) as { message?: unknown }
    return message && typeof text === 'string' ? text : String(error)
  } catch {
    return 'an object'
  }
}

const isUniversal = (pc: number): boolean => pc === LEAVE_PC || pc === CROSS_PC

export class Core {
  /** Of threads that can stop at any instruction, and of those that run at full speed until there is something to look at. */
  readonly executor: Executor
  readonly fullSpeed: Executor
  private readonly before: Executor
  private readonly controller: Controller
  private readonly modules = new Map<SharedModule, DebugModule>()
  private readonly byUnit = new WeakMap<CodeUnit, DebugModule>()
  private readonly copies = new WeakSet<CodeUnit>()
  private readonly states = new WeakMap<Thread, ThreadState>()
  private threads = 0

  /** `before`: what runs the program without a debugger. */
  constructor(controller: Controller, before: Executor) {
    this.controller = controller
    this.before = before
    this.fullSpeed = {
      ...before,
      name: 'inspect',
      isWatched: true,
      unitOf: (shared) => this.moduleOf(shared).fullSpeed.unit,
      run: (T) => this.runFull(T),
      hostThrew: (T, error) => this.hostThrew(T, error),
    }
    this.executor = {
      ...switchExact,
      name: 'inspect',
      isWatched: true,
      unitOf: (shared) => this.moduleOf(shared).code.unit,
      run: (T) => this.run(T),
      hostThrew: (T, error) => this.hostThrew(T, error),
      translate: (T) => {
        const module = this.byUnit.get(T.unit!)
        if (module === undefined) switchExact.translate(T)
        else module.code.enterLazy(T)
      },
      land: (T, handler) => {
        switchExact.land(T, handler)
        // Frames that an exception has dropped do not return.
        const { returns } = this.stateOf(T)
        while (returns.length > 0 && returns[returns.length - 1]!.depth > depthOf(T)) this.drop(returns.pop()!)
      },
      afterCall: (T) => {
        const module = this.byUnit.get(T.unit!)
        return T.pc + (module === undefined ? opLengths[T.unit!.code[T.pc]!]! : module.code.lengthAt(T.pc))
      },
    }
  }

  /** The module as it is debugged; made on first use. */
  moduleOf(shared: SharedModule): DebugModule {
    let module = this.modules.get(shared)
    if (module === undefined) {
      const created = new DebugModule(shared, this.before.unitOf(shared)!, (_, funcidx) => this.controller.translated(created, funcidx))
      module = created
      this.modules.set(shared, created)
      this.byUnit.set(created.code.unit, created)
      this.copies.add(created.fullSpeed.unit)
      this.controller.joined(created)
    }
    return module
  }
  get all(): Iterable<DebugModule> {
    return this.modules.values()
  }
  /** Whether code is the debugger's, exact or not. */
  isOwn(unit: CodeUnit | undefined): boolean {
    return unit !== undefined && (this.byUnit.has(unit) || this.copies.has(unit))
  }
  codeOf(unit: CodeUnit | undefined): DebugCode | undefined {
    return unit === undefined ? undefined : this.byUnit.get(unit)?.code
  }

  stateOf(T: Thread): ThreadState {
    let state = this.states.get(T)
    // The object may be used again for another thread.
    const [root] = T.saved
    if (state === undefined || state.root !== root) {
      state = {
        id: ++this.threads,
        root,
        checked: false,
        owed: undefined,
        plan: undefined,
        returns: [],
        inHost: false,
        hostError: false,
        turns: 0,
        patience: 1,
      }
      this.states.set(T, state)
    }
    return state
  }

  /** Whether the thread can stop for this; else that is told. */
  private mayStop(T: Thread, cause: Cause): boolean {
    if (canStop(T)) return true
    this.controller.skipped(T, cause)
    return false
  }

  private stop(T: Thread, cause: Cause, owed?: number): number {
    this.stateOf(T).owed = owed
    this.controller.stopped(T, cause)
    return STATUS.breakpoint
  }

  // ---- at full speed ----------------------------------------------------------------------------------------------

  /** How many breakpoints there were, and on what stack, when they were last looked for in the frames of a thread. */
  private readonly lookedAt = new WeakMap<Thread, { readonly version: number; readonly registers: Registers }>()
  /** Counts breakpoints: a thread that is in the middle of a function may have to look for a new one. */
  version = 0

  private runFull(T: Thread): number {
    useUnits(T, this)
    // Exact: a continuation that was suspended in such code.
    if (this.byUnit.has(T.unit!) || this.mustLook(T)) return this.slowDown(T, false)
    const status = this.before.run(T)
    if (status === STATUS.breakpoint) return this.slowDown(T, false)
    // The instruction is done once more, in exact code: it has not changed anything yet.
    return this.isWanted(T, status) ? this.slowDown(T, true) : status
  }

  /** Goes on in exact code. `again`: the thread stands in an instruction that is to begin anew. */
  private slowDown(T: Thread, again: boolean): number {
    joinThread(T, this, again)
    return this.run(T)
  }

  /** Brings a thread that does not run into exact code, to be looked at. */
  hold(T: Thread): void {
    if (T.executor === this.fullSpeed) joinThread(T, this, false)
  }

  /** Tries to leave exact code, not again and again where that fails. */
  private speedUp(T: Thread, state: ThreadState): boolean {
    if (state.returns.length > 0 || T.progress !== 0 || T.partial !== undefined || this.mustStep(T) || ++state.turns < state.patience)
      return false
    state.turns = 0
    state.patience = Math.min(state.patience * 2, MOST_PATIENCE)
    if (!quicken(T, this)) return false
    state.patience = 1
    state.checked = false
    this.lookedAt.set(T, { version: this.version, registers: T.registers })
    return true
  }

  private mustStep(T: Thread): boolean {
    return this.stateOf(T).plan !== undefined || this.controller.hasWatchpoints() || this.controller.isPausing()
  }

  private mustLook(T: Thread): boolean {
    if (this.mustStep(T)) return true
    // A continuation brings frames that may have been suspended before there was a breakpoint in them.
    const { version } = this
    const { registers } = T
    const last = this.lookedAt.get(T)
    if (last?.version === version && last.registers === registers) return false
    this.lookedAt.set(T, { version, registers })
    return rawFrames(T).some(({ instance, funcidx }) => this.moduleOf(instance.shared).fullSpeed.isWatched(funcidx))
  }

  private isWanted(T: Thread, status: number): boolean {
    const { controller } = this
    if (status >= STATUS.firstTrap || (status === STATUS.stackFull && T.depth > T.maxDepth)) return controller.wants('trap')
    if (status === STATUS.thrown) return controller.wants('throw') || controller.wants('uncaught')
    const isCall = status === STATUS.call || status === STATUS.tailCall
    return isCall && T.callee!.host !== undefined && controller.wants('host', T.callee!.name)
  }

  // ---- step by step -----------------------------------------------------------------------------------------------

  private run(T: Thread): number {
    // A continuation that was suspended before the debugger joined.
    if (!this.byUnit.has(T.unit!)) joinThread(T, this, false)
    const module = this.byUnit.get(T.unit!)!
    const state = this.stateOf(T)
    const { owed } = state
    if (owed !== undefined) {
      state.owed = undefined
      return this.leave(T, state, owed)
    }
    if (state.inHost) {
      state.inHost = false
      const cause = this.controller.hostChanges(T)
      if (cause !== undefined && this.mayStop(T, cause)) return this.stop(T, cause)
    }
    this.returned(T, state)
    if (this.speedUp(T, state)) return this.runFull(T)
    for (;;) {
      const status = this.advance(T, state, module)
      if (status !== undefined) return status
    }
  }

  /** Goes on to the next BREAK, or over one instruction. Undefined to go on; else what the driver gets. */
  private advance(T: Thread, state: ThreadState, module: DebugModule): number | undefined {
    const { code } = module
    const { plan } = state
    const isSingle = this.controller.isPausing() || (plan !== undefined && plan.wantsStep(T, code))
    const midway = T.progress !== 0 || T.partial !== undefined
    if (!code.isStart(T.pc) || (!isSingle && !code.hasBreak(T.pc))) {
      state.checked = false
      const status = isSingle ? code.step(T) : code.go(T)
      return status === STATUS.breakpoint ? undefined : this.outcome(T, state, status)
    }
    const site = module.siteAt(T.pc)
    if (midway) return this.stepOver(T, state, module, site)
    if (state.checked) state.checked = false
    else {
      const cause = this.look(T, state, module, site)
      if (cause !== undefined) {
        state.checked = true
        return this.stop(T, cause)
      }
    }
    return this.stepOver(T, state, module, site)
  }

  /** The thread is at the start of an instruction: a reason to stop there. */
  private look(T: Thread, state: ThreadState, module: DebugModule, site: Site | undefined): Cause | undefined {
    this.returned(T, state)
    const cause = site === undefined || site.breaks.size === 0 ? undefined : this.controller.hit(T, module, site)
    if (cause !== undefined) return this.mayStop(T, cause) ? cause : undefined
    if (!canStop(T)) return undefined
    if (state.plan?.isDone(T, module.code) === true) return { reason: state.plan.reason, message: state.plan.message }
    return this.controller.isPausing() ? { reason: 'pause', message: 'paused' } : undefined
  }

  /** Carries out the instruction, and looks at what it did to what is watched. */
  private stepOver(T: Thread, state: ThreadState, module: DebugModule, site: Site | undefined): number | undefined {
    let pending: { readonly finish: Finish; readonly index: number }[] | undefined
    if (site !== undefined) {
      for (let index = 0; index < site.touchers.length; index++) {
        const finish = site.touchers[index]!.toucher.before(T)
        if (finish !== undefined) (pending ??= []).push({ finish, index })
      }
    }
    const status = module.code.step(T)
    if (pending === undefined) return status === STATUS.breakpoint ? undefined : this.outcome(T, state, status)
    let found: Cause | undefined
    for (const { finish, index } of pending) {
      const touch = finish()
      if (touch === undefined) continue
      const { watchpoint, when } = site!.touchers[index]!
      const cause = this.controller.touched(T, watchpoint, when, touch)
      if (cause !== undefined && this.mayStop(T, cause)) found = together(found, cause)
    }
    if (found !== undefined) return this.stop(T, found, status === STATUS.breakpoint ? undefined : status)
    return status === STATUS.breakpoint ? undefined : this.outcome(T, state, status)
  }

  /** The loop needs the driver: perhaps that is a reason to stop before. */
  private outcome(T: Thread, state: ThreadState, status: number): number {
    const cause = this.causeOf(T, status)
    if (cause !== undefined && this.mayStop(T, cause)) {
      state.checked = true
      return this.stop(T, cause, status)
    }
    return this.leave(T, state, status)
  }

  private causeOf(T: Thread, status: number): Cause | undefined {
    if (status >= STATUS.firstTrap) {
      const detail = T.trapDetail < 0 ? '' : ` ${T.trapDetail}`
      return this.controller.traps(`${trapMessages[status - STATUS.firstTrap]!}${detail}`)
    }
    if (status === STATUS.stackFull && T.depth > T.maxDepth) return this.controller.traps('call stack exhausted')
    if (status === STATUS.thrown) return this.controller.throws(formatTag(T.exn!.tag), () => isCaught(T, T.exn!, false))
    if ((status === STATUS.call || status === STATUS.tailCall) && T.callee!.host !== undefined)
      return this.controller.calls(T.callee!.name ?? '')
    return undefined
  }

  /** A host function has thrown: perhaps that is a reason to stop before its caller sees it. */
  private hostThrew(T: Thread, error: unknown): boolean {
    const state = this.stateOf(T)
    if (state.hostError) {
      state.hostError = false
      return false
    }
    const exn = caught(T, error)
    let cause: Cause | undefined
    if (exn !== undefined) {
      const what = exn.tag === jsTag() ? `of a host function: ${errorText(error)}` : formatTag(exn.tag)
      cause = this.controller.throws(what, () => isCaught(T, exn, T.pending!.tail !== undefined))
    } else if (isTrap(error)) cause = this.controller.traps(error.message)
    if (cause === undefined || !this.mayStop(T, cause)) return false
    this.hold(T)
    state.hostError = true
    this.controller.stopped(T, cause)
    this.controller.settled(T, error)
    return true
  }

  private leave(T: Thread, state: ThreadState, status: number): number {
    state.checked = false
    if (status === STATUS.call || status === STATUS.tailCall) state.inHost = this.controller.hasWatchpoints()
    if (status === STATUS.leave || status === STATUS.returnCross) this.returned(T, state)
    return status
  }

  // ---- returns ----------------------------------------------------------------------------------------------------

  /** Calls `act` when the current frame of the thread has returned. */
  onReturn(T: Thread, code: DebugCode, act: (T: Thread) => void): void {
    const { layout } = T.instance.funcs[T.executor.functionAt(T.instance, T.unit, T.pc, false)]!
    const pc = T.R[T.fp + layout.link * 2]!
    if (!isUniversal(pc)) code.addTemporary(pc)
    this.stateOf(T).returns.push({ depth: depthOf(T), fp: T.fp, pc, code, act })
  }

  /** Acts for the frames that have returned. Those that were dropped by an exception are forgotten. */
  private returned(T: Thread, state: ThreadState): void {
    const { returns } = state
    while (returns.length > 0) {
      const last = returns[returns.length - 1]!
      const depth = depthOf(T)
      if (depth >= last.depth) return
      returns.pop()
      this.drop(last)
      if (T.pc === last.pc) last.act(T)
    }
  }

  private drop({ pc, code }: ThreadState['returns'][number]): void {
    if (!isUniversal(pc)) code.removeTemporary(pc)
  }

  /** Lets go of what is kept for a thread's next stop: it goes on as it likes, or has ended. */
  forget(T: Thread): void {
    const state = this.stateOf(T)
    state.plan?.dispose()
    state.plan = undefined
  }

  /** Where the thread stands, for messages. */
  place(T: Thread): { readonly funcidx: number; readonly offset: number; readonly name: string | undefined } {
    const [frame] = resolveTrace({ executor: this.executor, frames: [{ instance: T.instance, unit: T.unit, pc: T.pc, returning: false }] })
    return { funcidx: frame!.funcidx, offset: frame!.offset ?? 0, name: frame!.name }
  }

  /** Shows each instruction of a function, with the operands before it, to whoever looks for some. */
  scan(module: DebugModule, funcidx: number, see: (reader: InstructionReader, code: DebugCode) => void): void {
    const { code } = module
    const body = code.module.code[funcidx - code.module.imported.func]!
    const r = new InstructionReader(body.bytes, body.start, body.end)
    while (r.next()) see(r, code)
  }
}
