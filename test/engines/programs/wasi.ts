/** WASI programs through `vitrine/wasi`, with directories in memory: output and exit code are those of Node's own engine. */
import { isTrap } from '../../../src/errors.ts'
import { memoryFs, run, seededRandom, virtualClock } from '../../../src/wasi/index.ts'
import { type WasiCase, fromBase64 } from '../data.ts'
import { type Checks, equal } from './checks.ts'

export async function wasiChecks(checks: Checks, cases: readonly WasiCase[]): Promise<void> {
  for (const one of cases) await checks.run(one.name, () => check(one))
}

async function check({ wasm, argv0, args, env, dirs, stdin, stdout, stderr, exitCode, trap }: WasiCase): Promise<void> {
  const written = { out: '', err: '' }
  const onto = (stream: 'out' | 'err') => (chunk: Uint8Array) => {
    for (const byte of chunk) written[stream] += String.fromCharCode(byte)
  }
  const fs = Object.fromEntries(
    dirs.map(({ guest, files }) => [
      guest,
      memoryFs({ files: Object.fromEntries(Object.entries(files).map(([path, data]) => [path, fromBase64(data)])) }),
    ]),
  )
  const options = {
    argv0,
    args,
    env,
    fs,
    stdin: fromBase64(stdin),
    stdout: onto('out'),
    stderr: onto('err'),
    random: seededRandom(1),
    clock: virtualClock({ start: 1_700_000_000_000 }),
  }
  let ended = 0
  try {
    ended = (await run(fromBase64(wasm), options)).exitCode
  } catch (error) {
    if (!isTrap(error)) throw error
    ended = 134
  }
  const bytes = (text: string): string => {
    let characters = ''
    for (const byte of fromBase64(text)) characters += String.fromCharCode(byte)
    return characters
  }
  equal(ended, exitCode)
  equal(written.out, bytes(stdout))
  equal(trap ? written.err.slice(0, bytes(stderr).length) : written.err, bytes(stderr))
}
