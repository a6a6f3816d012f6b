/** When the command line lets V8 optimise: what it tells V8, and when. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

/** What V8 was told. */
let flags: string[] = []
const { execArgv } = process
beforeEach(() => {
  flags = []
  process.execArgv = []
  vi.resetModules()
  vi.spyOn(process, 'getBuiltinModule').mockReturnValue({ setFlagsFromString: (flag: string) => void flags.push(flag) } as never)
})
afterEach(() => {
  process.execArgv = execArgv
  vi.restoreAllMocks()
})
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const fresh = (): Promise<typeof import('./optimizer.ts')> => import('./optimizer.ts')

const off = '--max-optimized-bytecode-size=1'
const on = '--max-optimized-bytecode-size=61440'

describe('postponeOptimizing', () => {
  it('lasts until the event loop has a turn, and happens once', async () => {
    const { postponeOptimizing } = await fresh()
    postponeOptimizing(10_000)
    expect(flags).toEqual([off])
    await turn()
    expect(flags).toEqual([off, on])
    postponeOptimizing(10_000)
    await turn()
    expect(flags).toEqual([off, on])
  })

  it('is over when somebody says so', async () => {
    const { optimize, postponeOptimizing } = await fresh()
    postponeOptimizing(10_000)
    optimize()
    await turn()
    expect(flags).toEqual([off, on])
  })

  it('leaves V8 alone for large files, for very small ones, and where its options leave nothing to decide', async () => {
    const { optimize, postponeOptimizing } = await fresh()
    postponeOptimizing(1e6)
    postponeOptimizing(1000)
    for (const option of ['--jitless', '--max-optimized-bytecode-size=100', '--max_optimized_bytecode_size=100']) {
      process.execArgv = ['--no-warnings', option]
      postponeOptimizing(10_000)
    }
    process.execArgv = []
    vi.stubEnv('NODE_OPTIONS', '--jitless')
    postponeOptimizing(10_000)
    vi.unstubAllEnvs()
    optimize()
    await turn()
    expect(flags).toEqual([])
  })

  it('does without in an engine that has no such flag', async () => {
    const { postponeOptimizing } = await fresh()
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue({
      setFlagsFromString: () => {
        throw new Error('not implemented')
      },
    } as never)
    expect(() => postponeOptimizing(10_000)).not.toThrow()
    await turn()
  })
})
