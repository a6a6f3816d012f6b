/**
 * Translation of vector instructions (spec §4.6.4, §4.6.8): each has an op of its name or of its meaning, whose operands are slots and whose
 * constants come last. Accesses to memories other than a plain memory 0 are cold.
 */
import { CONST128, I8X16_SHUFFLE, SHUFFLE_WORDS, VECTOR_LOAD_ANY, VECTOR_STORE_ANY } from '../../ops/numbers.gen.ts'
import { opOf } from '../tables.ts'
import type { Translator } from '../translator.ts'
import { meaningOf } from '../../ops/semantics/vector.ts'
import { type Instruction, instructionsByName } from '../../spec/instruction-table.ts'
import { V128 } from '../../spec/types.ts'
import type { Rule } from './control.ts'
import { isNear } from './memory.ts'

/** The four words of a vector immediate. */
function wordsOf(bytes: Uint8Array): [number, number, number, number] {
  const word = (i: number): number => bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24)
  return [word(0), word(4), word(8), word(12)]
}

/** `op d a b c`, then a lane. */
function plain({ name, type, immediates }: Instruction): Rule {
  const number = opOf[instructionsByName().get(meaningOf(name))!.id]!
  const count = type!.params.length
  const result = type!.results[0]!
  const [immediate] = immediates
  return (t) => {
    const words: number[] = []
    for (let i = 0; i < count; i++) words.unshift(t.popSlot().slot * 2)
    if (immediate === 'lane') words.push(t.reader.lane)
    t.out.emit(number, t.push(result) * 2, ...words)
  }
}

/** The places of the four words that a shuffle takes from the vectors at `a` and `b` (i32 units); undefined unless it takes whole words. */
function wordShuffle(lanes: Uint8Array, a: number, b: number): number[] | undefined {
  const places: number[] = []
  for (let i = 0; i < 16; i += 4) {
    const first = lanes[i]!
    if (first % 4 !== 0) return undefined
    for (let k = 1; k < 4; k++) if (lanes[i + k] !== first + k) return undefined
    places.push(first < 16 ? a + first / 4 : b + first / 4 - 4)
  }
  return places
}

/** Shuffles of whole words are the common ones, and much cheaper. */
function shuffle(t: Translator): void {
  const lanes = t.reader.vector!
  const b = t.popSlot().slot * 2
  const a = t.popSlot().slot * 2
  const home = t.push(V128) * 2
  const words = wordShuffle(lanes, a, b)
  if (words !== undefined) t.out.emit(SHUFFLE_WORDS, home, ...words)
  else t.out.emit(I8X16_SHUFFLE, home, a, b, ...wordsOf(lanes))
}

function constant(t: Translator): void {
  t.out.emit(CONST128, t.push(V128) * 2, ...wordsOf(t.reader.vector!))
}

/** Subopcode and lane in one word. */
const access = ({ instruction, lane }: Translator['reader'], hasLane: boolean): number =>
  (instruction.opcode & 0xff) | (hasLane ? lane << 8 : 0)

function load({ id, immediates }: Instruction): Rule {
  const number = opOf[id]!
  const hasLane = immediates.includes('lane')
  return (t) => {
    const { memory, offset, lo, hi, lane } = t.reader
    const b = hasLane ? t.popSlot().slot * 2 : 0
    const a = t.popSlot().slot * 2
    const home = t.push(V128) * 2
    if (isNear(t)) t.out.emit(number, home, a, offset, b, lane)
    else t.out.emit(VECTOR_LOAD_ANY, home, access(t.reader, hasLane), memory, lo, hi, a, b)
  }
}

function store({ id, immediates }: Instruction): Rule {
  const number = opOf[id]!
  const hasLane = immediates.includes('lane')
  return (t) => {
    const { memory, offset, lo, hi, lane } = t.reader
    const b = t.popSlot().slot * 2
    const a = t.popSlot().slot * 2
    if (isNear(t)) t.out.emit(number, a, offset, b, lane)
    else t.out.emit(VECTOR_STORE_ANY, b, access(t.reader, hasLane), memory, lo, hi, a)
  }
}

/** The rule of a vector instruction; undefined for others. */
export function simdRule(instruction: Instruction): Rule | undefined {
  const { name, feature, immediates, type } = instruction
  if (feature !== 'simd' && feature !== 'relaxed-simd') return undefined
  if (immediates[0] === 'memarg') return type!.results.length > 0 ? load(instruction) : store(instruction)
  if (name === 'i8x16.shuffle') return shuffle
  return name === 'v128.const' ? constant : plain(instruction)
}
