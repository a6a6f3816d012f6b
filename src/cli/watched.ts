/** Runs a guest on a store that is watched, with its output out of the way of ours. Called by trace.ts, profile.ts and cover.ts. */
import { Store } from '../embedding/store.ts'
import { fdOutput } from '../host/node/stdio.ts'
import { parseBytes, run } from '../wasi/run.ts'
import type { Guest } from './guest.ts'
import { optimize } from './optimizer.ts'
import { complain } from './output.ts'
import { report } from './report.ts'

/** The store for a guest: its limits are those of the command line. */
export function storeFor({ options: { limits = {} } }: Guest): Store {
  const { fuel, wallMs, memory } = limits
  return new Store({ limits: memory === undefined ? {} : { memory: parseBytes(String(memory)) }, fuel, timeout: wallMs })
}

/**
 * Runs it and reports how it ended; gives the exit code. What we write goes to stdout unless `output` is a file, so the guest's
 * stdout becomes stderr. `ended` is called when the guest is done; it says whether the error is its own and has been told.
 */
export async function runWatched(
  guest: Guest,
  store: Store,
  output: string | undefined,
  ended: (error?: unknown) => boolean = () => false,
): Promise<number> {
  optimize()
  try {
    const result = await run(guest.module, { ...guest.options, stdout: output === undefined ? fdOutput(2) : guest.options.stdout, store })
    ended()
    for (const text of guest.results(result.result)) complain(text)
    return result.exitCode & 0xff
  } catch (error) {
    if (ended(error)) return 0
    const said = report(error, guest.file)
    if (said.text !== '') complain(said.text)
    return said.exitCode
  }
}
