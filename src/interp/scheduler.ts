/**
 * Green threads (architecture rule 2): several threads of one store on one JS thread. They take turns, counted in ticks and in a
 * fixed order, so that a program runs the same way each time; one that waits for a notification (memory.atomic.wait) or for a
 * host call's promise is passed over. Called by the embedding, which owns the threads and says what becomes of their results.
 */
import { HostError, LimitError, Trap, VitrineError } from '../errors.ts'
import type { Instance } from '../runtime/instance.ts'
import { WAIT, type Waiter } from '../runtime/waiter.ts'
import type { Thread } from '../runtime/thread.ts'
import { backtrace } from './backtrace.ts'
import { now } from './clock.ts'
import { type Outcome, abandon, dequeue, drive, settle } from './driver.ts'
import { allow, timeLimitExceeded } from './slices.ts'

/** Ticks of one turn. */
export const TURN = 20_000

/** How a task ended: its invocation returned, the guest exited, or an error came out of it. */
export type Ending =
  | { readonly kind: 'done' }
  | { readonly kind: 'exit'; readonly code: number }
  | { readonly kind: 'error'; readonly error: unknown }

/** Closes every instance that one of these threads has a frame in, until the function that it returns is called. */
export function closeTo(threads: readonly Thread[]): () => void {
  const instances = new Set<Instance>()
  for (const T of threads) {
    if (!T.instance.reentrant) instances.add(T.instance)
    for (let i = 1; i < T.saved.length; i++) if (!T.saved[i]!.instance.reentrant) instances.add(T.saved[i]!.instance)
  }
  for (const instance of instances) instance.parked++
  return () => {
    for (const instance of instances) instance.parked--
  }
}

/** An invocation that takes turns with others. */
export class Task {
  readonly thread: Thread
  /** What it belongs to: an invocation from the host and the threads that came out of it have one in common. An exit ends them all. */
  readonly program: object
  /** Undefined while it runs. */
  ending: Ending | undefined = undefined
  /** What a pending host call came to, once it has settled. */
  settled: { value: unknown } | { error: unknown } | undefined = undefined
  /** Ticks of its next turn. */
  turn: number = TURN
  /** It stands on the JS stack: the code that is running now was called by it. */
  active = false
  /** A debugger holds it: it has no turns. */
  held = false
  /** Opens the instances again that it stands in while others run. */
  private reopen: () => void = () => {}
  /** Called once, when it has ended. */
  readonly onEnd: (ending: Ending) => void

  constructor(thread: Thread, program: object = thread, onEnd: (ending: Ending) => void = () => {}) {
    this.thread = thread
    this.program = program
    this.onEnd = onEnd
  }

  /** Put aside: nobody may enter the instances that it stands in. */
  hold(): void {
    this.release()
    this.reopen = closeTo([this.thread])
  }
  release(): void {
    this.reopen()
    this.reopen = () => {}
  }
}

export class Scheduler {
  /** Tasks that have not ended, in the order of their turns. */
  readonly tasks: Task[] = []
  /** Tasks that were added in the current round. */
  private readonly fresh: Task[] = []
  /** The rest of a round that a debugger has cut: it goes on with that, so that the turns are as they would be without it. */
  private cut: { readonly tasks: readonly Task[]; readonly isLast: boolean } | undefined = undefined
  /** Those who sleep until a task can go on. */
  private readonly sleepers: (() => void)[] = []
  /** Settles when those that a debugger holds go on; undefined while none is held. */
  holding: Promise<void> | undefined = undefined
  private letGo: () => void = () => {}
  /** A debugger's: told of each task that has ended. */
  onEnd: ((task: Task) => void) | undefined = undefined

  /** The task of a thread that is one of several; undefined for one that is alone. */
  taskOf(T: Thread): Task | undefined {
    return this.tasks.find(({ thread }) => thread === T)
  }
  add(task: Task): void {
    this.tasks.push(task)
    this.fresh.push(task)
    this.wakeSleepers()
  }
  /** Makes an invocation that stands on the JS stack one of several. */
  adopt(T: Thread): Task {
    let task = this.taskOf(T)
    if (task === undefined) {
      task = new Task(T)
      this.tasks.unshift(task)
    }
    task.active = true
    return task
  }
  /** Takes a task out that whoever ran it has ended. */
  remove(task: Task): void {
    task.release()
    const i = this.tasks.indexOf(task)
    if (i >= 0) this.tasks.splice(i, 1)
    this.wakeSleepers()
  }

  /** Holds all tasks that there are now. */
  hold(): void {
    for (const task of this.tasks) task.held = true
    this.holding ??= new Promise((resolve) => (this.letGo = resolve))
  }
  /** Lets them go on. */
  unhold(): void {
    for (const task of this.tasks) task.held = false
    this.holding = undefined
    this.letGo()
  }

  /**
   * One turn for every task that can go on. False if there was none. With `mayPark`, promises of host functions park a task. The
   * round is over when `awaited` has ended: nobody else goes on once a program's first thread has returned.
   */
  turn(mayPark: boolean, awaited?: Task): boolean {
    // While the others stand still, somebody calls a function: the round that was cut goes on later.
    if (this.holding !== undefined) return this.round([...this.tasks], mayPark, awaited)[1]
    const { cut } = this
    this.cut = undefined
    if (cut === undefined) this.fresh.length = 0
    const [older, progress] = this.round(cut?.tasks ?? [...this.tasks], mayPark, awaited)
    if (older.length > 0) this.cut = { tasks: older, isLast: cut?.isLast === true }
    if (older.length > 0 || cut?.isLast === true) return progress
    // Who was started in this round has a turn as well: a thread that yields after starting another one finds its work begun.
    const [newer, more] = this.round(this.fresh.splice(0), mayPark, awaited)
    if (newer.length > 0) this.cut = { tasks: newer, isLast: true }
    return progress || more
  }

  /** Turns for these tasks; gives those that are still to come when a debugger has stopped one of them, that one first. */
  private round(tasks: readonly Task[], mayPark: boolean, awaited: Task | undefined): [left: readonly Task[], progress: boolean] {
    let progress = false
    for (const [i, task] of tasks.entries()) {
      if (awaited?.ending !== undefined) break
      const wasHeld = this.holding !== undefined
      if (this.mayStep(task, mayPark)) progress = true
      if (!wasHeld && this.holding !== undefined) return [tasks.slice(i), progress]
    }
    return [[], progress]
  }

  /** A turn for a task, if it can go on or has come to its end. */
  private mayStep(task: Task, mayPark: boolean): boolean {
    if (task.ending !== undefined || task.active || task.held) return false
    if (task.thread.waiting !== undefined && !this.expire(task)) return false
    if (task.ending === undefined && task.thread.pending !== undefined && task.settled === undefined) return false
    if (task.ending === undefined) this.step(task, mayPark)
    return true
  }

  private step(task: Task, mayPark: boolean): void {
    const { thread, settled } = task
    task.release()
    task.active = true
    task.settled = undefined
    thread.mayPark = mayPark
    thread.mayYield = mayPark && this.tasks.length === 1
    try {
      allow(thread, task.turn, thread.deadline)
      task.turn = TURN
      this.note(task, settled === undefined ? drive(thread) : settle(thread, settled))
    } catch (error) {
      this.end(task, { kind: 'error', error })
    } finally {
      task.active = false
    }
  }

  /** Acts on what driving a task came to. */
  note(task: Task, outcome: Outcome): void {
    if (outcome === 'done') this.end(task, { kind: 'done' })
    else if (outcome === 'exit') {
      const code = task.thread.exitCode!
      abandon(task.thread)
      this.end(task, { kind: 'exit', code })
      this.exit(task.program, code)
    } else {
      // Turns end at the same ticks, however time has cut them: what is left of this one comes next.
      if (outcome === 'stopped' && task.thread.budget > 0) task.turn = task.thread.budget
      task.hold()
      if (outcome === 'parked') this.follow(task)
    }
  }

  private end(task: Task, ending: Ending): void {
    task.ending = ending
    this.remove(task)
    task.onEnd(ending)
    this.onEnd?.(task)
  }

  /** Ends a task that is not on the JS stack. */
  fail(task: Task, error: unknown): void {
    if (task.ending !== undefined) return
    abandon(task.thread)
    this.end(task, { kind: 'error', error })
  }

  /** The guest has exited: that ends every thread of the program. Those on the JS stack see the code when it is their turn. */
  exit(program: object, code: number): void {
    for (const task of this.tasks.filter((other) => other.program === program)) {
      if (task.active) {
        dequeue(task.thread)
        task.thread.exitCode = code
      } else {
        abandon(task.thread)
        this.end(task, { kind: 'exit', code })
      }
    }
  }

  /** A thread's error ends the whole program: every other thread of it fails with that. Those on the JS stack do at their next tick. */
  failAll(program: object, error: Error): void {
    for (const task of this.tasks.filter((other) => other.program === program)) {
      if (task.active) {
        dequeue(task.thread)
        task.thread.interrupt = error
      } else this.fail(task, error)
    }
  }

  /** Notes what a parked task's promise comes to. */
  private follow(task: Task): void {
    const { pending } = task.thread
    const note = (settled: { value: unknown } | { error: unknown }): void => {
      // Not when the task was ended in the meantime.
      if (task.thread.pending !== pending || task.ending !== undefined) return
      task.settled = settled
      this.wakeSleepers()
    }
    pending!.promise.then(
      (value) => note({ value }),
      (error: unknown) => note({ error }),
    )
  }

  /** Whether a waiting task can go on because its time is up, or has ended because its invocation's time is. */
  private expire(task: Task): boolean {
    const { thread } = task
    const time = now()
    if (thread.interrupt !== undefined) this.fail(task, thread.interrupt)
    else if (time >= thread.deadline) this.fail(task, timeLimitExceeded(thread))
    else if (time >= thread.waiting!.until) wake(thread, WAIT.timedOut)
    else return false
    return true
  }

  /**
   * For a thread on the JS stack that waits: gives the others turns until it can go on, or the program has exited. When it
   * never can, its innermost invocation is taken off and the error thrown.
   */
  waitNow(T: Thread): void {
    this.adopt(T)
    try {
      while (T.waiting !== undefined && T.exitCode === undefined) {
        if (T.interrupt !== undefined) throw T.interrupt
        if (now() >= T.deadline) throw timeLimitExceeded(T)
        if (now() >= T.waiting.until) wake(T, WAIT.timedOut)
        else if (!this.turn(false)) this.sleepNow()
      }
    } catch (error) {
      abandon(T)
      throw error
    }
  }

  /** Gives turns, without leaving the JS stack, until a task has ended. */
  runNow(task: Task): void {
    while (task.ending === undefined) if (!this.turn(false, task)) this.sleepNow()
  }

  private wakeSleepers(): void {
    for (const wake of this.sleepers.splice(0)) wake()
  }

  /**
   * What the tasks that are not on the JS stack wait for. `until`: the earliest time limit of one (ms). `promises`: one waits for
   * a host call. `agents`: those who wait in a memory that other agents can write.
   */
  private outlook(): { until: number; promises: boolean; agents: Waiter[] } {
    let until = Infinity
    let promises = false
    const agents: Waiter[] = []
    for (const { thread, active } of this.tasks) {
      if (active && thread.waiting === undefined) continue
      until = Math.min(until, thread.deadline)
      if (thread.pending !== undefined) promises = true
      if (thread.waiting === undefined) continue
      until = Math.min(until, thread.waiting.until)
      if (thread.waiting.memory.hasAgents) agents.push(thread.waiting)
    }
    return { until, promises, agents }
  }

  /** Sleeps on the JS stack until a task can go on. Throws when none ever can. */
  private sleepNow(): void {
    const { until, promises, agents } = this.outlook()
    if (agents.length === 0) {
      if (until === Infinity && promises)
        throw new HostError('a thread waits for the promise of a host function: call the program with invokeAsync')
      if (until === Infinity) throw this.deadlock()
      block(until)
      return
    }
    if (agents.length > 1) {
      throw new VitrineError('usage', 'several threads wait in a memory that other agents share: call the program with invokeAsync')
    }
    const [{ memory, address, bytes, thread }] = agents as [Waiter]
    // The value may have been changed, and notified, before this agent came to wait: that wakes as well.
    const { view } = memory
    const before = view.getInt32(address, true)
    const ms = until === Infinity ? undefined : Math.max(0, until - now())
    const woken = bytes === 4 && Atomics.wait(new Int32Array(memory.buffer), address >> 2, before, ms) !== 'timed-out'
    if (woken) wake(thread, WAIT.ok)
  }

  /** Whether nothing that the scheduler knows of will ever let a task go on. */
  isStuck(): boolean {
    const { until, promises, agents } = this.outlook()
    return until === Infinity && !promises && agents.length === 0
  }

  /** Lets the event loop run until a task can go on, at most until the earliest time limit. */
  async sleep(wakeBy: Promise<unknown> | undefined): Promise<void> {
    const { until, agents } = this.outlook()
    let timer: unknown
    let wakeUp = (): void => {}
    const calls: PromiseLike<unknown>[] = [new Promise<void>((resolve) => this.sleepers.push((wakeUp = resolve)))]
    if (wakeBy !== undefined) calls.push(wakeBy)
    if (until !== Infinity) calls.push(new Promise<void>((resolve) => (timer = startTimer(resolve, until - now()))))
    for (const waiter of agents) calls.push(notified(waiter))
    try {
      await Promise.race(calls)
    } finally {
      if (timer !== undefined) stopTimer(timer)
      const i = this.sleepers.indexOf(wakeUp)
      if (i >= 0) this.sleepers.splice(i, 1)
    }
  }

  /** What to throw when it is stuck. */
  deadlock(): Trap {
    const waiting = this.tasks.filter(({ thread }) => thread.waiting !== undefined)
    const where = waiting.map(({ thread }) => `address ${thread.waiting!.address}`).join(', ')
    const threads = waiting.length === 1 ? 'the only thread waits' : `all ${waiting.length} threads wait`
    return new Trap(`deadlock: ${threads} to be notified, for ever (at ${where})`, waiting.length > 0 ? backtrace(waiting[0]!.thread) : [])
  }
}

// ---- waiting ------------------------------------------------------------------------------------------------------

function wake(T: Thread, result: number): void {
  if (T.waiting === undefined) return
  T.R[T.waiting.place] = result
  dequeue(T)
}

/** Waits on the JS stack until a time. A browser's main thread may not sleep: there it spins. */
function block(until: number): void {
  const ms = until - now()
  if (ms <= 0) return
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
  } catch {
    while (now() < until) continue
  }
}

/** Resolves when another agent notifies the waiter's address, or soon where the engine cannot tell. */
function notified(waiter: Waiter): PromiseLike<unknown> {
  const { memory, address, thread } = waiter
  const { waitAsync } = Atomics as unknown as {
    waitAsync?: (view: Int32Array, i: number, value: number) => { async: boolean; value: PromiseLike<string> | string }
  }
  if (waitAsync === undefined) return new Promise<void>((resolve) => startTimer(resolve, 1))
  const result = waitAsync(new Int32Array(memory.buffer), address >> 2, memory.view.getInt32(address, true))
  const done = (): void => {
    if (thread.waiting === waiter) wake(thread, WAIT.ok)
  }
  if (!result.async) {
    done()
    return Promise.resolve()
  }
  return (result.value as PromiseLike<string>).then(done)
}

interface Timers {
  setTimeout?: (f: () => void, ms: number) => unknown
  clearTimeout?: (timer: unknown) => void
}
const timers = globalThis as unknown as Timers
function startTimer(f: () => void, ms: number): unknown {
  if (timers.setTimeout === undefined) throw new LimitError('timeout', 'this JS engine has no timers: a thread cannot wait for a time')
  return timers.setTimeout(f, Math.min(Math.max(0, Math.ceil(ms)), 0x7fff_ffff))
}
function stopTimer(timer: unknown): void {
  timers.clearTimeout?.(timer)
}
