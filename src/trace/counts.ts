/**
 * How often each instruction is carried out, exactly, from counters that stand in the code once a block (see `count` in
 * ops.ts): coverage, hot instructions, opcodes, branches, loops. Used by `vitrine cover`.
 */
import { InstructionReader } from '../decoder/instruction-reader.ts'
import { VitrineError } from '../errors.ts'
import type { Module } from '../module/module.ts'
import { moduleNames } from '../module/names.ts'
import { Inspector, type Target, storeOf } from './inspector.ts'
import type { Watcher } from './instrumentation.ts'
import { instructionText } from './text.ts'

export interface InstructionCount {
  /** Byte offset in the .wasm file. */
  readonly offset: number
  readonly op: string
  readonly text: string
  readonly count: number
}
export interface FunctionCount {
  readonly funcidx: number
  readonly name: string | undefined
  /** How often it was entered. */
  readonly calls: number
  /** Instructions carried out in it, without those of functions that it called. */
  readonly self: number
  /** How many instructions it has, and how many of them were carried out. */
  readonly size: number
  readonly covered: number
}
/** br_if, if, br_on_…: how often control went to the label (of an `if`, into the first arm), and how often it went on. */
export interface BranchCount {
  readonly funcidx: number
  readonly offset: number
  readonly text: string
  readonly taken: number
  readonly passed: number
}
export interface LoopCount {
  readonly funcidx: number
  readonly offset: number
  /** How often it was entered from above, and how often its body began. */
  readonly entries: number
  readonly iterations: number
}

/** Counts of one module. */
export class ModuleCounts {
  readonly module: Module
  private readonly counts: ReadonlyMap<number, number>

  constructor(module: Module, counts: ReadonlyMap<number, number>) {
    this.module = module
    this.counts = counts
  }

  /** How often the instruction at a byte offset was carried out. */
  at(offset: number): number {
    return this.counts.get(offset) ?? 0
  }

  /** All instructions together. */
  get total(): number {
    let total = 0
    for (const n of this.counts.values()) total += n
    return total
  }

  /** Instructions of a function in the order of the file, those that never ran included. */
  instructions(funcidx: number): InstructionCount[] {
    const found: InstructionCount[] = []
    this.walk(funcidx, (reader) => {
      const { at: offset, instruction } = reader
      found.push({ offset, op: instruction.name, text: instructionText(reader, this.module, funcidx), count: this.at(offset) })
    })
    return found
  }

  /** All functions of the module, in their order. */
  functions(): FunctionCount[] {
    const { funcs } = moduleNames(this.module)
    return this.defined().map((funcidx) => {
      let calls = 0
      let self = 0
      let size = 0
      let covered = 0
      this.walk(funcidx, ({ at }) => {
        const count = this.at(at)
        if (size++ === 0) calls = count
        self += count
        if (count > 0) covered++
      })
      return { funcidx, name: funcs.get(funcidx), calls, self, size, covered }
    })
  }

  /** The instructions that ran most often, at most `most` of them. */
  hottest(most: number): (InstructionCount & { readonly funcidx: number })[] {
    const offsets = [...this.counts].filter(([, n]) => n > 0).sort(([a, m], [b, n]) => n - m || a - b)
    const wanted = new Set(offsets.slice(0, most).map(([offset]) => offset))
    return this.defined()
      .flatMap((funcidx) =>
        this.ran(funcidx)
          ? this.instructions(funcidx)
              .filter(({ offset }) => wanted.has(offset))
              .map((i) => ({ ...i, funcidx }))
          : [],
      )
      .sort((a, b) => b.count - a.count || a.offset - b.offset)
  }

  /** Name of an instruction → how often it was carried out, the commonest first. */
  opcodes(): Map<string, number> {
    const totals = new Map<string, number>()
    this.each(({ at, instruction: { name } }) => {
      const count = this.at(at)
      if (count > 0) totals.set(name, (totals.get(name) ?? 0) + count)
    })
    return new Map([...totals].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)))
  }

  /** Branches on a condition, of functions that ran. What `br_table` chose is not counted. */
  branches(): BranchCount[] {
    const found: { funcidx: number; offset: number; text: string; name: string; next: number }[] = []
    this.each((reader, funcidx) => {
      const { name } = reader.instruction
      if (!/^(if|br_if|br_on_.*)$/.test(name)) return
      found.push({ funcidx, offset: reader.at, text: instructionText(reader, this.module, funcidx), name, next: reader.pos })
    })
    return found.map(({ funcidx, offset, text, name, next }) => {
      // Behind it begins a block that is reached from nowhere else.
      const onward = this.at(next)
      const elsewhere = this.at(offset) - onward
      return name === 'if'
        ? { funcidx, offset, text, taken: onward, passed: elsewhere }
        : { funcidx, offset, text, taken: elsewhere, passed: onward }
    })
  }

  /** Loops of functions that ran. */
  loops(): LoopCount[] {
    const found: { funcidx: number; offset: number; body: number }[] = []
    this.each((reader, funcidx) => {
      if (reader.instruction.name === 'loop') found.push({ funcidx, offset: reader.at, body: reader.pos })
    })
    return found.map(({ funcidx, offset, body }) => ({ funcidx, offset, entries: this.at(offset), iterations: this.at(body) }))
  }

  /** Indices of the functions that have a body. */
  defined(): number[] {
    const { imported, code } = this.module
    return code.map((_, i) => imported.func + i)
  }
  private ran(funcidx: number): boolean {
    return this.at(this.firstOf(funcidx)) > 0
  }
  private firstOf(funcidx: number): number {
    return this.module.code[funcidx - this.module.imported.func]!.start
  }
  private each(visit: (reader: InstructionReader, funcidx: number) => void): void {
    for (const funcidx of this.defined()) if (this.ran(funcidx)) this.walk(funcidx, visit)
  }
  private walk(funcidx: number, visit: (reader: InstructionReader, funcidx: number) => void): void {
    const { bytes, start, end } = this.module.code[funcidx - this.module.imported.func]!
    const reader = new InstructionReader(bytes, start, end)
    while (reader.next()) visit(reader, funcidx)
  }
}

export interface Counter {
  /** Counts so far of each module that ran. Instances of one module are counted together. */
  readonly modules: readonly ModuleCounts[]
  /** Counts of one module, zeros if nothing of it ran. */
  of(module: Module): ModuleCounts
  /** Ends counting; the counts stay. */
  stop(): void
}

/** Counts the instructions of calls that begin from now on. */
export function countInstructions(target: Target): Counter {
  const inspector = Inspector.of(storeOf(target))
  const watcher: Watcher = { blocks: true }
  inspector.add(watcher)
  let final: ModuleCounts[] | undefined
  const collect = (): ModuleCounts[] => {
    const byModule = new Map<Module, Map<number, number>>()
    for (const code of inspector.codeFor(watcher)) {
      const { module } = code.shared
      const counts = byModule.get(module) ?? new Map<number, number>()
      byModule.set(module, counts)
      for (const f of code.functions.values())
        for (const [offset, n] of code.counts(f)) if (n > 0) counts.set(offset, (counts.get(offset) ?? 0) + n)
    }
    return [...byModule].map(([module, counts]) => new ModuleCounts(module, counts))
  }
  return {
    get modules() {
      return final ?? collect()
    },
    of(module) {
      if (module?.code === undefined) throw new VitrineError('usage', 'of() takes a module as data: compiled.data')
      return this.modules.find((m) => m.module === module) ?? new ModuleCounts(module, new Map())
    },
    stop: () => {
      final ??= collect()
      inspector.remove(watcher)
    },
  }
}
