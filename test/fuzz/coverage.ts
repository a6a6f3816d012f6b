/**
 * What the generated programs reach: instructions that were executed, counted by a probe of the reference executor, and ops of
 * the register code that translation made of them.
 */
import { Store, type StoreOptions, type WasmInstance } from '../../src/index.ts'
import { type Probe, probed } from '../../src/interp/reference/index.ts'
import { opLengths, opNames } from '../../src/ops/op-table.ts'
import type { CodeUnit } from '../../src/runtime/code.ts'
import type { Executor } from '../../src/runtime/thread.ts'
import { type Instruction, instructions } from '../../src/spec/instructions.ts'

/** A store whose threads count. */
class CountingStore extends Store {
  override readonly executor: Executor
  constructor(executor: Executor, options: StoreOptions) {
    super(options)
    this.executor = executor
  }
}

export class Coverage {
  /** Executions by instruction id. */
  readonly executed: number[] = instructions.map(() => 0)
  private readonly ops = new Set<number>()
  private instances: WasmInstance[] = []
  private readonly executor: Executor

  constructor() {
    const probe: Probe = { before: (m) => void this.executed[m.reader.instruction.id]!++, after: () => {} }
    this.executor = probed(probe, () => {})
  }

  get total(): number {
    return this.executed.reduce((n, count) => n + count, 0)
  }

  /** For the reference executor: a store that counts. */
  readonly makeStore = (options: StoreOptions): Store => new CountingStore(this.executor, options)

  /** For executors of register code: an instance whose code is looked at when the program is done. */
  started(instance: WasmInstance): void {
    this.instances.push(instance)
  }

  /** Notes the ops of the code of all instances, as far as it has been translated. */
  programEnded(): void {
    for (const unit of new Set(this.instances.flatMap((i) => Object.values(i.module.shared.units)))) if (unit !== undefined) this.walk(unit)
    this.instances = []
  }

  private walk({ code, length }: CodeUnit): void {
    const table = opNames.indexOf('br_table')
    for (let pc = 0; pc < length;) {
      const op = code[pc]!
      this.ops.add(op)
      // The targets of br_table follow its operands, the last of which says how many there are.
      pc += opLengths[op]! + (op === table ? code[pc + 2]! + 1 : 0)
    }
  }

  /** The instructions of these that were executed fewer than `least` times, with how often. */
  missing(wanted: readonly Instruction[], least: number): string[] {
    return wanted.filter((i) => this.executed[i.id]! < least).map((i) => this.describe(i))
  }
  /** The `count` instructions of these that were executed least. */
  rarest(wanted: readonly Instruction[], count: number): string[] {
    return [...wanted]
      .sort((a, b) => this.executed[a.id]! - this.executed[b.id]!)
      .slice(0, count)
      .map((i) => this.describe(i))
  }
  private describe(i: Instruction): string {
    return `${i.opcode === 0x1c ? 'select t' : i.name} ${this.executed[i.id]!}`
  }
  missingOps(): string[] {
    return opNames.filter((_, i) => !this.ops.has(i))
  }
}
