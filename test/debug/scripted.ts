/**
 * A scripted session in this process: the commands of a `*.session` file, on a program that was started under the debugger, or
 * joined when it had run for some ticks as fast code. Each stop can be compared with the reference executor's state at the same
 * time coordinate.
 */
import { commands as cliCommands, parse } from '../../src/cli/args.ts'
import { rows } from '../../src/cli/debug/commands.ts'
import { Screen, noColour } from '../../src/cli/debug/screen.ts'
import { createBench, marked, obey } from '../../src/cli/debug/workbench.ts'
import { type Guest, prepareGuest } from '../../src/cli/guest.ts'
import { Debugger, type Stop } from '../../src/debug/index.ts'
import { Store } from '../../src/embedding/store.ts'
import { probed } from '../../src/interp/reference/index.ts'
import { run } from '../../src/wasi/run.ts'
import { type Moment, difference, momentOf } from './moments.ts'
import { firstTurnOf } from './states.ts'
import { runnable } from './subjects.ts'

/** A session file, read. */
export interface Script {
  readonly first: string
  readonly args: readonly string[]
  /** Undefined: started under the debugger. */
  readonly joined: number | undefined
  readonly commands: readonly string[]
}

const PROMPT = '(vitrine) '

/** `$ vitrine debug ARGS`, or `$ vitrine debug ARGS (joined after N ticks)`; then the screen with its commands. */
export function readScript(text: string): Script {
  const [first, ...rest] = text.split('\n') as [string, ...string[]]
  const [, line, ticks] = /^\$ vitrine debug (.*?)(?: \(joined after (\d+) ticks\))?$/.exec(first)!
  return {
    first,
    args: line!.split(' '),
    joined: ticks === undefined ? undefined : Number(ticks),
    commands: rest.filter((text) => text.startsWith(PROMPT)).map((text) => text.slice(PROMPT.length)),
  }
}

/** The program as the command line would read it, with output of its own. */
async function prepare(args: readonly string[]): Promise<Guest> {
  const parsed = parse(
    cliCommands.find(({ name }) => name === 'debug')!,
    args,
  )
  return prepareGuest(parsed, { file: undefined }, () => undefined)
}

/** Who waits for a program that has ended waits for ever. */
async function withinSeconds(seconds: number, line: string, done: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing comes of '${line}'`)), seconds * 1000)
  })
  await Promise.race([done, late]).finally(() => clearTimeout(timer))
}

/** Carries a session out; gives the screen. `see`: told of each stop, and whether the session has changed something before it. */
export async function play(
  { first, args, joined, commands }: Script,
  see: (stop: Stop, changed: boolean) => void = () => {},
): Promise<string> {
  const lines: string[] = [first]
  const print = (line: string): void => void lines.push(line)
  const guest = await prepare(args)
  const streams = [marked('| ', print), marked('! ', print)] as const
  const stdin = args.includes('--stdin') ? guest.options.stdin : ''
  const options = { ...guest.options, stdin, stdout: streams[0], stderr: streams[1] }
  const watching = { source: guest.file.source, onLog: (text: string) => print(`log: ${text}`) }
  let ended = Promise.resolve()
  let dbg: Debugger
  if (joined === undefined) dbg = await Debugger.launch(guest.module, { ...options, ...watching })
  else {
    const store = new Store({ executor: 'switch', tier: 'fast' })
    const prepared = (await runnable('', guest.module, [], options).prepare(store))!
    const { task } = prepared
    task.turn = joined
    firstTurnOf(task, prepared, joined)
    if (task.ending !== undefined) throw new Error(`the program ends before tick ${joined}`)
    ended = prepared.finish()
    dbg = Debugger.attach(prepared.instance, watching)
    void dbg.pause()
  }
  const screen = new Screen(noColour, (offset) => guest.file.place(offset))
  const results = joined === undefined ? guest.results : (): string[] => []
  const bench = createBench(dbg, { screen, print, results, flush: () => streams.forEach((stream) => stream.flush()) })
  let changed = false
  const go = bench.go.bind(bench)
  bench.go = async (action) => {
    await go(action)
    if (dbg.stop?.frame !== undefined) see(dbg.stop, changed)
  }
  dbg.break({ trap: true })
  await bench.go(() => (joined === undefined ? dbg.step('in') : dbg.pause()))
  for (const line of commands) {
    await withinSeconds(10, line, obey(bench, line, true))
    const word = line.split(' ')[0]!
    const row = rows.find(({ names }) => names.includes(word))
    if (row?.names[0] === 'set' || row?.names[0] === 'call') changed = true
  }
  for (const thread of joined === undefined ? [] : dbg.threads) dbg.select(thread.id)
  dbg.close()
  await (joined === undefined ? dbg.over : Promise.race([ended, new Promise((resolve) => setTimeout(resolve, 200))]))
  lines.push(`exit code ${(bench.ended?.exitCode ?? 0) & 0xff}`)
  return `${lines.join('\n')}\n`
}

/** Differences between the stops of a session and the reference executor's state; `compared` counts those that were looked at. */
export async function compareWithReference(script: Script): Promise<{ readonly compared: number; readonly differences: string[] }> {
  const keyOf = ({ tick, depth, offset }: { tick: number; depth: number; offset: number }): string => `${tick} ${depth} ${offset}`
  const keyAt = ({ tick, frame }: Stop): string => keyOf({ tick, depth: frame!.depth, offset: frame!.offset })
  const wanted = new Set<string>()
  const ticks = new Set<number>()
  await play(script, (stop, changed) => {
    if (changed) return
    wanted.add(keyAt(stop))
    ticks.add(stop.tick)
  })
  // Threads of one program may come to the same coordinate, but for their number: one of them must be it.
  const moments = new Map<string, Moment[]>()
  const store = new Store()
  const before = (machine: Parameters<typeof momentOf>[0]): void => {
    const { T, reader } = machine
    if (!ticks.has(T.tick) || T.progress > 0 || T.pinned > 0) return
    const moment = wanted.has(keyOf({ tick: T.tick, depth: T.depth, offset: reader.at })) ? momentOf(machine, 0) : undefined
    if (moment !== undefined) moments.set(keyOf(moment), [...(moments.get(keyOf(moment)) ?? []), moment])
  }
  store.executor = probed({ before, after: () => {} }, () => {})
  const { module, options } = await prepare(script.args)
  const stdin = script.args.includes('--stdin') ? options.stdin : ''
  const quiet = { ...options, stdin, stdout: () => {}, stderr: () => {} }
  if (script.joined === undefined) await run(module, { ...quiet, store }).catch(() => {})
  else {
    // Where a first turn ends decides whose turn is next: both runs must have it in common.
    const prepared = (await runnable('', module, [], quiet).prepare(store))!
    prepared.task.turn = script.joined
    await prepared.finish()
  }
  let compared = 0
  const differences: string[] = []
  await play(script, (stop, changed) => {
    if (changed) return
    compared++
    const candidates = moments.get(keyAt(stop)) ?? []
    const unnumbered = Object.create(stop, { thread: { value: 0 } }) as Stop
    const found = candidates.map((moment) => difference(unnumbered, moment))
    if (!found.includes(undefined)) differences.push(found[0] ?? `the reference executor does not come to ${keyAt(stop)}`)
  })
  return { compared, differences }
}
