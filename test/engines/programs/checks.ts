/** A handful of checks for engines that have no test runner: they go on after one that fails, and are counted. */
export class Checks {
  passed = 0
  readonly failures: string[] = []

  async run(name: string, body: () => unknown): Promise<void> {
    try {
      await body()
      this.passed++
    } catch (error) {
      this.failures.push(`${name}: ${String(error)}`)
    }
  }
}

const quoted = (value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value === undefined ? 'undefined' : value)
const shown = (value: unknown): string => (value === undefined ? 'undefined' : JSON.stringify(value, (_, v: unknown) => quoted(v)))

/** Compares what two values look like. */
export function equal(got: unknown, wanted: unknown): void {
  const [a, b] = [shown(got), shown(wanted)]
  if (a !== b) throw new Error(`got ${a} instead of ${b}`)
}

/** What a call throws. */
export function thrown(call: () => unknown): unknown {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new Error('nothing is thrown')
}
