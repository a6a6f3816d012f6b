#!/usr/bin/env node
/**
 * The `vitrine` command: finds the command, runs it, and turns whatever goes wrong into a message and an exit code.
 * The process ends by itself when nothing is left to do, so that no output is lost.
 */
import { existsSync, readFileSync } from 'node:fs'
import { type Command, type Parsed, UsageError, commandHelp, commands, generalHelp, nearest, parse, seeHelp } from './args.ts'
import { complain, emit } from './output.ts'
import type { Session } from './program.ts'
import { EXIT, report } from './report.ts'
import { runCommand } from './run.ts'

type Action = (parsed: Parsed, session: Session) => number | Promise<number>

/** Other commands than `run` are imported when they are called: it starts in half the time without what they need. */
const actions: Readonly<Record<string, () => Action | Promise<Action>>> = {
  run: () => runCommand,
  validate: async () => (await import('./validate.ts')).validateCommand,
  inspect: async () => (await import('./inspect.ts')).inspectCommand,
  explain: async () => (await import('./explain.ts')).explainCommand,
  trace: async () => (await import('./trace.ts')).traceCommand,
  profile: async () => (await import('./profile.ts')).profileCommand,
  cover: async () => (await import('./cover.ts')).coverCommand,
  debug: async () => (await import('./debug.ts')).debugCommand,
  dap: async () => (await import('./dap.ts')).dapCommand,
  parse: async () => (await import('./text.ts')).parseCommand,
  print: async () => (await import('./text.ts')).printCommand,
}

function version(): string {
  return (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }).version
}

const find = (name: string | undefined): Command | undefined => commands.find((c) => c.name === name)

/** Runs a command line; returns the exit code. */
async function main(argv: readonly string[], session: Session): Promise<number> {
  const [first] = argv
  if (first === undefined) {
    emit(2, generalHelp(version()))
    return EXIT.usage
  }
  if (first === '--version' || first === '-V') return emit(1, `vitrine ${version()}\n`) ? 0 : EXIT.failed
  if (first === '--help' || first === '-h' || first === 'help') {
    const about = find(argv[1])
    return emit(1, about === undefined ? generalHelp(version()) : commandHelp(about)) ? 0 : EXIT.failed
  }
  const named = find(first)
  // `vitrine prog.wasm …` and `vitrine --dir . prog.wasm …` are `run`.
  const command =
    named ?? (first.startsWith('-') || /\.wa(sm|t|st)$/i.test(first) || first.includes('/') || existsSync(first) ? find('run') : undefined)
  if (command === undefined) {
    const near = nearest(
      first,
      commands.map((c) => c.name),
    )
    throw new UsageError(`there is no command or file '${first}'${near === undefined ? '' : `; did you mean ${near}?`}`, seeHelp(undefined))
  }
  const parsed = parse(command, named === undefined ? argv : argv.slice(1))
  if (parsed.has('help')) return emit(1, commandHelp(command)) ? 0 : EXIT.failed
  if (parsed.operands.length === 0 && command.needs !== false)
    throw new UsageError(command.needs ?? 'no file is given', `usage: ${command.usage}`)
  const action = await actions[command.name]!()
  return action(parsed, session)
}

const session: Session = { file: undefined }
// Said until the end is reached: it is not when nothing is left that a program waits for.
process.exitCode = EXIT.failed
void main(process.argv.slice(2), session)
  .catch((error: unknown) => {
    const { text, exitCode } = report(error, session.file)
    if (text !== '') complain(text)
    if (process.env['VITRINE_DEBUG'] === '1') complain(String(error instanceof Error ? error.stack : error))
    return exitCode
  })
  .then((exitCode) => (process.exitCode = exitCode))
