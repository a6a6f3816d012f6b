/**
 * Vector instructions (spec §4.6.4, and the accesses of §4.6.8). What they compute is defined in ops/semantics; here stands
 * how lanes are handed to the functions there: one after the other, as the rows say, where the fast executors have each
 * row written out.
 */
import {
  type LaneKind,
  type LaneRow,
  type Vectors,
  laneRows,
  meaningOf,
  vectorFunctions,
  vectorLoads,
  vectorStores,
} from '../../ops/semantics/vector.ts'
import type { Thread } from '../../runtime/thread.ts'
import { type Instruction, instructions } from '../../spec/instructions.ts'
import { F64, I64, V128, type ValType, slotsOf } from '../../spec/types.ts'
import type { Rule } from './machine.ts'
import { trap } from './machine.ts'
import { OUT_OF_BOUNDS, effectiveAddress, memoryAt } from './memory.ts'

/** Lanes of a vector by kind: how many, and which view of the register file has them from which index on. */
const shapes: Record<LaneKind, { readonly lanes: number; readonly view: keyof Vectors; readonly first: (place: number) => number }> = {
  i8: { lanes: 16, view: 'I8', first: (place) => place * 4 },
  u8: { lanes: 16, view: 'U8', first: (place) => place * 4 },
  i16: { lanes: 8, view: 'I16', first: (place) => place * 2 },
  u16: { lanes: 8, view: 'U16', first: (place) => place * 2 },
  i32: { lanes: 4, view: 'R', first: (place) => place },
  f32: { lanes: 4, view: 'S', first: (place) => place },
  f64: { lanes: 2, view: 'F', first: (place) => place / 2 },
  i64: { lanes: 2, view: 'R', first: (place) => place },
}

/** The lane as arguments: one, or the halves of an i64. */
function readLane(v: Vectors, kind: LaneKind, place: number, lane: number): number[] {
  const { view, first } = shapes[kind]
  const at = first(place)
  return kind === 'i64' ? [v.R[at + 2 * lane]!, v.R[at + 2 * lane + 1]!] : [v[view][at + lane]!]
}

type Result = ReturnType<LaneRow['compute']>

function writeLane(v: Vectors, kind: LaneKind, place: number, lane: number, result: Result): void {
  const { view, first } = shapes[kind]
  const at = first(place)
  const value = typeof result === 'boolean' ? (result ? -1 : 0) : result
  if (kind === 'i64') {
    const [lo, hi] = typeof value === 'number' ? [value, value] : value
    v.R[at + 2 * lane] = lo
    v.R[at + 2 * lane + 1] = hi
  } else v[view][at + lane] = value as number // wraps, or rounds
}

/** Arguments for result lane `i`: of each operand the lanes that the row picks; undefined where there are none. */
function argumentsOf(v: Vectors, { from, pick }: LaneRow, operands: readonly Operand[], i: number): number[] | undefined {
  const { lanes } = shapes[from]
  if (pick === 'concat') return readLane(v, from, operands[Math.floor(i / lanes)]!.place, i % lanes)
  const first = pick === 'high' ? i + lanes / 2 : pick === 'pairs' ? 2 * i : i
  if (first >= lanes) return undefined
  return operands.flatMap(({ place, scalar }) => {
    if (scalar !== undefined) return scalar
    const one = readLane(v, from, place, first)
    return pick === 'pairs' ? [...one, ...readLane(v, from, place, first + 1)] : one
  })
}

interface Operand {
  readonly place: number
  /** The words of an operand that is no vector. */
  readonly scalar: readonly number[] | undefined
}

/** Takes the operands off the stack. */
function pop(T: Thread, types: readonly ValType[]): Operand[] {
  const operands: Operand[] = []
  for (const type of [...types].reverse()) {
    T.sp -= slotsOf(type) * 2
    const words = type === I64 || type === F64 ? 2 : 1
    operands.unshift({ place: T.sp, scalar: type === V128 ? undefined : [...T.R.subarray(T.sp, T.sp + words)] })
  }
  return operands
}

function lanewise({ type }: Instruction, row: LaneRow): Rule {
  return ({ T }) => {
    const operands = pop(T, type!.params)
    const results: (Result | undefined)[] = []
    for (let i = 0; i < shapes[row.to].lanes; i++) {
      const args = argumentsOf(T, row, operands, i)
      results.push(args === undefined ? undefined : row.compute(...args))
    }
    results.forEach((result, i) => writeLane(T, row.to, T.sp, i, result ?? 0))
    T.sp += 4
  }
}

const wordsOf = (bytes: Uint8Array): number[] => [0, 4, 8, 12].map((i) => new DataView(bytes.buffer, bytes.byteOffset).getInt32(i, true))

/** A function on whole vectors: it is told the places, and the immediate. */
function whole({ name, type, immediates }: Instruction): Rule {
  const compute = vectorFunctions[meaningOf(name)]!
  return ({ T, reader }) => {
    const places = pop(T, type!.params).map(({ place }) => place)
    const constants = immediates[0] === 'lanes' ? wordsOf(reader.vector!) : immediates[0] === 'lane' ? [reader.lane] : []
    compute(T, T.sp, ...places, ...constants)
    T.sp += slotsOf(type!.results[0]!) * 2
  }
}

function access({ name, type }: Instruction): Rule {
  return (m) => {
    const { T, reader } = m
    const memory = memoryAt(m, reader.memory)
    const [address, vector] = pop(T, type!.params)
    const e = effectiveAddress(m, memory, address!.place)
    if (e < 0) return trap(OUT_OF_BOUNDS)
    const place = vector?.place ?? 0
    if (type!.results.length === 0) vectorStores[name]!(T, memory.view, e, place, reader.lane)
    else {
      vectorLoads[name]!(T, memory.view, e, T.sp, place, reader.lane)
      T.sp += 4
    }
    return undefined
  }
}

export const vectorRules: Record<string, Rule> = {
  'v128.const': ({ T, reader }) => {
    wordsOf(reader.vector!).forEach((word, i) => (T.R[T.sp + i] = word))
    T.sp += 4
  },
}
for (const instruction of instructions) {
  const { name, immediates } = instruction
  const meaning = meaningOf(name)
  if (laneRows[meaning] !== undefined) vectorRules[name] = lanewise(instruction, laneRows[meaning])
  else if (vectorFunctions[meaning] !== undefined) vectorRules[name] = whole(instruction)
  else if (immediates[0] === 'memarg' && (vectorLoads[name] ?? vectorStores[name]) !== undefined) vectorRules[name] = access(instruction)
}
