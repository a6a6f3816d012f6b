/**
 * A scripted session in this process: the commands of a `*.session` file, on a program that was started under the debugger, or
 * joined while it ran as fast code. Each stop can be compared with the reference executor's state at the same time coordinate.
 */
import { commands as cliCommands, parse } from '../../src/cli/args.ts'
import { findCommand } from '../../src/cli/debug/commands.ts'
import { Screen, noColour } from '../../src/cli/debug/screen.ts'
import { type Bench, PROMPT, createBench, marked, obey } from '../../src/cli/debug/workbench.ts'
import { type Guest, prepareGuest } from '../../src/cli/guest.ts'
import { Debugger, type Stop } from '../../src/debug/index.ts'
import { Store } from '../../src/embedding/store.ts'
import { probed } from '../../src/interp/reference/index.ts'
import { type RunOptions, run } from '../../src/wasi/run.ts'
import { type Moment, difference, momentOf } from './moments.ts'
import { firstTurnOf } from './states.ts'
import { type Prepared, runnable } from './subjects.ts'

/** When the program is interrupted: after so many ticks of its first thread, or when all its threads wait. */
type When = number | 'waiting'

/** Something that a person does. */
type Act =
  | { readonly kind: 'command'; readonly line: string; readonly interrupt: When | undefined }
  /** A line for the guest; undefined: the end of its input. */
  | { readonly kind: 'typed'; readonly line: string | undefined }

/** A session file, read. */
export interface Script {
  readonly first: string
  readonly args: readonly string[]
  /** When it is joined. Undefined: started under the debugger. */
  readonly joined: When | undefined
  readonly acts: readonly Act[]
}

/**
 * `$ vitrine debug ARGS`, or `$ vitrine debug ARGS (joined after N ticks)`, `(joined when it waits)`; then the screen. In that stand
 * the commands, `^C after N ticks` or `^C when it waits` for an interrupt of the command before, `< TEXT` for a line that is typed
 * into the guest, `^D` for the end of them.
 */
export function readScript(text: string): Script {
  const [first, ...rest] = text.split('\n') as [string, ...string[]]
  const [, line, joined] = /^\$ vitrine debug (.*?)(?: \(joined (.*)\))?$/.exec(first)!
  const acts: Act[] = []
  for (const shown of rest) {
    const last = acts[acts.length - 1]
    if (shown.startsWith(PROMPT)) acts.push({ kind: 'command', line: shown.slice(PROMPT.length), interrupt: undefined })
    else if (shown.startsWith('^C ') && last?.kind === 'command') acts[acts.length - 1] = { ...last, interrupt: readWhen(shown.slice(3)) }
    else if (shown.startsWith('< ')) acts.push({ kind: 'typed', line: shown.slice(2) })
    else if (shown === '^D') acts.push({ kind: 'typed', line: undefined })
  }
  return { first, args: line!.split(' '), joined: joined === undefined ? undefined : readWhen(joined), acts }
}

function readWhen(text: string): When {
  const [, ticks] = /^(?:after (\d+) ticks|when it waits)$/.exec(text)!
  return ticks === undefined ? 'waiting' : Number(ticks)
}
const showWhen = (when: When): string => (when === 'waiting' ? 'when it waits' : `after ${when} ticks`)

/** Whether the command line alone cannot play it: the time of an interrupt would be another each time. */
export const isLive = ({ joined, acts }: Script): boolean =>
  joined !== undefined || acts.some((act) => act.kind === 'typed' || act.interrupt !== undefined)

/** What is typed into a guest, which waits for it. */
class Keyboard {
  private readonly pieces: (string | undefined)[] = []
  private waiter: ((piece: string | undefined) => void) | undefined = undefined

  type(line: string | undefined): void {
    const piece = line === undefined ? undefined : `${line}\n`
    if (this.waiter === undefined) this.pieces.push(piece)
    else this.waiter(piece)
    this.waiter = undefined
  }
  readonly read = (): Promise<string | undefined> =>
    new Promise((resolve) => {
      if (this.pieces.length > 0) resolve(this.pieces.shift())
      else this.waiter = resolve
    })
}

/** The program as the command line would read it, with output of its own. */
async function prepare(args: readonly string[]): Promise<Guest> {
  const parsed = parse(
    cliCommands.find(({ name }) => name === 'debug')!,
    args,
  )
  return prepareGuest(parsed, { file: undefined }, () => undefined)
}

/** Who waits for a program that has ended waits for ever. `lines`: what has been shown so far. */
async function withinSeconds(seconds: number, lines: readonly string[], done: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing comes of the last command:\n${lines.join('\n')}`)), seconds * 1000)
  })
  await Promise.race([done, late]).finally(() => clearTimeout(timer))
}

/** Whether the thread that has stopped waits in a call of the host. */
const isInCall = ({ thread }: Stop, dbg: Debugger): boolean =>
  dbg.threads.some(({ id, state }) => id === thread && state === 'in a host call')

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const enough = new Error('enough')

/** Where a thread stands, without what is valid until it goes on only. */
interface Standing {
  readonly thread: number
  readonly tick: number
  readonly depth: number
  readonly offset: number
  readonly instruction: string
}
const standing = (stop: Stop | undefined): Standing | undefined =>
  stop?.frame === undefined
    ? undefined
    : {
        thread: stop.thread,
        tick: stop.tick,
        depth: stop.frame.depth,
        offset: stop.frame.offset,
        instruction: stop.frame.instruction,
      }

/** A command that was carried out, or the start of the session, and what came of it. */
export interface Deed {
  /** In full; empty: the start. */
  readonly command: string
  /** What stands behind it. */
  readonly rest: string
  readonly interrupt: When | undefined
  readonly dbg: Debugger
  readonly before: Standing | undefined
  /** Where the program has come to, if it went on and did not end. */
  readonly stop: Stop | undefined
  /** What was shown, the command excepted. */
  readonly shown: readonly string[]
  /** Whether the program's state was changed before, or a call was made in it. */
  readonly changed: boolean
}

/** Carries a session out; gives the screen. `see` is told of all that is done. */
export async function play(script: Script, see: (deed: Deed) => void = () => {}): Promise<string> {
  const { first, args, joined, acts } = script
  const lines: string[] = [first]
  const print = (line: string): void => void lines.push(line)
  const guest = await prepare(args)
  const streams = [marked('| ', print), marked('! ', print)] as const
  const keyboard = new Keyboard()
  const options = { ...guest.options, stdin: stdinOf(script, guest.options, keyboard.read), stdout: streams[0], stderr: streams[1] }
  const watching = { source: guest.file.source, onLog: (text: string) => print(`log: ${text}`) }
  let running: Prepared | undefined
  let ended = Promise.resolve()
  let dbg: Debugger
  if (joined === undefined) dbg = await Debugger.launch(guest.module, { ...options, ...watching })
  else {
    running = await runUntil(joined, guest, options)
    ended = running.finish()
    dbg = Debugger.attach(running.instance, watching)
    void dbg.pause()
  }
  const screen = new Screen(noColour, (offset) => guest.file.place(offset))
  const results = joined === undefined ? guest.results : (): string[] => []
  const bench = createBench(dbg, { screen, print, results, flush: () => streams.forEach((stream) => stream.flush()) })
  let changed = false
  let moved: Stop | undefined
  const go = bench.go.bind(bench)
  bench.go = async (action) => {
    await go(action)
    moved = dbg.stop
  }
  const tell = (command: string, rest: string, interrupt: When | undefined, before: Standing | undefined, from: number): void =>
    see({ command, rest, interrupt, dbg, before, stop: moved?.frame === undefined ? undefined : moved, shown: lines.slice(from), changed })

  dbg.break({ trap: true })
  await withinSeconds(
    60,
    lines,
    bench.go(() => (joined === undefined ? dbg.step('in') : dbg.pause())),
  )
  tell('', '', joined, undefined, 1)
  for (const act of acts) {
    if (act.kind === 'typed') {
      print(act.line === undefined ? '^D' : `< ${act.line}`)
      keyboard.type(act.line)
      continue
    }
    const before = standing(dbg.stop)
    const from = lines.length + 1
    moved = undefined
    const done = obey(bench, act.line, true)
    if (act.interrupt !== undefined) await interrupt(bench, act.interrupt, done)
    await withinSeconds(60, lines, done)
    const [, word, rest] = /^(\S*)\s*(.*)$/.exec(act.line)!
    const command = known(word!)
    tell(command, rest!, act.interrupt, before, from)
    changed ||= command === 'set' || command === 'call'
  }
  if (running === undefined) {
    dbg.close()
    await dbg.over
  } else {
    // It would go on by itself, perhaps for ever.
    for (const { thread } of running.instance.store.scheduler.tasks) thread.interrupt = enough
    dbg.close()
    await Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 200))])
  }
  lines.push(`exit code ${(bench.ended?.exitCode ?? 0) & 0xff}`)
  return `${lines.join('\n')}\n`
}

/** A command in full; empty for what is none. */
function known(word: string): string {
  try {
    return findCommand(word).names[0]!
  } catch {
    return ''
  }
}

/** What a guest reads: what is typed, if something is; else what `--stdin` says, or nothing. */
function stdinOf(
  { args, acts }: Script,
  { stdin }: RunOptions,
  read: () => Promise<string | undefined> | string | undefined,
): RunOptions['stdin'] {
  if (acts.some(({ kind }) => kind === 'typed')) return read
  return args.includes('--stdin') ? stdin : ''
}

/** Runs a program as fast code until it is to be joined. */
async function runUntil(when: When, { module }: Guest, options: RunOptions): Promise<Prepared> {
  const store = new Store({ executor: 'switch', tier: 'fast' })
  const prepared = (await runnable('', module, [], options).prepare(store))!
  const { task } = prepared
  if (when === 'waiting') {
    void prepared.finish()
    while (task.ending === undefined && task.thread.pending === undefined) await nextTurn()
  } else {
    task.turn = when
    firstTurnOf(task, prepared, when)
  }
  if (task.ending !== undefined) throw new Error(`the program ends before it can be joined ${showWhen(when)}`)
  return prepared
}

/** The key for an interrupt, while a command lets the program run. */
async function interrupt(bench: Bench, when: When, done: Promise<void>): Promise<void> {
  const { dbg } = bench
  if (when === 'waiting') {
    let isOver = false
    void done.then(() => (isOver = true))
    while (!isOver && dbg.threads.some(({ state }) => state === 'runnable')) await nextTurn()
  } else {
    const { scheduler } = dbg['store']
    const task = scheduler.tasks[0]!
    const end = task.thread.tick + when
    task.turn = when
    while (task.thread.tick < end && dbg.stop === undefined && scheduler.turn(true));
  }
  bench.print(`^C ${showWhen(when)}`)
  void dbg.pause()
}

/** Differences between the stops of a session and the reference executor's state; `compared` counts those that were looked at. */
export async function compareWithReference(
  script: Script,
  see: (deed: Deed) => void = () => {},
): Promise<{ readonly compared: number; readonly differences: string[] }> {
  const keyOf = ({ tick, depth, offset }: { tick: number; depth: number; offset: number }): string => `${tick} ${depth} ${offset}`
  const keyAt = ({ tick, frame }: Stop): string => keyOf({ tick, depth: frame!.depth, offset: frame!.offset })
  // Numbers of threads are not compared. In a call of the host, whose tick has been taken, everything is as it was before that.
  const comparable = (stop: Stop, dbg: Debugger): Stop =>
    Object.create(stop, { thread: { value: 0 }, tick: { value: isInCall(stop, dbg) ? stop.tick - 1 : stop.tick } }) as Stop
  const wanted = new Set<string>()
  const ticks = new Set<number>()
  await play(script, ({ stop, changed, dbg }) => {
    if (changed || stop === undefined) return
    const known = comparable(stop, dbg)
    wanted.add(keyAt(known))
    ticks.add(known.tick)
  })
  const { module, options } = await prepare(script.args)
  const typed = script.acts.flatMap((act) => (act.kind === 'typed' && act.line !== undefined ? [`${act.line}\n`] : []))
  const quiet = { ...options, stdin: stdinOf(script, options, () => typed.shift()), stdout: () => {}, stderr: () => {} }
  const subject = runnable('', module, [], quiet)
  // Threads of one program may come to the same coordinate, but for their number: one of them must be it.
  const moments = new Map<string, Moment[]>()
  const store = new Store()
  const last = Math.max(...ticks)
  const before = (machine: Parameters<typeof momentOf>[0]): void => {
    const { T, reader } = machine
    // The rest of the program, which may be endless, is not looked at.
    if (T.tick > last && !subject.hasThreads) throw enough
    if (!ticks.has(T.tick) || T.progress > 0 || T.pinned > 0) return
    const moment = wanted.has(keyOf({ tick: T.tick, depth: T.depth, offset: reader.at })) ? momentOf(machine, 0) : undefined
    if (moment !== undefined) moments.set(keyOf(moment), [...(moments.get(keyOf(moment)) ?? []), moment])
  }
  store.executor = probed({ before, after: () => {} }, () => {})
  if (typeof script.joined !== 'number') await run(module, { ...quiet, store }).catch(() => {})
  else {
    // Where a first turn ends decides whose turn is next: both runs must have it in common.
    const prepared = (await subject.prepare(store))!
    prepared.task.turn = script.joined
    await prepared.finish()
  }
  let compared = 0
  const differences: string[] = []
  await play(script, (deed) => {
    const { stop, changed, dbg } = deed
    if (!changed && stop !== undefined) {
      compared++
      const known = comparable(stop, dbg)
      const found = (moments.get(keyAt(known)) ?? []).map((moment) => difference(known, moment))
      if (!found.includes(undefined)) differences.push(found[0] ?? `the reference executor does not come to ${keyAt(known)}`)
    }
    see(deed)
  })
  return { compared, differences }
}
