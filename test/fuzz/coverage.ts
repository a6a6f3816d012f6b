/**
 * What the generated programs reach: instructions that were executed, counted by an instrumented copy of the program, and
 * ops of the register code that translation made of them.
 */
import type { WasmInstance } from '../../src/index.ts'
import { opLengths, opNames } from '../../src/ops/ops.gen.ts'
import type { CodeUnit } from '../../src/runtime/code.ts'
import { type Instruction, instructions } from '../../src/spec/instructions.ts'
import { I64 } from '../../src/spec/types.ts'
import { type Engine, native, vitrine } from './engines.ts'
import { observe } from './differential.ts'
import { type Instr, type Program, importsOf, instr } from './program.ts'

export class Coverage {
  /** Executions by instruction id; a little too many where a trap cut a stretch of code short. */
  readonly executed: number[] = instructions.map(() => 0)
  readonly ops: Set<number> = new Set()

  get total(): number {
    return this.executed.reduce((n, count) => n + count, 0)
  }

  /** Runs an instrumented copy. */
  run(p: Program): void {
    const copy = instrument(p)
    const engine: Engine = p.native ? native : vitrine('counted', {})
    observe(copy.program, engine, ({ exports }) => {
      for (const { name, rows } of copy.blocks) {
        const count = Number(exports[name].value)
        for (const { id } of rows) this.executed[id]! += count
      }
    })
  }

  /** Notes the ops of an instance's code, as far as it has been translated. */
  see(instance: WasmInstance): void {
    for (const unit of Object.values(instance.module.shared.units)) if (unit !== undefined) this.walk(unit)
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

  /** Names of the instructions of these that were never executed. */
  missing(wanted: readonly Instruction[]): string[] {
    return wanted.filter((i) => this.executed[i.id] === 0).map((i) => (i.opcode === 0x1c ? 'select t' : i.name))
  }
  missingOps(): string[] {
    return opNames.filter((_, i) => !this.ops.has(i))
  }
}

const BREAKS = new Set([
  'block',
  'loop',
  'if',
  'else',
  'end',
  'br',
  'br_if',
  'br_table',
  'return',
  'call',
  'call_indirect',
  'return_call',
  'return_call_indirect',
  'unreachable',
  'try',
  'try_table',
  'catch',
  'catch_all',
  'delegate',
  'throw',
  'throw_ref',
  'rethrow',
])
/** These have a place for the counter only after them. */
const CLOSING = new Set(['else', 'end', 'catch', 'catch_all', 'delegate'])

/** A copy with a counting global for each stretch of code without branches, exported as `count…`. */
function instrument(p: Program): { program: Program; blocks: { name: string; rows: Instruction[] }[] } {
  const blocks: { name: string; rows: Instruction[] }[] = []
  const first = importsOf(p, 'global').length + p.globals.length
  const funcs = p.funcs.map((f) => {
    const code: Instr[] = []
    let rows: Instruction[] | undefined
    for (const one of f.code) {
      if (rows === undefined && !CLOSING.has(one.row.name)) {
        const index = first + blocks.length
        rows = []
        blocks.push({ name: `count${index}`, rows })
        code.push(instr('global.get', { index }), instr('i64.const', { lo: 1, hi: 0 }), instr('i64.add'), instr('global.set', { index }))
      }
      rows?.push(one.row)
      code.push(one)
      if (BREAKS.has(one.row.name)) rows = undefined
    }
    return { ...f, code }
  })
  const globals = [...p.globals, ...blocks.map(() => ({ type: I64, mutable: true, init: instr('i64.const', { lo: 0, hi: 0 }) }))]
  const exports = [...p.exports, ...blocks.map(({ name }, i) => ({ name, kind: 'global' as const, index: first + i }))]
  return { program: { ...p, funcs, globals, exports }, blocks }
}
