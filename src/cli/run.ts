/** `vitrine run [options] FILE [args…]`: runs a program with what the options grant it. Called by main.ts. */
import '../interp/reference/provide.ts'
import { type RunReport, run } from '../wasi/index.ts'
import { type Parsed, UsageError } from './args.ts'
import { prepareGuest, reportDenied, reportGrants } from './guest.ts'
import { complain, print } from './output.ts'
import type { Session } from './program.ts'
import { report } from './report.ts'

export async function runCommand(parsed: Parsed, session: Session): Promise<number> {
  const executor = choice(parsed, 'executor', ['auto', 'switch', 'closure', 'reference'] as const)
  const tier = choice(parsed, 'tier', ['auto', 'fast', 'exact'] as const)
  const guest = await prepareGuest(parsed, session)
  let ended: RunReport = { grants: [], denied: [] }
  let exitCode: number
  try {
    const result = await run(guest.module, { ...guest.options, executor, tier, report: (r) => (ended = r) })
    for (const line of guest.results(result.result)) print(line)
    exitCode = result.exitCode & 0xff
  } catch (error) {
    const said = report(error, guest.file)
    if (said.text !== '') complain(said.text)
    if (process.env['VITRINE_DEBUG'] === '1') complain(String((error as Error).stack))
    exitCode = said.exitCode
  }
  if (parsed.has('verbose')) reportGrants(ended)
  if (parsed.has('verbose') || (exitCode !== 0 && !parsed.has('quiet'))) reportDenied(ended)
  return exitCode
}

function choice<T extends string>(parsed: Parsed, name: string, words: readonly T[]): T | undefined {
  const word = parsed.get(name)
  if (word === undefined) return undefined
  const found = words.find((w) => w === word)
  if (found === undefined) throw new UsageError(`--${name} '${word}' is unknown`, `one of: ${words.join(', ')}`)
  return found
}
