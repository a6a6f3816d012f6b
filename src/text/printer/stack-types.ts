/**
 * The operand stack of a body as far as it can be known without validating it, for the comments of `types: true`: what an
 * instruction takes and gives, with the types of `drop` or `select` filled in. Called by the body printer.
 */
import type { InstructionReader } from '../../decoder/instruction-reader.ts'
import { ADDR } from '../../spec/instruction-table.ts'
import { type ValType, BOT, heapOf, isRef, refType } from '../../spec/types.ts'
import { type Effects, NOTHING } from './effects.ts'
import type { TypeText } from './types.ts'

interface Frame {
  readonly height: number
  readonly params: readonly ValType[]
  readonly results: readonly ValType[]
}

/** Nothing behind these is reached. */
const stops: ReadonlySet<string> = new Set([
  'unreachable',
  'br',
  'br_table',
  'return',
  'return_call',
  'return_call_indirect',
  'return_call_ref',
  'throw',
  'throw_ref',
  'rethrow',
])

export class StackTypes {
  private readonly effects: Effects
  private readonly types: TypeText
  private readonly stack: ValType[] = []
  private readonly frames: Frame[] = []

  constructor(effects: Effects, types: TypeText) {
    this.effects = effects
    this.types = types
  }

  begin(): void {
    this.stack.length = 0
    this.frames.length = 0
  }

  /** `[i32 i32] -> [i32]` for the instruction on which the reader stands, whose effect was found before. */
  step(r: InstructionReader, known: boolean): string {
    const { name } = r.instruction
    if (!known) {
      // What it leaves is not known either.
      this.drop()
      return ''
    }
    const { params, extra, results } = this.effects
    const taken: ValType[] = []
    let any = BOT
    const take = (type: ValType): void => {
      const found = this.pop()
      const shown = type === BOT || type === ADDR ? this.instead(r, type, found) : type
      if (type === BOT && any === BOT) any = shown
      taken.push(shown)
    }
    if (extra !== NOTHING) take(extra)
    for (let i = params.length - 1; i >= 0; i--) take(params[i]!)
    const rest = name === 'select' || !isRef(any) ? any : refType(false, heapOf(any))
    const given = results.map((type) => (type === BOT ? rest : type))
    if (stops.has(name)) this.drop()
    else this.stack.push(...given)
    return `[${this.list(taken.reverse())}] -> [${this.list(given)}]`
  }

  private instead(r: InstructionReader, type: ValType, found: ValType): ValType {
    return type === ADDR ? this.effects.address('memories', r.memory) : found
  }

  private list(types: readonly ValType[]): string {
    return types.map((type) => (type === BOT ? '_' : this.types.val(type))).join(' ')
  }

  private pop(): ValType {
    const frame = this.frames[this.frames.length - 1]
    return this.stack.length > (frame?.height ?? 0) ? this.stack.pop()! : BOT
  }

  private drop(): void {
    this.stack.length = this.frames[this.frames.length - 1]?.height ?? 0
  }

  /** A block opens: of the instruction on which the reader stands. */
  enter(r: InstructionReader): void {
    const type = this.effects.blockType(r)
    if (r.instruction.name === 'if') this.pop()
    const params = type?.params ?? []
    for (let i = 0; i < params.length; i++) this.pop()
    this.frames.push({ height: this.stack.length, params, results: type?.results ?? [] })
    this.stack.push(...params)
  }

  /** `else`, `catch` or `catch_all`, with what lies on the stack then; undefined: the parameters of the block. */
  again(types: readonly ValType[] | undefined): void {
    this.drop()
    this.stack.push(...(types ?? this.frames[this.frames.length - 1]?.params ?? []))
  }

  leave(): void {
    this.drop()
    const frame = this.frames.pop()
    if (frame !== undefined) this.stack.push(...frame.results)
  }
}
