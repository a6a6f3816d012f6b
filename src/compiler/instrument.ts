/**
 * Instrumented code: exact code with ops of somebody else in front of its instructions, in a unit of its own, so that the code
 * of everybody else stays as it is. Made by `vitrine/trace`; translate.ts asks the instrument as it goes.
 */
import type { Module } from '../module/module.ts'
import { CodeUnit } from '../runtime/code.ts'
import type { Translator } from './translator.ts'

/** Says which ops are added. A function may be translated several times and must get the same ops each time. */
export interface Instrument {
  /** A translation of function `funcidx` begins. */
  begin(funcidx: number): FunctionInstrument
}
export interface FunctionInstrument {
  /**
   * Emits ops in front of the instruction that `t.reader` stands on; the operand stack is as it finds it. `ticked`: a tick
   * was taken just before it. Not called for dead code but for the `else` and `end` (and legacy catch) that end it.
   */
  before(t: Translator, ticked: boolean): void
}

export class InstrumentedUnit extends CodeUnit {
  readonly instrument: Instrument
  constructor(module: Module, instrument: Instrument, code: Int32Array, length: number, entry: Int32Array) {
    super(module, 'exact', code, length, entry)
    this.instrument = instrument
  }
}

export const instrumentOf = (unit: CodeUnit): Instrument | undefined => (unit instanceof InstrumentedUnit ? unit.instrument : undefined)
