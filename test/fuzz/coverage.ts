/**
 * What the generated programs reach: instructions that were executed, counted by a probe of the reference executor, and ops of
 * the register code that translation made of them.
 */
import { Store, type StoreOptions, type WasmInstance } from '../../src/index.ts'
import { type Probe, probed } from '../../src/interp/reference/index.ts'
import { opNames } from '../../src/ops/op-names.gen.ts'
import { opLengths } from '../../src/ops/op-table.ts'
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
  private readonly executed: number[] = instructions.map(() => 0)
  private readonly ops = new Set<number>()
  private instances: WasmInstance[] = []
  private readonly executor: Executor

  constructor() {
    const probe: Probe = { before: (m) => void this.executed[m.reader.instruction.id]!++, after: () => {} }
    this.executor = probed(probe, () => {})
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

  /** All that was noted. */
  get reach(): Reach {
    return { executed: this.executed, ops: [...this.ops].map((op) => opNames[op]!) }
  }
}

/** What programs reached: executions by instruction id, and the names of the ops that they were translated to. */
export interface Reach {
  readonly executed: readonly number[]
  readonly ops: readonly string[]
}

/** Both together. */
export const joined = (a: Reach, b: Reach): Reach => ({
  executed: a.executed.map((n, i) => n + b.executed[i]!),
  ops: [...new Set([...a.ops, ...b.ops])],
})
const describe = ({ executed }: Reach, i: Instruction): string => `${i.opcode === 0x1c ? 'select t' : i.name} ${executed[i.id]!}`
/** The instructions of these that were executed fewer than `least` times, with how often. */
export const missing = (reach: Reach, wanted: readonly Instruction[], least: number): string[] =>
  wanted.filter((i) => reach.executed[i.id]! < least).map((i) => describe(reach, i))
/** The `count` instructions of these that were executed least. */
export const rarest = (reach: Reach, wanted: readonly Instruction[], count: number): string[] =>
  [...wanted]
    .sort((a, b) => reach.executed[a.id]! - reach.executed[b.id]!)
    .slice(0, count)
    .map((i) => describe(reach, i))
