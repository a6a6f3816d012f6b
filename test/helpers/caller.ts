/**
 * Calls import functions of WASI as the engine would, on a memory made for it. Errors come back as the names of errnos.
 * For tests of single functions.
 */
import type { Caller, RawHostFunction } from '../../src/runtime/host-function.ts'
import { Memory } from '../../src/runtime/memory.ts'
import { ERRNO } from '../../src/wasi/preview1/abi.ts'
import { WASI, type WASIOptions } from '../../src/wasi/wasi.ts'

const names = new Map<unknown, string>(Object.entries(ERRNO).map(([name, n]) => [n, name]))
/** Where results, buffers of iovecs and the iovecs themselves lie in guest memory. */
export const OUT = 1024
export const BUF = 16384
const IOV = 8192

export class TestCaller {
  readonly wasi: WASI
  readonly memory: Memory = new Memory({ limits: { min: 4, max: undefined, is64: false }, shared: false, pageSizeLog2: 16 }, 1 << 30)
  exited: number | undefined
  yields = 0
  private readonly imports: Readonly<Record<string, RawHostFunction>>
  private readonly caller: Caller = { memory: this.memory, exit: (code) => (this.exited = code), yield: () => void this.yields++ }

  constructor(options: WASIOptions = {}, space: 'wasi_snapshot_preview1' | 'wasi_unstable' = 'wasi_snapshot_preview1') {
    this.wasi = new WASI(options)
    this.imports = this.wasi.imports[space]
  }
  raw(name: string, ...args: number[]): unknown {
    return (this.imports[name]!.call as (caller: Caller, ...args: number[]) => unknown)(this.caller, ...args)
  }
  /** The errno's name, whether the call answers at once or later; `later` when it has to wait and should not. */
  async call(name: string, ...args: number[]): Promise<string> {
    return names.get(await this.raw(name, ...args))!
  }
  /** The errno's name of a call that must answer at once. */
  now(name: string, ...args: number[]): string {
    const result = this.raw(name, ...args)
    return typeof result === 'number' ? names.get(result)! : 'it waits'
  }
  u32(ptr: number = OUT): number {
    return this.memory.getUint32(ptr)
  }
  u64(ptr: number): bigint {
    return this.memory.view.getBigUint64(ptr, true)
  }
  text(ptr: number, length: number): string {
    return new TextDecoder().decode(this.memory.read(ptr, length).slice())
  }
  put(ptr: number, text: string): [ptr: number, length: number] {
    const bytes = new TextEncoder().encode(text)
    this.memory.write(ptr, bytes)
    return [ptr, bytes.length]
  }
  iovecs(...list: [ptr: number, length: number][]): [ptr: number, count: number] {
    list.forEach(([ptr, length], i) => {
      this.memory.setUint32(IOV + i * 8, ptr)
      this.memory.setUint32(IOV + i * 8 + 4, length)
    })
    return [IOV, list.length]
  }
}
