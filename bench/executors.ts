/** Ways of running that can be asked for. No host API is used here. */
import type { OwnEngine } from './jobs.ts'

export const executors: readonly string[] = ['switch/fast', 'switch/exact', 'closure/fast', 'closure/exact', 'auto', 'reference']

export function engineOf(executor: string): OwnEngine & { kind: 'vitrine' } {
  const [name, tier = 'auto'] = executor.split('/')
  return { kind: 'vitrine', executor: name, tier }
}
