/** The commands of the terminal debugger: one table, from which words are recognised and `help` is made. Called by session.ts. */
import type { Debugger, Frame, Place, Stop, Watched } from '../../debug/index.ts'
import { addressOf, assign, callArguments, exportedType, namesAt, variableNamed } from '../../debug/assign.ts'
import { glob } from '../../debug/places.ts'
import { VitrineError } from '../../errors.ts'
import { moduleNames } from '../../module/names.ts'
import { nearest } from '../args.ts'
import { formatResult } from '../values.ts'
import { type Screen, functionList } from './screen.ts'

/** What commands work on. */
export interface Workbench {
  readonly dbg: Debugger
  readonly screen: Screen
  print(line: string): void
  /** Lets the program go on, and shows where it stops. */
  go(action: () => Promise<Stop>): Promise<void>
  /** The frame that is looked at. */
  selected: number
  quit: boolean
}

interface CommandRow {
  readonly names: readonly string[]
  readonly usage: string
  readonly help: string
  run(bench: Workbench, rest: string): void | Promise<void>
}

const fail = (message: string): never => {
  throw new VitrineError('usage', message)
}

function frameOf({ dbg, selected }: Workbench): Frame {
  return dbg.stop?.frames[selected] ?? fail('the program does not stand in a function')
}

/** A whole number: 12, 0x1f4. */
function number(text: string): number | undefined {
  return /^(0x[\da-f]+|\d+)$/i.test(text) ? Number(text) : undefined
}

/** `fac`, `fac*`, `#3`, `0x1f4`, `:12`, `entry`, `trap`, `throw [TAG]`, `uncaught`, `host NAME`, `import NAME`, `export NAME`. */
function parsePlace(text: string): Place {
  const [word, ...rest] = text.split(/\s+/) as [string, ...string[]]
  if (text === '') fail('a place is missing: break fac, break 0x1f4, break :12, break trap')
  if (word === 'entry') return { entry: true }
  if (word === 'trap') return { trap: true }
  if (word === 'uncaught') return { uncaught: true }
  if (word === 'throw') return { throw: rest[0] ?? true }
  const [named] = rest
  if (named !== undefined) {
    if (word === 'host') return { host: named }
    if (word === 'import') return { import: named }
    if (word === 'export') return { export: named }
  }
  if (/^:\d+$/.test(word)) return { wat: Number(word.slice(1)) }
  if (/^#\d+$/.test(word)) return { func: Number(word.slice(1)) }
  const offset = number(word)
  return offset === undefined ? { func: text } : { offset }
}

/** `PLACE [if EXPRESSION] [hits N] [log TEXT]` */
function setBreak(bench: Workbench, rest: string, once: boolean): void {
  const [, place, when, hits, log] = /^(.*?)(?:\s+if\s+(.*?))?(?:\s+hits\s+(\d+))?(?:\s+log\s+(.*))?$/s.exec(rest)!
  const point = bench.dbg.break(parsePlace(place!.trim()), { when, hits: hits === undefined ? undefined : Number(hits), log, once })
  const where = point.places.slice(0, 3).map(({ name, funcidx, offset }) => `${name ?? `function ${funcidx}`} 0x${offset.toString(16)}`)
  bench.print(
    `breakpoint ${point.id}${where.length === 0 ? '' : ` at ${where.join(', ')}`}${point.places.length > 3 ? ` and ${point.places.length - 3} more places` : ''}`,
  )
}

/** `ADDR [SIZE]`, `global NAME`, `local NAME`, `table N INDEX`, `object EXPRESSION`; behind it `if EXPRESSION`. */
function setWatch(bench: Workbench, rest: string, on: 'change' | 'read' | 'access' | 'write'): void {
  const [, what, when] = /^(.*?)(?:\s+if\s+(.*))?$/s.exec(rest)!
  const words = what!.trim().split(/\s+/)
  let watched: Watched
  if (words[0] === 'global') watched = { global: number(words[1] ?? '') ?? words[1] ?? fail('which global?') }
  else if (words[0] === 'local') {
    const frame = frameOf(bench)
    watched = { local: number(words[1] ?? '') ?? words[1] ?? fail('which local?'), func: frame.funcidx }
  } else if (words[0] === 'object') watched = { object: bench.dbg.evaluate(words.slice(1).join(' '), frameOf(bench)).value }
  else if (words[0] === 'table')
    watched = { table: number(words[1] ?? '') ?? 0, index: number(words[2] ?? '') ?? fail('watch table N INDEX') }
  else {
    const size = words.length > 1 ? number(words[words.length - 1]!) : undefined
    const address = size === undefined ? what!.trim() : words.slice(0, -1).join(' ')
    if (address === '') fail('watch what? An address, global NAME, local NAME, table N INDEX, object EXPR')
    watched = { memory: 0, addr: addressOf(bench.dbg, frameOf(bench), address), size: size ?? 4 }
  }
  const point = bench.dbg.watch(watched, { on, when })
  bench.print(`watchpoint ${point.id}: ${point.text}`)
}

function pointsOf(bench: Workbench, rest: string): Debugger['breakpoints'] {
  if (rest === '') return bench.dbg.breakpoints
  return rest
    .split(/\s+/)
    .map((word) => bench.dbg.breakpoints.find(({ id }) => id === Number(word)) ?? fail(`there is no breakpoint ${word}`))
}

/** `NAME = EXPRESSION`, `$0 = …`, `stack[0] = …`, `global NAME = …`, `i32[ADDR] = …`, `table[N] = …` */
function set(bench: Workbench, rest: string): void {
  const at = rest.search(/=(?!=)/)
  if (at < 0) fail('set NAME = VALUE')
  const target = rest.slice(0, at).trim()
  const { text, memory } = assign(bench.dbg, frameOf(bench), target, rest.slice(at + 1).trim())
  if (memory === undefined) bench.print(`${target} = ${text}`)
}

function select(bench: Workbench, index: number): void {
  const frames = bench.dbg.stop?.frames ?? []
  if (!(index >= 0 && index < frames.length)) fail(`there is no frame ${index}: there are ${frames.length}`)
  bench.selected = index
  bench.print(bench.screen.backtrace(frames, index)[index]!)
  for (const line of bench.screen.code(frames[index]!, 3)) bench.print(line)
}

/** Arguments of `call`: expressions between commas. */
function callExport(bench: Workbench, rest: string): void {
  const [, name, list] = /^(\S+?)\s*(?:\((.*)\)|\s(.*))?$/s.exec(rest) ?? fail('call NAME(ARG, …)')
  const values = callArguments(bench.dbg, frameOf(bench), name!, list ?? '')
  const result = bench.dbg.call(name!, ...values)
  const types = exportedType(bench.dbg, name!)?.results ?? []
  const results = types.length === 1 ? [result] : ((result ?? []) as unknown[])
  bench.print(['returned', ...types.map((type, i) => formatResult(type, results[i]))].join(' '))
}

function info(bench: Workbench, rest: string): void {
  const { dbg, screen } = bench
  const [word, pattern] = rest.split(/\s+/)
  const all: Record<string, () => string[]> = {
    breakpoints: () =>
      dbg.breakpoints.length === 0
        ? ['no breakpoints']
        : dbg.breakpoints.map((point) => {
            const what =
              'place' in point
                ? Object.entries(point.place)
                    .map(([key, value]) => `${key} ${String(value)}`)
                    .join(' ')
                : `watch ${point.text}`
            const when = 'options' in point ? point.options.when : point.when
            return `  ${point.id}${point.enabled ? '' : ' (disabled)'}  ${what}${when === undefined ? '' : ` if ${when}`}  hit ${point.hitCount} time${point.hitCount === 1 ? '' : 's'}`
          }),
    locals: () => screen.variables([...frameOf(bench).locals], 'locals'),
    stack: () => screen.operands(frameOf(bench)),
    globals: () => screen.variables(dbg.globals, 'globals'),
    threads: () =>
      dbg.threads.map(({ id, state, frames }) => `  ${id}  ${state}  ${frames[0]?.func ?? ''} ${frames[0]?.instruction ?? ''}`),
    functions: () => functionList(dbg.stop?.frame, dbg, pattern === undefined ? /^/ : glob(pattern)),
  }
  const name = Object.keys(all).find((key) => key.startsWith(word || '-')) ?? fail(`info ${Object.keys(all).join(', ')}`)
  for (const line of all[name]!()) bench.print(line)
}

const rows: readonly CommandRow[] = [
  { names: ['continue', 'c', 'run', 'r'], usage: 'continue', help: 'go on to the next stop', run: (b) => b.go(() => b.dbg.continue()) },
  { names: ['step', 's'], usage: 'step [N]', help: 'one instruction, into calls', run: (b, rest) => repeat(b, rest, 'in') },
  { names: ['next', 'n'], usage: 'next [N]', help: 'one instruction, over calls', run: (b, rest) => repeat(b, rest, 'over') },
  { names: ['finish', 'fin', 'out'], usage: 'finish', help: 'until this function has returned', run: (b, rest) => repeat(b, rest, 'out') },
  { names: ['line', 'l+'], usage: 'line [N]', help: 'to the next line of the text, over calls', run: (b, rest) => repeat(b, rest, 'line') },
  {
    names: ['iteration', 'it'],
    usage: 'iteration [N]',
    help: 'to the next round of the innermost loop, or behind it',
    run: (b, rest) => repeat(b, rest, 'iteration'),
  },
  {
    names: ['break', 'b'],
    usage: 'break PLACE [if EXPR] [hits N] [log TEXT]',
    help: 'PLACE: fac, fac*, #3 (function 3), 0x1f4 (offset), :12 (line), trap, throw [TAG], uncaught, host|import|export NAME. TEXT: {EXPR}, {result}',
    run: (b, rest) => setBreak(b, rest, false),
  },
  { names: ['tbreak', 'tb'], usage: 'tbreak PLACE …', help: 'a breakpoint that stops once', run: (b, rest) => setBreak(b, rest, true) },
  {
    names: ['watch', 'w'],
    usage: 'watch ADDR [SIZE] | global NAME | local NAME | table N INDEX  | object EXPR [if EXPR]',
    help: 'stop when it changes; EXPR may use $old and $new',
    run: (b, rest) => setWatch(b, rest, 'change'),
  },
  { names: ['rwatch', 'rw'], usage: 'rwatch ADDR [SIZE]', help: 'stop when it is read', run: (b, rest) => setWatch(b, rest, 'read') },
  {
    names: ['awatch', 'aw'],
    usage: 'awatch ADDR [SIZE]',
    help: 'stop when it is read or written',
    run: (b, rest) => setWatch(b, rest, 'access'),
  },
  {
    names: ['delete', 'd'],
    usage: 'delete [N…]',
    help: 'remove breakpoints and watchpoints',
    run: (b, rest) => [...pointsOf(b, rest)].forEach((point) => point.remove()),
  },
  {
    names: ['disable'],
    usage: 'disable [N…]',
    help: 'keep, but do not stop',
    run: (b, rest) => pointsOf(b, rest).forEach((point) => (point.enabled = false)),
  },
  {
    names: ['enable'],
    usage: 'enable [N…]',
    help: 'stop again',
    run: (b, rest) => pointsOf(b, rest).forEach((point) => (point.enabled = true)),
  },
  {
    names: ['print', 'p'],
    usage: 'print EXPR',
    help: 'names, $0, stack[0], i32[p + 4], f64[p], global[0], arithmetic, comparisons; table[2], node.left, list[3], v.i32x4[0]',
    run: (b, rest) => {
      const { type, text } = variableNamed(b.dbg, frameOf(b), rest) ?? b.dbg.evaluate(rest, frameOf(b))
      b.print(`${type} ${text}`)
    },
  },
  {
    names: ['set'],
    usage: 'set NAME = EXPR',
    help: 'change a local, global, stack[0], i32[ADDR], table[2], node.left, list[3] or v.i32x4[0]',
    run: set,
  },
  {
    names: ['x'],
    usage: 'x ADDR [SIZE]',
    help: 'bytes of memory; changed ones are marked',
    run: (b, rest) => {
      const words = rest.split(/\s+/)
      const size = words.length > 1 ? number(words[words.length - 1]!) : undefined
      const address = addressOf(b.dbg, frameOf(b), size === undefined ? rest : words.slice(0, -1).join(' '))
      for (const line of b.screen.memory(b.dbg, address, Math.min(size ?? 64, 4096), 0)) b.print(line)
    },
  },
  {
    names: ['backtrace', 'bt'],
    usage: 'backtrace',
    help: 'the call stack',
    run: (b) => b.screen.backtrace(b.dbg.stop?.frames ?? [], b.selected).forEach((line) => b.print(line)),
  },
  { names: ['frame', 'fr'], usage: 'frame N', help: 'look at a caller', run: (b, rest) => select(b, number(rest) ?? b.selected) },
  { names: ['up'], usage: 'up', help: 'look at the caller', run: (b) => select(b, b.selected + 1) },
  { names: ['down'], usage: 'down', help: 'look at the callee', run: (b) => select(b, b.selected - 1) },
  {
    names: ['list', 'l'],
    usage: 'list [N]',
    help: 'N instructions before and after',
    run: (b, rest) => b.screen.code(frameOf(b), number(rest) ?? 10).forEach((line) => b.print(line)),
  },
  {
    names: ['where'],
    usage: 'where',
    help: 'the screen of this stop again',
    run: (b) => b.screen.stop(b.dbg.stop ?? fail('the program has not begun'), frameOf(b)).forEach((line) => b.print(line)),
  },
  { names: ['info', 'i'], usage: 'info breakpoints|locals|stack|globals|threads|functions [PATTERN]', help: 'lists', run: info },
  {
    names: ['thread'],
    usage: 'thread N',
    help: 'look at another thread, and step it',
    run: (b, rest) => {
      b.dbg.select(Number(rest))
      b.selected = 0
      b.screen.stop(b.dbg.stop!, frameOf(b)).forEach((line) => b.print(line))
    },
  },
  { names: ['call'], usage: 'call NAME(EXPR, …)', help: 'call an export while the program stands still', run: callExport },
  { names: ['help', 'h', '?'], usage: 'help [COMMAND]', help: 'this list, or one of it', run: (b, rest) => helpOn(b, rest) },
  { names: ['quit', 'q', 'exit'], usage: 'quit', help: 'end the program and the debugger', run: (b) => void (b.quit = true) },
]

function helpOn(bench: Workbench, word: string): void {
  const row = word === '' ? undefined : findCommand(word)
  if (row !== undefined) {
    bench.print(`${row.usage}\n  ${row.help}${row.names.length > 1 ? `\n  also: ${row.names.slice(1).join(', ')}` : ''}`)
    return
  }
  for (const { names, usage, help } of rows)
    bench.print(`  ${`${usage.split(' ')[0]!}${names.length > 1 ? `, ${names[1]}` : ''}`.padEnd(16)} ${help}`)
}

async function repeat(bench: Workbench, rest: string, kind: 'in' | 'over' | 'out' | 'line' | 'iteration'): Promise<void> {
  const times = rest === '' ? 1 : (number(rest) ?? fail(`a number is expected, not '${rest}'`))
  await bench.go(async () => {
    let stop = await bench.dbg.step(kind)
    for (let i = 1; i < times && stop.reason === 'step'; i++) stop = await bench.dbg.step(kind)
    return stop
  })
}

/** The command of that name, or the only one that begins so. */
export function findCommand(word: string): CommandRow {
  const exact = rows.find(({ names }) => names.includes(word))
  if (exact !== undefined) return exact
  const begun = rows.filter(({ names }) => names[0]!.startsWith(word))
  if (begun.length === 1) return begun[0]!
  if (begun.length > 1) fail(`${word} may be ${begun.map(({ names }) => names[0]).join(' or ')}`)
  const near = nearest(
    word,
    rows.map(({ names }) => names[0]!),
  )
  return fail(`there is no command '${word}'${near === undefined ? '; help lists them' : `; did you mean ${near}?`}`)
}

/** Carries out one line. */
export async function execute(bench: Workbench, line: string): Promise<void> {
  const [, word, rest] = /^\s*(\S*)\s*(.*?)\s*$/s.exec(line)!
  if (word === '' || word!.startsWith(';')) return
  await findCommand(word!).run(bench, rest!)
}

/** What a line that has been begun may go on with. */
export function complete(dbg: Debugger, line: string): [string[], string] {
  const [, before, word] = /^(.*?)(\S*)$/s.exec(line)!
  const words =
    before!.trim() === ''
      ? rows.map(({ names }) => names[0]!)
      : [
          ...moduleNames(dbg.instance.module).funcs.values(),
          ...namesAt(dbg, dbg.stop?.frame),
          ...['breakpoints', 'locals', 'stack', 'globals', 'threads', 'functions', 'trap', 'throw', 'uncaught', 'host', 'import', 'export'],
        ]
  return [[...new Set(words)].filter((candidate) => candidate.startsWith(word!)).slice(0, 100), word!]
}
