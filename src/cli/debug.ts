/**
 * `vitrine debug [options] FILE [args…]`: the terminal debugger. Commands come from the terminal, from a pipe, or from a file;
 * the guest has streams of its own. Called by main.ts.
 */
import { closeSync, openSync, readFileSync } from 'node:fs'
import { type Interface, createInterface } from 'node:readline'
import { ReadStream, isatty } from 'node:tty'
import { Debugger } from '../debug/index.ts'
import { fdInput, fdOutput, streamInput } from '../host/node/stdio.ts'
import type { Input } from '../host/streams.ts'
import { type Parsed, UsageError } from './args.ts'
import { complete } from './debug/commands.ts'
import { Screen, colours, noColour } from './debug/screen.ts'
import { type Bench, type Marked, PROMPT, createBench, marked, obey } from './debug/workbench.ts'
import { prepareGuest } from './guest.ts'
import { emitBytes, printStyled as print } from './output.ts'
import type { Session } from './program.ts'
import { report } from './report.ts'
import { systemMessage } from './system.ts'

/** A line of the guest, as it is. */
const raw = (line: string): void => void emitBytes(1, Buffer.from(`${line}\n`))

export async function debugCommand(parsed: Parsed, session: Session): Promise<number> {
  const guest = await prepareGuest(parsed, session, () => undefined)
  const { file } = guest
  const script = parsed.has('command') ? readScript(parsed.get('command')!) : undefined
  const terminal = parsed.get('tty')
  const output =
    terminal === undefined ? [marked('| ', raw), marked('! ', raw)] : Array.from({ length: 2 }, () => fdOutput(openTerminal(terminal, 'w')))
  const input = terminal === undefined ? undefined : terminalInput(openTerminal(terminal, 'r'))
  const isColoured = process.stdout.isTTY === true && (process.env['NO_COLOR'] ?? '') === ''
  const screen = new Screen(isColoured ? colours : noColour, (offset) => file.place(offset))
  const dbg = await Debugger.launch(guest.module, {
    ...guest.options,
    stdin: parsed.has('stdin') ? guest.options.stdin : (input?.input ?? ''),
    stdout: output[0],
    stderr: output[1],
    source: file.source,
    onLog: (text) => print(`log: ${text}`),
    onSkip: ({ breakpoint, message, func, offset }) => {
      if (breakpoint.skipCount > 1) return
      print(`passed: ${message} in ${func ?? 'a function'} at 0x${offset.toString(16)}: nothing can stop in a call from a host function`)
    },
  })
  const flush = (): void => output.forEach((stream) => (stream as Partial<Marked>).flush?.())
  const bench = createBench(dbg, { screen, print, results: guest.results, flush })
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
    input?.close()
  }
  const { ended } = bench
  if (ended?.error !== undefined) return report(ended.error, file).exitCode
  return (ended?.exitCode ?? 0) & 0xff
}

/** Commands from standard input, until its end. An empty line repeats the last step. */
async function converse(bench: Bench): Promise<void> {
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

/** Reads a terminal without blocking: a guest that waits for a line can be paused. What is none, a pipe say, is read at once. */
function terminalInput(fd: number): { readonly input: Input; close(): void } {
  if (!isatty(fd)) return { input: fdInput(fd), close: () => closeSync(fd) }
  const stream = new ReadStream(fd)
  return { input: streamInput(stream), close: () => void stream.destroy() }
}

function openTerminal(path: string, flags: 'r' | 'w'): number {
  try {
    return openSync(path, flags)
  } catch (error) {
    throw new UsageError(`cannot open --tty ${path}: ${systemMessage(error)}`)
  }
}
