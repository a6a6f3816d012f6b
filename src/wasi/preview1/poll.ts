/**
 * poll_oneoff over clocks, files and streams. It answers at once when something is ready; otherwise it returns a promise
 * that parks the thread until a timer or a stream wakes it: no busy loop.
 */
import { fail, SysError } from '../../host/errno.ts'
import { isPromise, type Maybe, chain } from '../../host/maybe.ts'
import { add, compare, fromNanos, since, type Time } from '../../host/time.ts'
import type { Memory } from '../../runtime/memory.ts'
import {
  CLOCK_MONOTONIC,
  CLOCK_REALTIME,
  ERRNO,
  EVENTRW_HANGUP,
  EVENTTYPE_CLOCK,
  EVENTTYPE_FD_READ,
  EVENTTYPE_FD_WRITE,
  RIGHT,
  SIZE_EVENT,
  SIZE_SUBSCRIPTION,
  SUBCLOCK_ABSTIME,
} from './abi.ts'
import { readClock } from './clock.ts'
import type { Context, Preview1Function } from './context.ts'
import type { Fd } from './fd-table.ts'
import { pointer, resultU32, writeU64 } from './guest-memory.ts'

interface ClockSubscription {
  readonly type: typeof EVENTTYPE_CLOCK
  readonly userdata: readonly [lo: number, hi: number]
  readonly clock: number
  /** On that clock; undefined when the clock cannot be waited for (`errno` says why). */
  readonly deadline: Time | undefined
  readonly errno: number
  /** Set when a clock that moves by waiting has waited for it: a fixed wall clock never shows the deadline. */
  passed: boolean
}
interface FdSubscription {
  readonly type: typeof EVENTTYPE_FD_READ | typeof EVENTTYPE_FD_WRITE
  readonly userdata: readonly [lo: number, hi: number]
  readonly fd: number
}
type Subscription = ClockSubscription | FdSubscription

interface Event {
  readonly from: Subscription
  readonly errno: number
  readonly bytes: number
  readonly flags: number
}

/** Where the fields of a clock's subscription lie. */
export interface SubscriptionLayout {
  readonly size: number
  readonly clock: number
  readonly timeout: number
  readonly flags: number
}
/**
 * `subscription`, 48 bytes: userdata (u64), tag (u8 at 8), then at 16 for clocks: id (u32), timeout (u64 at 24),
 * precision (u64 at 32), flags (u16 at 40); for fds: fd (u32).
 */
const LAYOUT: SubscriptionLayout = { size: SIZE_SUBSCRIPTION, clock: 16, timeout: 24, flags: 40 }

function readSubscription(ctx: Context, memory: Memory, ptr: number, layout: SubscriptionLayout): Subscription {
  const userdata = [memory.getUint32(ptr), memory.getUint32(ptr + 4)] as const
  const type = memory.getUint8(ptr + 8)
  if (type === EVENTTYPE_FD_READ || type === EVENTTYPE_FD_WRITE) return { type, userdata, fd: memory.getUint32(ptr + 16) }
  if (type !== EVENTTYPE_CLOCK) throw fail('inval')
  const clock = memory.getUint32(ptr + layout.clock)
  const timeout = fromNanos(memory.getUint32(ptr + layout.timeout), memory.getUint32(ptr + layout.timeout + 4))
  const flags = memory.getUint16(ptr + layout.flags)
  if ((flags & ~SUBCLOCK_ABSTIME) !== 0) throw fail('inval')
  if (clock !== CLOCK_REALTIME && clock !== CLOCK_MONOTONIC)
    return {
      type,
      userdata,
      clock,
      deadline: undefined,
      errno: clock > CLOCK_MONOTONIC && clock <= 3 ? ERRNO.notsup : ERRNO.inval,
      passed: true,
    }
  const deadline = (flags & SUBCLOCK_ABSTIME) !== 0 ? timeout : add(readClock(ctx.clock, clock), timeout)
  return { type, userdata, clock, deadline, errno: 0, passed: false }
}

/** `event`, 32 bytes: userdata (u64), errno (u16 at 8), type (u8 at 10), nbytes (u64 at 16), flags (u16 at 24). */
function writeEvent(memory: Memory, ptr: number, event: Event): void {
  memory.fill(ptr, SIZE_EVENT, 0)
  memory.setUint64(ptr, event.from.userdata[0], event.from.userdata[1])
  memory.setUint16(ptr + 8, event.errno)
  memory.setUint8(ptr + 10, event.from.type)
  writeU64(memory, ptr + 16, event.bytes)
  memory.setUint16(ptr + 24, event.flags)
}

/** What is known about the subscriptions at one moment. */
interface Look {
  readonly events: Event[]
  /** Events that are certain, but whose details come later (the size of a file of an asynchronous provider). */
  readonly soon: Promise<Event>[]
  /** Promises that settle when there may be more to see. */
  readonly waits: Promise<unknown>[]
}

function lookAtFd(ctx: Context, s: FdSubscription, seen: Look): void {
  const ready = (bytes: number, flags = 0): Event => ({ from: s, errno: 0, bytes, flags })
  const refused = (errno: number): void => void seen.events.push({ from: s, errno, bytes: 0, flags: 0 })
  let fd: Fd
  try {
    fd = ctx.fds.any(s.fd, RIGHT.POLL_FD_READWRITE)
  } catch (e) {
    if (e instanceof SysError) return refused(ERRNO[e.errno])
    throw e
  }
  const writing = s.type === EVENTTYPE_FD_WRITE
  if (fd.kind === 'directory' || fd.kind === (writing ? 'input' : 'output')) return refused(ERRNO.badf)
  if (fd.kind === 'listener') {
    if (writing) return refused(ERRNO.badf)
    const state = fd.listener.ready()
    return void (state === true ? seen.events.push(ready(0)) : seen.waits.push(state))
  }
  if (fd.kind === 'connection') {
    const { connection } = fd
    const state = writing ? connection.writable() : connection.readable()
    if (state !== true) return void seen.waits.push(state)
    const bytes = writing ? 0 : connection.available()
    return void seen.events.push(ready(bytes, !writing && bytes === 0 ? EVENTRW_HANGUP : 0))
  }
  // Outputs take what they are given, and regular files never block (POSIX poll).
  if (writing) return void seen.events.push(ready(0))
  if (fd.kind === 'file') {
    const { offset } = fd
    const event = chain(fd.file.size(), (size) => ready(Math.max(0, size - offset)))
    return void (isPromise(event) ? seen.soon.push(event) : seen.events.push(event))
  }
  if (fd.kind !== 'input') return refused(ERRNO.badf)
  const { input } = fd
  const state = input.ready === undefined ? true : input.ready()
  if (state !== true) return void seen.waits.push(state)
  // The end of input is readable too: reading it gives 0 bytes at once.
  const bytes = input.available === undefined ? 1 : input.available()
  seen.events.push(ready(bytes, bytes === 0 ? EVENTRW_HANGUP : 0))
}

function look(ctx: Context, subscriptions: readonly Subscription[]): Look {
  const seen: Look = { events: [], soon: [], waits: [] }
  for (const s of subscriptions) {
    if (s.type !== EVENTTYPE_CLOCK) lookAtFd(ctx, s, seen)
    else if (s.passed || s.deadline === undefined || compare(readClock(ctx.clock, s.clock), s.deadline) >= 0)
      seen.events.push({ from: s, errno: s.errno, bytes: 0, flags: 0 })
  }
  return seen
}

/** The shortest time until a deadline, and whose it is; undefined without deadlines. */
function nextDeadline(ctx: Context, subscriptions: readonly Subscription[]): { left: Time; of: ClockSubscription } | undefined {
  let next: { left: Time; of: ClockSubscription } | undefined
  for (const s of subscriptions) {
    if (s.type !== EVENTTYPE_CLOCK || s.deadline === undefined) continue
    const left = since(s.deadline, readClock(ctx.clock, s.clock))
    if (next === undefined || compare(left, next.left) < 0) next = { left, of: s }
  }
  return next
}

/** Who waits for a promise now. A poll that ends otherwise leaves no trace on it: a guest may poll an idle stdin for days. */
const waiters: WeakMap<Promise<unknown>, Set<() => void>> = new WeakMap()

/** Calls `fn` when `promise` settles, unless the returned function was called before. */
function whenSettled(promise: Promise<unknown>, fn: () => void): () => void {
  let set = waiters.get(promise)
  if (set === undefined) {
    const made = (set = new Set<() => void>())
    waiters.set(promise, made)
    const wake = (): void => {
      for (const waiter of [...made]) waiter()
    }
    promise.then(wake, wake)
  }
  set.add(fn)
  return () => void set.delete(fn)
}

const anyOf = (promises: readonly Promise<unknown>[]): Promise<void> =>
  new Promise((resolve) => {
    const leave: (() => void)[] = []
    const done = (): void => {
      for (const l of leave) l()
      resolve()
    }
    for (const p of promises) leave.push(whenSettled(p, done))
  })

/** Looks, waits, looks again, until there is an event. */
function untilEvents(ctx: Context, subscriptions: readonly Subscription[]): Maybe<Event[]> {
  for (;;) {
    const { events, soon, waits } = look(ctx, subscriptions)
    if (soon.length > 0) return Promise.all(soon).then((more) => [...events, ...more])
    if (events.length > 0) return events
    const next = nextDeadline(ctx, subscriptions)
    const timer = next === undefined ? undefined : ctx.clock.timer(next.left)
    if (timer !== undefined && !isPromise(timer.done)) {
      next!.of.passed = true
      continue
    }
    if (timer !== undefined) waits.push(timer.done as Promise<void>)
    // Every subscription is an event, a wait or a deadline: there is something to wait for.
    const cancel = (): void => timer?.cancel()
    ctx.waits.add(cancel)
    return anyOf(waits).then(() => {
      ctx.waits.delete(cancel)
      cancel()
      return untilEvents(ctx, subscriptions)
    })
  }
}

/** poll_oneoff with subscriptions of a layout. */
export const pollOneoff =
  (layout: SubscriptionLayout): Preview1Function =>
  (ctx, memory, subscriptionsPtr: number, eventsPtr: number, count: number, result: number) => {
    const n = count >>> 0
    if (n === 0 || n > ctx.limits.iovecs) throw fail('inval')
    const input = pointer(subscriptionsPtr, 8)
    const output = pointer(eventsPtr, 8)
    const ptr = resultU32(memory, result)
    memory.check(input, n * layout.size)
    memory.check(output, n * SIZE_EVENT)
    // All are read before anything is written: the arrays may overlap.
    const subscriptions: Subscription[] = []
    for (let i = 0; i < n; i++) subscriptions.push(readSubscription(ctx, memory, input + i * layout.size, layout))
    return chain(untilEvents(ctx, subscriptions), (events) => {
      events.forEach((event, i) => writeEvent(memory, output + i * SIZE_EVENT, event))
      memory.setUint32(ptr, events.length)
      return 0
    })
  }
export const poll_oneoff: Preview1Function = pollOneoff(LAYOUT)
