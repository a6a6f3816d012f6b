/** Runs scripts on configurations and hands every verdict on, corrected by the lists of expected failures. Used by main.ts and the tests. */
import type { Command } from '../src/text/index.ts'
import { type Configuration, ScriptRun } from './runner.ts'
import type { Script } from './script.ts'
import { checkStatic } from './static.ts'
import { type Verdict, describeError, failed, skipped } from './verdict.ts'

/** Name of the column of what is done once for all configurations. */
export const STATIC = 'static'

export interface Result {
  /** A configuration's name, or `static`. */
  readonly column: string
  readonly file: string
  readonly line: number
  /** The command's text, shortened. */
  readonly command: string
  readonly verdict: Verdict
}

export interface RunOptions {
  readonly configurations: readonly Configuration[]
  /** ms that one command may take. */
  readonly timeout: number
  /** Report only the commands that this line lies in; what comes before them is executed all the same. */
  readonly line?: number
  /** Expected failures of a column: reason by `FILE:LINE`. */
  readonly expected: (column: string) => ReadonlyMap<string, string>
}

export function runScript(script: Script, options: RunOptions, report: (result: Result) => void): void {
  const lists = options.expected
  if (script.error !== undefined) {
    report({
      column: STATIC,
      file: script.name,
      line: 1,
      command: '(the script)',
      verdict: failed('result', 'a script', describeError(script.error)),
    })
    return
  }
  runColumn(script, STATIC, lists(STATIC), options, (command) => checkStatic(script, command), report)
  for (const configuration of options.configurations) {
    const run = new ScriptRun(script, configuration, options.timeout)
    runColumn(script, configuration.name, lists(configuration.name), options, (command) => run.run(command), report)
  }
}

function runColumn(
  script: Script,
  column: string,
  expected: ReadonlyMap<string, string>,
  { line }: RunOptions,
  check: (command: Command) => Verdict | undefined,
  report: (result: Result) => void,
): void {
  const only = line === undefined ? undefined : lastAtOrBefore(script.commands, line)
  const listed = new Map([...expected].filter(([place]) => place.startsWith(`${script.name}:`)))
  for (const command of script.commands) {
    if (only !== undefined && command.line > only) break
    const verdict = check(command)
    if (verdict === undefined || (only !== undefined && command.line !== only)) continue
    for (const each of withNested(command)) {
      const place = `${script.name}:${each.line}`
      const reason = expected.get(place)
      listed.delete(place)
      report({
        column,
        file: script.name,
        line: each.line,
        command: verdict.status === 'passed' ? '' : script.excerpt(each),
        verdict: reason === undefined ? verdict : againstList(verdict, reason),
      })
    }
  }
  if (only !== undefined) return
  for (const [place, reason] of listed) {
    if (commonTo(script, place)) continue
    const verdict = failed('unexpected pass', `a failure (${reason})`, 'no command begins at that line: take it off the list')
    report({ column, file: script.name, line: Number(place.slice(place.lastIndexOf(':') + 1)), command: '', verdict })
  }
}

/** A command and those inside it: what is decided of a thread holds for its commands. */
const withNested = (command: Command): readonly Command[] =>
  command.kind === 'thread' ? [command, ...command.commands.flatMap(withNested)] : [command]

/** Whether some command begins at that place: an entry of common.txt may concern another column. */
const commonTo = (script: Script, place: string): boolean => script.commands.some(({ line }) => place === `${script.name}:${line}`)

/** Line at which the command that `line` lies in begins. */
function lastAtOrBefore(commands: readonly Command[], line: number): number {
  let found = commands[0]?.line ?? 1
  for (const command of commands) if (command.line <= line) found = command.line
  return found
}

function againstList(verdict: Verdict, reason: string): Verdict {
  if (verdict.status === 'failed') return skipped(reason, verdict.got)
  if (verdict.status === 'passed') return failed('unexpected pass', `a failure (${reason})`, 'it passes: take it off the list')
  return verdict
}
