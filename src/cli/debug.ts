/**
 * `vitrine debug [options] FILE [args…]`: the terminal debugger. Commands come from the terminal, from a pipe, or from a file;
 * the guest has streams of its own. Called by main.ts.
 */
import { openSync, readFileSync } from 'node:fs'
import { type Interface, createInterface } from 'node:readline'
import { Debugger, type Stop } from '../debug/index.ts'
import { isVitrineError } from '../errors.ts'
import { fdInput, fdOutput } from '../host/node/stdio.ts'
import type { Output } from '../host/streams.ts'
import { type Parsed, UsageError } from './args.ts'
import { complete, execute, type Workbench } from './debug/commands.ts'
import { Screen, colours, noColour } from './debug/screen.ts'
import { prepareGuest } from './guest.ts'
import { emitBytes, printStyled as print } from './output.ts'
import type { Session } from './program.ts'
import { report } from './report.ts'
import { systemMessage } from './system.ts'

/** A line of the guest, as it is. */
const raw = (line: string): boolean => emitBytes(1, Buffer.from(`${line}\n`))

const PROMPT = '(vitrine) '

export async function debugCommand(parsed: Parsed, session: Session): Promise<number> {
  const guest = await prepareGuest(parsed, session, () => undefined)
  const { file } = guest
  const script = parsed.has('command') ? readScript(parsed.get('command')!) : undefined
  const terminal = parsed.get('tty')
  const output =
    terminal === undefined ? [marked('| '), marked('! ')] : Array.from({ length: 2 }, () => fdOutput(openTerminal(terminal, 'w')))
  const input = terminal === undefined ? '' : fdInput(openTerminal(terminal, 'r'))
  const isColoured = process.stdout.isTTY === true && process.env['NO_COLOR'] === undefined
  const screen = new Screen(isColoured ? colours : noColour, (offset) => file.place(offset))
  const dbg = await Debugger.launch(guest.module, {
    ...guest.options,
    stdin: parsed.has('stdin') ? guest.options.stdin : input,
    stdout: output[0],
    stderr: output[1],
    source: file.source,
    onLog: (text) => print(`log: ${text}`),
    onSkip: ({ breakpoint, message, func, offset }) => {
      if (breakpoint.skipCount > 1) return
      print(`passed: ${message} in ${func ?? 'a function'} at 0x${offset.toString(16)}: nothing can stop in a call from a host function`)
    },
  })
  const bench: Workbench & { ended: Stop | undefined } = {
    dbg,
    screen,
    selected: 0,
    quit: false,
    ended: undefined,
    print,
    go: async (action) => {
      const stop = await action()
      for (const stream of output) (stream as Partial<Marked>).flush?.()
      bench.selected = 0
      screen.arrive(stop.frame)
      if (stop.frame === undefined) {
        bench.ended = stop
        print(screen.style.strong(`the program has ended: ${stop.message}`))
        if (stop.exitCode !== undefined) for (const line of guest.results(stop.result)) print(line)
      } else for (const line of screen.stop(stop, stop.frame)) print(line)
    },
  }
  // A trap is where the debugger is wanted most.
  dbg.break({ trap: true })
  const interrupt = (): void => void dbg.pause()
  process.on('SIGINT', interrupt)
  try {
    await bench.go(() => dbg.step('in'))
    if (script !== undefined) for (const line of script) await obey(bench, line, true)
    if (!bench.quit && (script === undefined || process.stdin.isTTY)) await converse(bench)
  } finally {
    process.off('SIGINT', interrupt)
    dbg.close()
  }
  const { ended } = bench
  if (ended?.error !== undefined) return report(ended.error, file).exitCode
  return (ended?.exitCode ?? 0) & 0xff
}

/** One command; a mistake in it is told. */
async function obey(bench: Workbench, line: string, echo: boolean): Promise<void> {
  if (bench.quit) return
  if (echo) print(`${PROMPT}${line}`)
  try {
    await execute(bench, line)
  } catch (error) {
    if (!isVitrineError(error)) throw error
    print(bench.screen.style.error(`error: ${error.message}`))
  }
}

/** Commands from standard input, until its end. An empty line repeats the last step. */
async function converse(bench: Workbench): Promise<void> {
  const isTerminal = process.stdin.isTTY === true
  const reader: Interface = createInterface({
    input: process.stdin,
    output: isTerminal ? process.stdout : undefined,
    prompt: PROMPT,
    completer: (line: string) => complete(bench.dbg, line),
    terminal: isTerminal,
  })
  // The terminal is in raw mode: the key for an interrupt comes here.
  reader.on('SIGINT', () => void bench.dbg.pause())
  let last = ''
  if (isTerminal) reader.prompt()
  for await (const text of reader) {
    const line = text.trim() === '' && isTerminal ? last : text
    if (/^\s*(s|step|n|next|it\w*|line|c|continue)\b/.test(line)) last = line
    await obey(bench, line, !isTerminal)
    if (bench.quit) break
    if (isTerminal) reader.prompt()
  }
  reader.close()
}

function readScript(path: string): string[] {
  try {
    const lines = readFileSync(path, 'utf8').split('\n')
    if (lines[lines.length - 1] === '') lines.pop()
    return lines
  } catch (error) {
    throw new UsageError(`cannot read --command ${path}: ${systemMessage(error)}`)
  }
}

function openTerminal(path: string, flags: 'r' | 'w'): number {
  try {
    return openSync(path, flags)
  } catch (error) {
    throw new UsageError(`cannot open --tty ${path}: ${systemMessage(error)}`)
  }
}

interface Marked extends Output {
  flush(): void
}

/** What the guest writes stands among the debugger's lines with a mark in front of each line. */
function marked(mark: string): Marked {
  const decoder = new TextDecoder()
  let rest = ''
  const flush = (): void => {
    if (rest !== '') raw(mark + rest)
    rest = ''
  }
  return {
    write: (chunk) => {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
      rest = lines.pop()!
      for (const line of lines) raw(mark + line)
      return chunk.length
    },
    flush,
  }
}
