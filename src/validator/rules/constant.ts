/**
 * Which instructions a constant expression may hold (spec §3.4, constant expressions), beside `end`. Called by ../body.ts before the
 * instruction's own rule. Extended constants and GC allocations need their features.
 */
import { featureOff } from '../../spec/features.ts'
import type { InstructionReader } from '../../decoder/instruction-reader.ts'
import type { BodyValidator } from '../body.ts'

const RULE = 'constant expression required'

type ConstantRule = (v: BodyValidator, r: InstructionReader) => boolean

const always: ConstantRule = () => true
const extended: ConstantRule = (v, r) => {
  if (v.c.features.has('extended-const')) return true
  throw featureOff('extended-const', `${r.instruction.name} in a constant expression`, { offset: r.at }, RULE)
}

/** By instruction name. */
export const constantRules: Readonly<Record<string, ConstantRule | undefined>> = {
  'i32.const': always,
  'i64.const': always,
  'f32.const': always,
  'f64.const': always,
  'v128.const': always,
  'ref.null': always,
  'ref.func': always,
  'i32.add': extended,
  'i32.sub': extended,
  'i32.mul': extended,
  'i64.add': extended,
  'i64.sub': extended,
  'i64.mul': extended,
  'ref.i31': always,
  'struct.new': always,
  'struct.new_default': always,
  'array.new': always,
  'array.new_default': always,
  'array.new_fixed': always,
  'any.convert_extern': always,
  'extern.convert_any': always,
  'global.get'(v, r) {
    // Only what is there already.
    v.c.check('global', r.index, v.c.globalLimit, r.at)
    if (r.index >= v.c.module.imported.global && !v.c.features.has('gc')) {
      throw featureOff('gc', 'a constant expression that reads a global of this module', { offset: r.at }, `unknown global ${r.index}`)
    }
    return !v.c.global(r.index, r.at).mutable
  },
}
