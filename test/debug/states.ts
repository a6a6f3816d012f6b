/**
 * The state at random stops of a program, reached in three ways: stepped to from the start, run to a breakpoint, and joined
 * while it runs as fast code (at a random earlier tick) and then run to a breakpoint. It must be what the reference executor
 * has at the same time coordinate, whole frames of the whole call stack. Of the joins themselves the first stop is compared too.
 */
import { Debugger, type Stop } from '../../src/debug/index.ts'
import { depthOf } from '../../src/debug/frames.ts'
import { Store, type StoreOptions } from '../../src/embedding/store.ts'
import { probed } from '../../src/interp/reference/index.ts'
import type { Machine } from '../../src/interp/reference/machine.ts'
import type { Task } from '../../src/interp/scheduler.ts'
import type { Saved } from '../../src/runtime/thread.ts'
import type { Feature } from '../../src/spec/features.ts'
import { FUEL } from '../fuzz/engines.ts'
import { Random } from '../fuzz/random.ts'
import { type Moment, difference, keyAt, keyOf, momentOf } from './moments.ts'
import type { Prepared, Subject } from './subjects.ts'

const limits = { frames: 2000 }
const options: StoreOptions = { fuel: FUEL, limits }
const fastOnes: readonly StoreOptions[] = [
  { executor: 'switch', tier: 'fast' },
  { executor: 'closure', tier: 'fast' },
  { executor: 'switch', tier: 'exact' },
]
const enough = new Error('enough')

/** What was compared. */
export class Tally {
  /** Moments that were reached in all three ways; of a thread that starts later, which one cannot step to, in both others. */
  stops = 0
  /** Ends of fast runs that were looked at. */
  joins = 0
  /** Frames of these moments. */
  frames = 0
  readonly byFeature: Map<Feature, number> = new Map()
  readonly differences: string[] = []
}

/** A number of instruction at most, and of those moments that are looked at. */
export interface Size {
  readonly instructions: number
  readonly stops: number
}

/** A run on the reference executor. `see` is told the number of the thread and of the instruction, counted over all threads. */
async function refer(
  subject: Subject,
  most: number,
  firstTurn: number | undefined,
  see: (m: Machine, thread: number, n: number) => void,
): Promise<number> {
  // A thread's object is used again when it has ended.
  const ids = new Map<Saved, number>()
  let n = 0
  let isReady = false
  const store = new Store(options)
  const before = (m: Machine): void => {
    // It goes on with bulk work that a tick has cut; or is called from a host function, where nothing can stop.
    if (m.T.progress > 0 || m.T.pinned > 0 || !isReady) return
    if (n >= most) throw enough
    const root = m.T.saved[0]!
    if (!ids.has(root)) ids.set(root, ids.size + 1)
    see(m, ids.get(root)!, n++)
  }
  store.executor = probed({ before, after: () => {} }, () => {})
  const prepared = await subject.prepare(store)
  isReady = true
  if (prepared !== undefined && firstTurn !== undefined) prepared.task.turn = firstTurn - prepared.task.thread.tick
  await prepared?.finish()
  return n
}

/** A moment, and the how-manieth instruction of the run, and of its thread, it stands before. */
interface Numbered {
  readonly moment: Moment
  readonly n: number
  readonly ofThread: number
}
interface Recorded {
  readonly stops: readonly Numbered[]
  /** For some ticks of the first thread: the moment before the first instruction that begins at that tick or later. */
  readonly joins: readonly (Numbered & { readonly ticks: number })[]
  /** Keys of the first thread's instructions. */
  readonly keys: readonly string[]
}

async function record(subject: Subject, size: Size, r: Random, hasThreads: boolean): Promise<Recorded | undefined> {
  let [first, ticks] = [-1, 0]
  const count = await refer(subject, size.instructions, undefined, ({ T }, thread) => {
    if (thread !== 1) return
    if (first < 0) first = T.tick
    ticks = T.tick - first
  })
  if (count === 0) return undefined
  const chosen = new Set(Array.from({ length: size.stops }, () => r.below(count)))
  // The turns of several threads change with the end of the first: all runs must have that in common.
  const wanted = Array.from(
    { length: ticks === 0 ? 0 : hasThreads ? 1 : size.stops },
    () => first + 1 + r.below(Math.min(ticks, 20_000)),
  ).sort((a, b) => a - b)
  const stops: Numbered[] = []
  const joins: (Numbered & { ticks: number })[] = []
  const keys: string[] = []
  const perThread = new Map<number, number>()
  await refer(subject, count, hasThreads ? wanted[0] : undefined, (m, thread, n) => {
    const { T, reader } = m
    const ofThread = perThread.get(thread) ?? 0
    perThread.set(thread, ofThread + 1)
    let moment: Moment | undefined
    if (thread === 1) {
      keys.push(keyOf(thread, T.tick, depthOf(T), reader.at))
      while (joins.length < wanted.length && wanted[joins.length]! <= T.tick) {
        moment ??= momentOf(m, thread)
        joins.push({ moment, n, ofThread, ticks: wanted[joins.length]! })
      }
    }
    if (chosen.has(n)) stops.push({ moment: (moment ??= momentOf(m, thread)), n, ofThread })
  })
  return { stops, joins, keys }
}

/** A debugger on a program that is about to run, or has run for some ticks. */
class Session {
  readonly dbg: Debugger
  private readonly prepared: Prepared | undefined
  private end: Promise<void> | undefined = undefined

  constructor(dbg: Debugger, prepared: Prepared | undefined) {
    this.dbg = dbg
    this.prepared = prepared
  }

  static async launch({ module, launch }: Subject): Promise<Session> {
    return new Session(await Debugger.launch(module, { ...launch, limits: { ...limits, fuel: FUEL } }), undefined)
  }

  /** Joins when the first thread has run for some ticks as fast code; undefined if it has ended by then. */
  static async join(subject: Subject, store: StoreOptions, ticks: number, firstTurn?: number): Promise<Session | undefined> {
    const prepared = await subject.prepare(new Store({ ...options, ...store }))
    if (prepared === undefined) return undefined
    const { task, instance } = prepared
    const { tick } = task.thread
    if (firstTurn !== undefined) task.turn = firstTurn - tick
    if (ticks > tick) {
      task.turn = ticks - tick
      firstTurnOf(task, prepared, ticks)
      if (task.ending !== undefined) return undefined
    }
    // Between turns a thread may change between exact and fast code: short ones give it many occasions.
    if (firstTurn === undefined) Object.defineProperty(task, 'turn', { get: () => 1 + (ticks % 5), set: () => {} })
    return new Session(Debugger.attach(instance), prepared)
  }

  /** The stop that an action comes to; undefined when the program ends before. */
  async to(action: (dbg: Debugger) => Promise<Stop>): Promise<Stop | undefined> {
    const stop = action(this.dbg).then((s) => (s.frame === undefined ? undefined : s))
    if (this.prepared === undefined) return stop
    this.end ??= this.prepared.finish()
    // A stop that comes together with the end comes first.
    return Promise.race([stop, this.end.then(() => new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined))))])
  }

  /** Goes on to a moment with a breakpoint. Other threads may come to the same tick and depth: `isOther` tells. */
  async goTo({ offset, tick, depth }: Moment, isOther: (stop: Stop) => boolean): Promise<Stop | undefined> {
    const point = this.dbg.break({ offset }, { when: `tick == ${tick} && depth == ${depth}` })
    let stop = await this.to((dbg) => dbg.continue())
    while (stop !== undefined && isOther(stop)) stop = await this.to((dbg) => dbg.continue())
    point.remove()
    return stop
  }

  async close(): Promise<void> {
    const { prepared } = this
    for (const { thread } of prepared?.instance.store.scheduler.tasks ?? []) thread.interrupt = enough
    this.dbg.close()
    await (this.end ?? prepared?.finish())
  }
}

/** The first turn of a task. It may come to an end early, when it is time to let the event loop run: then what is left of it comes next. */
export function firstTurnOf(task: Task, { instance }: Prepared, ticks: number): void {
  const { scheduler } = instance.store
  const { holding } = scheduler
  scheduler.unhold()
  do scheduler.turn(true)
  while (task.ending === undefined && task.thread.tick < ticks)
  if (holding !== undefined) scheduler.hold()
}

/** Compares at some moments of one program. */
export async function compareStates(subject: Subject, size: Size, seed: number, tally: Tally): Promise<void> {
  const r = new Random(seed)
  const hasThreads = subject.hasThreads
  const recorded = await record(subject, size, r, hasThreads)
  if (recorded === undefined) return
  const { stops, joins, keys } = recorded
  const firstTurn = hasThreads ? joins[0]?.ticks : undefined
  const wrong = (text: string | undefined, way: string): boolean => {
    if (text !== undefined) tally.differences.push(`${subject.name}, ${way}: ${text}`)
    return text === undefined
  }
  const differs = (stop: Stop | undefined, moment: Moment): string | undefined =>
    stop === undefined ? `ended before ${moment.key}` : difference(stop, moment)
  // Offsets are places in the program's own module.
  // Who joins late does not know the numbers of the threads, and their values must tell them apart.
  const numbered = (stop: Stop, { moment }: Numbered): Stop =>
    hasThreads ? (Object.create(stop, { thread: { value: moment.thread } }) as Stop) : stop
  const isOwn = ({ moment }: Numbered): boolean => moment.instance.module === subject.module.data
  const reached = new Map<Numbered, number>()
  const count = (stop: Numbered): void => void reached.set(stop, (reached.get(stop) ?? 0) + 1)

  await stepThrough()
  await runToBreakpoints()
  for (const stop of stops) if (isOwn(stop)) await joinBefore(stop)
  for (const stop of stops) {
    if (reached.get(stop) !== (stop.moment.thread === 1 ? 3 : 2)) continue
    tally.stops++
    tally.frames += stop.moment.frames.length
    for (const feature of subject.features) tally.byFeature.set(feature, (tally.byFeature.get(feature) ?? 0) + 1)
  }

  async function stepThrough(): Promise<void> {
    const targets = stops.filter(({ moment }) => moment.thread === 1)
    if (targets.length === 0) return
    const session = await Session.join(subject, {}, 0, firstTurn)
    const last = targets[targets.length - 1]!.ofThread
    for (let i = 0, next = 0; i <= last; i++) {
      const stop = await session!.to((dbg) => dbg.step('in'))
      if (stop === undefined || keyAt(stop) !== keys[i]) {
        wrong(`step ${i} is ${stop === undefined ? 'the end' : keyAt(stop)}, not ${keys[i]}`, 'stepped')
        break
      }
      for (; targets[next]?.ofThread === i; next++) if (wrong(difference(stop, targets[next]!.moment), 'stepped')) count(targets[next]!)
    }
    await session!.close()
  }

  async function runToBreakpoints(): Promise<void> {
    // Between two breakpoints it runs as fast code again, which knows what it has called so far.
    const store = r.pick(fastOnes)
    const session =
      subject.launch === undefined || hasThreads || r.chance(50)
        ? await Session.join(subject, store, 0, firstTurn)
        : await Session.launch(subject)
    for (const target of stops) {
      if (!isOwn(target)) continue
      const stop =
        session!.dbg.stop?.frame !== undefined && keyAt(session!.dbg.stop) === target.moment.key
          ? session!.dbg.stop
          : await session!.goTo(target.moment, ({ thread }) => thread !== target.moment.thread)
      if (!wrong(differs(stop, target.moment), `run to a breakpoint on ${store.executor} ${store.tier}`)) break
      count(target)
    }
    await session!.close()
  }

  async function joinBefore(target: Numbered): Promise<void> {
    const earlier = joins.filter(({ n }) => n <= target.n)
    const join = earlier.length > 0 && (hasThreads || r.chance(90)) ? r.pick(earlier) : undefined
    const store = r.pick(fastOnes)
    const session = await Session.join(subject, store, join?.ticks ?? 0, firstTurn)
    const way = `joined after ${join?.ticks ?? 0} ticks on ${store.executor} ${store.tier}`
    if (session === undefined) {
      wrong('it has ended', way)
      return
    }
    let stop: Stop | undefined
    if (join !== undefined) {
      stop = await session.to((dbg) => dbg.step('in'))
      if (wrong(differs(stop, join.moment), way)) tally.joins++
    }
    if (join === undefined || join.n !== target.n)
      stop = await session.goTo(target.moment, (other) => hasThreads && differs(numbered(other, target), target.moment) !== undefined)
    if (wrong(differs(stop === undefined ? stop : numbered(stop, target), target.moment), `${way}, then run to a breakpoint`)) count(target)
    await session.close()
  }
}
