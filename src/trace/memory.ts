/** Reads and writes of linear memory by instructions: how many, how many bytes, and where. Host functions are not seen. */
import { VitrineError } from '../errors.ts'
import type { Thread } from '../runtime/thread.ts'
import type { Memory } from '../runtime/memory.ts'
import { type Instruction, instructions } from '../spec/instructions.ts'
import { Inspector, type Target, storeOf, within } from './inspector.ts'
import type { Hit, Watcher } from './instrumentation.ts'
import { addressAt, unsignedAt } from './state.ts'

export interface MemoryOptions {
  /** Bytes of one cell of the heat map, a power of two from 1 to 65,536. Default 64. */
  readonly cell?: number
}
export interface MemoryCell {
  /** First byte. */
  readonly address: number
  readonly reads: number
  readonly writes: number
}
export interface MemoryTotals {
  /** Loads and the reading side of memory.copy, …; accesses that trapped are not counted. An atomic read-modify-write is both. */
  readonly reads: number
  readonly writes: number
  readonly bytesRead: number
  readonly bytesWritten: number
}

const PAGE = 0x1_0000
const both = /atomic\.(rmw|wait|notify)/
const isStore = /store/

/** What an instruction does to memory. */
export function accessOf({ name, width }: Instruction): 'read' | 'write' | 'both' | 'bulk' | undefined {
  if (width > 0) return both.test(name) ? (name.includes('rmw') ? 'both' : 'read') : isStore.test(name) ? 'write' : 'read'
  return /^memory\.(fill|copy|init)$/.test(name) ? 'bulk' : undefined
}
const touches: readonly boolean[] = instructions.map((i) => accessOf(i) !== undefined)

/** The accesses of one memory. */
export class MemoryHeat implements MemoryTotals {
  readonly cell: number
  reads = 0
  writes = 0
  bytesRead = 0
  bytesWritten = 0
  /** Two counters a cell, by page. */
  private readonly pages: (Float64Array | undefined)[] = []
  private readonly shift: number

  constructor(cell: number) {
    this.cell = cell
    this.shift = Math.log2(cell)
  }

  /** Cells that were touched, by address. */
  cells(): MemoryCell[] {
    const found: MemoryCell[] = []
    this.pages.forEach((page, p) => {
      if (page === undefined) return
      for (let i = 0; i < page.length; i += 2)
        if (page[i]! + page[i + 1]! > 0) found.push({ address: p * PAGE + ((i >> 1) << this.shift), reads: page[i]!, writes: page[i + 1]! })
    })
    return found
  }

  add(memory: Memory, address: number, length: number, write: boolean): void {
    if (length === 0 || address + length > memory.byteLength) return
    if (write) {
      this.writes++
      this.bytesWritten += length
    } else {
      this.reads++
      this.bytesRead += length
    }
    const side = write ? 1 : 0
    const { cell } = this
    const last = Math.floor((address + length - 1) / cell)
    for (let c = Math.floor(address / cell); c <= last; c++) {
      const at = c * cell
      const p = Math.floor(at / PAGE)
      const page = (this.pages[p] ??= new Float64Array((PAGE / cell) * 2))
      page[(((at % PAGE) >> this.shift) << 1) + side]! += 1
    }
  }
}

export interface MemoryMonitor {
  /** Of all memories together. */
  readonly totals: MemoryTotals
  /** Each memory that was accessed. */
  readonly memories: ReadonlyMap<Memory, MemoryHeat>
  stop(): void
}

/** Watches accesses of calls that begin from now on. */
export function watchMemory(target: Target, options: MemoryOptions = {}): MemoryMonitor {
  const { cell = 64 } = options
  if (!Number.isInteger(Math.log2(cell)) || cell < 1 || cell > PAGE)
    throw new VitrineError('usage', `a cell is a power of two from 1 to 65536 bytes, not ${String(cell)}`)
  const inspector = Inspector.of(storeOf(target))
  const isMeant = within(target)
  const memories = new Map<Memory, MemoryHeat>()
  const heatOf = (memory: Memory): MemoryHeat => {
    let heat = memories.get(memory)
    if (heat === undefined) {
      heat = new MemoryHeat(cell)
      memories.set(memory, heat)
    }
    return heat
  }
  const single = (read: boolean, write: boolean): Hit => {
    return (T, site) => {
      if (!isMeant(T.instance) || site.operands.length === 0) return
      const memory = T.instance.memories[site.memory]!
      const heat = heatOf(memory)
      const address = addressAt(T, site)
      const { width } = site.instruction
      if (read) heat.add(memory, address, width, false)
      if (write) heat.add(memory, address, width, true)
    }
  }
  const hits = { read: single(true, false), write: single(false, true), both: single(true, true), bulk }
  function bulk(T: Thread, site: Parameters<Hit>[1]): void {
    if (!isMeant(T.instance) || site.operands.length < 3) return
    const length = unsignedAt(T, site, 2)
    const { name } = site.instruction
    const [first, second] = site.indices
    const to = T.instance.memories[name === 'memory.init' ? second! : first!]!
    const end = unsignedAt(T, site, 0) + length
    if (end > to.byteLength) return
    if (name === 'memory.copy') {
      const from = T.instance.memories[second!]!
      const address = unsignedAt(T, site, 1)
      if (address + length > from.byteLength) return
      heatOf(from).add(from, address, length, false)
    } else if (name === 'memory.init' && unsignedAt(T, site, 1) + length > (T.instance.datas[first!]?.length ?? 0)) return
    heatOf(to).add(to, end - length, length, true)
  }
  const watcher: Watcher = { wants: ({ id }) => touches[id]!, at: ({ instruction }) => hits[accessOf(instruction)!] }
  inspector.add(watcher)
  return {
    memories,
    get totals() {
      const totals = { reads: 0, writes: 0, bytesRead: 0, bytesWritten: 0 }
      for (const { reads, writes, bytesRead, bytesWritten } of memories.values()) {
        totals.reads += reads
        totals.writes += writes
        totals.bytesRead += bytesRead
        totals.bytesWritten += bytesWritten
      }
      return totals
    },
    stop: () => inspector.remove(watcher),
  }
}
