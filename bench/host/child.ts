// One measurement of the host layer in a process of its own: vitrine and node:wasi run the same guest on the same directory,
// in turn. Bundled and started by bench/host/measure.ts.
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { WASI as NodeWASI } from 'node:wasi'
import { directory } from '../../src/host/node/index.ts'
import { compile, instantiate } from '../../src/index.ts'
import { WASI } from '../../src/wasi/index.ts'
import { cpu } from '../cpu.ts'
import { nativeWasm } from '../native.ts'
import type { HostJob, HostResult } from './measure.ts'

const { wasm, megabytes, buffers, opens, rounds }: HostJob = JSON.parse(process.argv[2]) as HostJob
interface Guest {
  copy(size: number): number
  paths(times: number): void
}

const dir = mkdtempSync(join(tmpdir(), 'vitrine-bench-host-'))
try {
  mkdirSync(join(dir, 'one/two'), { recursive: true })
  writeFileSync(join(dir, 'one/two/three'), 'x')
  const input = openSync(join(dir, 'in'), 'w')
  const megabyte = Buffer.alloc(2 ** 20, 'some bytes')
  for (let i = 0; i < megabytes; i++) writeSync(input, megabyte)
  closeSync(input)
  // Directories that have just been made are looked at more closely than others.
  await new Promise((resolve) => setTimeout(resolve, 3100))

  const bytes = new Uint8Array(wasm)
  const wasi = new WASI({ fs: { '/': directory(dir, { access: 'rw' }) } })
  const vitrine = instantiate(compile(bytes), wasi.imports).exports as unknown as Guest
  const nodeWasi = new NodeWASI({ version: 'preview1', preopens: { '/': dir } })
  const engine = nativeWasm()
  const instance = new engine.Instance(new engine.Module(bytes), nodeWasi.getImportObject() as Record<string, Record<string, () => number>>)
  nodeWasi.initialize(instance)
  const native = instance.exports as unknown as Guest

  const results: HostResult[] = []
  const measure = (task: string, run: (guest: Guest) => void): void => {
    const result: HostResult = { task, vitrine: [], native: [] }
    for (let i = 0; i < rounds; i++) {
      for (const [guest, times] of [
        [vitrine, result.vitrine],
        [native, result.native],
      ] as const) {
        // prettier-ignore
        const before = cpu()
        run(guest)
        times.push(cpu() - before)
      }
    }
    results.push(result)
  }
  for (const size of buffers) measure(`copy ${megabytes} MiB, buffer ${size}`, (guest) => void guest.copy(size))
  measure(`${opens} × path_open and fd_close, 3 components`, (guest) => guest.paths(opens))
  wasi.close()
  console.log(JSON.stringify(results))
} finally {
  rmSync(dir, { recursive: true, force: true })
}
