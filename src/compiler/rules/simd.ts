/**
 * Translation of vector instructions (spec §4.6.4, §4.6.8): each has an op of its name or of its meaning, whose operands are slots and whose
 * constants come last. Accesses to memories other than a plain memory 0 are cold.
 */
import { op } from '../tables.ts'
import type { Translator } from '../translator.ts'
import { meaningOf } from '../../ops/semantics/vector.ts'
import { type Instruction, instructions } from '../../spec/instructions.ts'
import { V128 } from '../../spec/types.ts'
import type { Rule } from './control.ts'
import { isNear } from './memory.ts'

const CONST128 = op('const128')
const LOAD_ANY = op('vector_load_any')
const STORE_ANY = op('vector_store_any')

/** The four words of a vector immediate. */
function wordsOf(bytes: Uint8Array): [number, number, number, number] {
  const word = (i: number): number => bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
  return [word(0), word(4), word(8), word(12)]
}

/** `op d a b c`, then a lane or the lanes of a shuffle. */
function plain({ name, type, immediates }: Instruction): Rule {
  const number = op(meaningOf(name))
  const count = type!.params.length
  const result = type!.results[0]!
  const [immediate] = immediates
  return (t) => {
    const words: number[] = []
    for (let i = 0; i < count; i++) words.unshift(t.popSlot().slot * 2)
    if (immediate === 'lanes') words.push(...wordsOf(t.reader.vector!))
    else if (immediate === 'lane') words.push(t.reader.lane)
    t.out.emit(number, t.push(result) * 2, ...words)
  }
}

/** Subopcode and lane in one word. */
const access = ({ instruction, lane }: Translator['reader'], hasLane: boolean): number =>
  (instruction.opcode & 0xff) | (hasLane ? lane << 8 : 0)

function load({ name, immediates }: Instruction): Rule {
  const number = op(name)
  const hasLane = immediates.includes('lane')
  return (t) => {
    const { memory, offset, lo, hi, lane } = t.reader
    const b = hasLane ? t.popSlot().slot * 2 : 0
    const a = t.popSlot().slot * 2
    const home = t.push(V128) * 2
    if (isNear(t)) t.out.emit(number, home, a, offset, b, lane)
    else t.out.emit(LOAD_ANY, home, access(t.reader, hasLane), memory, lo, hi, a, b)
  }
}

function store({ name, immediates }: Instruction): Rule {
  const number = op(name)
  const hasLane = immediates.includes('lane')
  return (t) => {
    const { memory, offset, lo, hi, lane } = t.reader
    const b = t.popSlot().slot * 2
    const a = t.popSlot().slot * 2
    if (isNear(t)) t.out.emit(number, a, offset, b, lane)
    else t.out.emit(STORE_ANY, b, access(t.reader, hasLane), memory, lo, hi, a)
  }
}

export const simdRules: Record<string, Rule> = {}
for (const instruction of instructions) {
  const { name, feature, immediates, type } = instruction
  if (feature !== 'simd' && feature !== 'relaxed-simd') continue
  if (immediates[0] === 'memarg') simdRules[name] = type!.results.length > 0 ? load(instruction) : store(instruction)
  else if (name !== 'v128.const') simdRules[name] = plain(instruction)
}
simdRules['v128.const'] = (t) => {
  t.out.emit(CONST128, t.push(V128) * 2, ...wordsOf(t.reader.vector!))
}
