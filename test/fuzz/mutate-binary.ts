/**
 * Tampers with binaries while knowing their structure: sections, functions and instructions are changed, moved and
 * exchanged with those of other modules, and sizes are put right, so that many of the results still decode and some are
 * valid. Some sizes, counts and bytes are made wrong on purpose.
 */
import { ByteReader } from '../../src/bytes/reader.ts'
import { decode } from '../../src/decoder/decode.ts'
import { InstructionReader } from '../../src/decoder/instruction-reader.ts'
import { ByteWriter } from '../../src/encoder/byte-writer.ts'
import { type Operands, InstructionWriter } from '../../src/encoder/instruction-writer.ts'
import type { Expr } from '../../src/module/module.ts'
import { type Instruction, instructions } from '../../src/spec/instructions.ts'
import { F32, F64, I32, I64 } from '../../src/spec/types.ts'
import type { Random } from './random.ts'
import { allFeatures } from '../../src/spec/features.ts'
import type { Seed } from './seeds.ts'

/** One entry of the code section: the declarations of locals, and the instructions. */
interface Body {
  readonly locals: Uint8Array
  readonly code: Uint8Array
}
interface Section {
  readonly id: number
  readonly payload: Uint8Array
  readonly bodies: readonly Body[] | undefined
  /** Added to the true size (or, in the code section, also to the count of functions). */
  readonly lie: number
}
export interface Skeleton {
  readonly name: string
  readonly sections: readonly Section[]
}

/** Takes a valid binary apart. */
export function skeletonOf({ name, bytes }: Seed): Skeleton {
  const { code } = decode(bytes, { features: allFeatures })
  const r = new ByteReader(bytes, 8, bytes.length)
  const sections: Section[] = []
  while (r.pos < bytes.length) {
    const id = r.byte()
    const size = r.u32()
    const end = r.pos + size
    sections.push({ id, payload: bytes.slice(r.pos, end), bodies: id === 10 ? bodies(r, code) : undefined, lie: 0 })
    r.pos = end
  }
  return { name, sections }
}
function bodies(r: ByteReader, code: readonly Expr[]): Body[] {
  r.u32()
  return code.map(({ bytes, start, end }) => {
    r.u32()
    const locals = bytes.slice(r.pos, start)
    r.pos = end
    return { locals, code: bytes.slice(start, end) }
  })
}

export function assemble({ sections }: Skeleton): Uint8Array {
  const w = new ByteWriter()
  for (const b of [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]) w.byte(b)
  for (const { id, payload, bodies, lie } of sections) {
    const contents = bodies === undefined ? payload : codePayload(bodies, lie)
    w.byte(id)
    w.u32(Math.max(0, contents.length + lie))
    w.raw(contents)
  }
  return w.slice()
}
function codePayload(bodies: readonly Body[], lie: number): Uint8Array {
  const w = new ByteWriter()
  w.u32(Math.max(0, bodies.length + (lie > 1 ? 1 : 0)))
  for (const { locals, code } of bodies) {
    w.u32(locals.length + code.length)
    w.raw(locals)
    w.raw(code)
  }
  return w.slice()
}

// ---- instructions -----------------------------------------------------------------------------------------------------

interface Placed {
  readonly row: Instruction
  readonly start: number
  readonly end: number
  readonly operands: Operands
}
function read(code: Uint8Array): Placed[] {
  const reader = new InstructionReader(code, 0, code.length)
  const list: Placed[] = []
  try {
    while (reader.next()) {
      const { index, index2, lo, hi, align, memory, lane, blockTypeidx, blockResult, labels, types, heap, heap2, flags, clauses, vector } =
        reader
      const operands = {
        index,
        index2,
        lo,
        hi,
        align,
        memory,
        lane,
        blockTypeidx,
        blockResult,
        labels,
        types,
        heap,
        heap2,
        flags,
        clauses,
        vector,
      }
      list.push({ row: reader.instruction, start: reader.at, end: reader.pos, operands })
    }
  } catch {
    // What has been tampered with before ends here.
  }
  return list
}
function written(row: Instruction, operands: Operands): Uint8Array {
  const w = new InstructionWriter()
  w.write(row, operands)
  return w.slice()
}

const key = (i: Instruction): string =>
  `${i.type === undefined ? i.name : `${i.type.params.join()}>${i.type.results.join()}`} ${i.immediates.join()}`
const alike = new Map<string, Instruction[]>()
for (const row of instructions) alike.set(key(row), [...(alike.get(key(row)) ?? []), row])

const EXTREMES = [0, 1, -1, 2, 7, 31, 32, 63, 64, 0x7f, 0x80, 0xffff, 0x10000, 0x7fffffff, -0x80000000, -0x7fffffff]
const numberAt = (operands: Operands, field: 'lo' | 'index' | 'index2', r: Random, most: number): Operands => {
  const old = operands[field]
  return { ...operands, [field]: r.chance(60) ? Math.max(0, old + r.pick([-1, 1, 1, 2])) : r.below(most) }
}

/** Another immediate for an instruction. */
function tweak({ row, operands }: Placed, r: Random): Operands {
  const kind = row.immediates.length === 0 ? undefined : r.pick(row.immediates)
  switch (kind) {
    case 'i32':
    case 'f32':
      return { ...operands, lo: r.chance(50) ? r.pick(EXTREMES) : operands.lo + r.pick([-1, 1, 8]) }
    case 'i64':
    case 'f64':
      return { ...operands, lo: r.pick(EXTREMES), hi: r.pick(EXTREMES) }
    case 'memarg':
      return r.chance(70)
        ? { ...operands, lo: r.pick([0, 1, 8, 0xfff8, 0x10000, -1]) }
        : { ...operands, [r.pick(['align', 'memory'] as const)]: r.below(4) }
    case 'lane':
      return { ...operands, lane: r.below(18) }
    case 'labels':
      return { ...operands, labels: operands.labels.map((l) => (r.chance(30) ? r.below(4) : l)) }
    case 'blocktype':
      return r.chance(50)
        ? { ...operands, blockTypeidx: r.below(6), blockResult: 0 }
        : { ...operands, blockTypeidx: -1, blockResult: r.pick([0, I32, I64, F32, F64]) }
    case 'castflags':
      return { ...operands, flags: r.below(4) }
    case undefined:
      return operands
    default:
      return numberAt(operands, r.chance(50) ? 'index' : 'index2', r, 8)
  }
}

/** Short sequences that leave the stack as it is. */
const HARMLESS: readonly (readonly number[])[] = [
  [0x01],
  [0x41, 0, 0x1a],
  [0x42, 0x7f, 0x1a],
  [0x02, 0x40, 0x0b],
  [0x03, 0x40, 0x0b],
  [0x41, 1, 0x04, 0x40, 0x0b],
  [0x23, 0, 0x1a],
  [0x3f, 0, 0x1a],
  [0x41, 0, 0x0d, 0],
  [0x02, 0x40, 0x0c, 0, 0x0b],
  [0xd0, 0x70, 0x1a],
  [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x0b, 0],
  [0x41, 0x10, 0x28, 2, 0, 0x1a],
  [0x20, 0, 0x1a],
]

function cut(bytes: Uint8Array, from: number, to: number, middle: ArrayLike<number> = []): Uint8Array {
  const made = new Uint8Array(from + middle.length + bytes.length - to)
  made.set(bytes.subarray(0, from))
  made.set(middle, from)
  made.set(bytes.subarray(to), from + middle.length)
  return made
}

function tamperCode(code: Uint8Array, r: Random, other: () => Uint8Array | undefined): Uint8Array {
  const list = read(code)
  if (list.length === 0) return code
  const one = r.pick(list)
  const { row, start, end, operands } = one
  switch (r.below(12)) {
    case 0:
    case 1:
    case 2: {
      const twin = r.pick(alike.get(key(row))!)
      return cut(code, start, end, written(twin, { ...operands, align: Math.min(operands.align, Math.log2(Math.max(1, twin.width))) }))
    }
    case 3:
    case 4:
    case 5:
      return cut(code, start, end, written(row, tweak(one, r)))
    case 6:
    case 7:
      return cut(code, start, start, r.pick(HARMLESS))
    case 8:
      return cut(code, start, end)
    case 9: {
      const to = r.pick(list)
      return cut(code, to.start, to.start, code.slice(start, end))
    }
    case 10: {
      const from = other()
      return from ?? code
    }
    default:
      return cut(
        code,
        start,
        end,
        written(r.pick(instructions), { ...operands, index: r.below(3), vector: operands.vector ?? new Uint8Array(16) }),
      )
  }
}

// ---- sections ---------------------------------------------------------------------------------------------------------

const LEBS: readonly (readonly number[])[] = [
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x08],
  [0xff, 0x7f],
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x00],
  [0x80, 0x00],
  [0xff, 0xff, 0x03],
  [0x80, 0x80, 0x80, 0x80, 0x70],
]
/** Bytes that mean something in many places: opcodes, types, LEB128 edges. */
const TELLING = [
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x0b, 0x0f, 0x10, 0x1a, 0x20, 0x3f, 0x40, 0x41, 0x4e, 0x4f, 0x50, 0x5e, 0x5f, 0x60, 0x63, 0x64, 0x69,
  0x6b, 0x6e, 0x6f, 0x70, 0x78, 0x7b, 0x7f, 0x80, 0xfb, 0xfc, 0xfd, 0xfe, 0xff,
]
const nameSection = [0x04, 0x6e, 0x61, 0x6d, 0x65]

function tamperBytes(bytes: Uint8Array, r: Random): Uint8Array {
  if (bytes.length === 0) return bytes
  const at = r.below(bytes.length)
  switch (r.below(6)) {
    case 0:
      return cut(bytes, at, at + 1, [r.pick(TELLING)])
    case 1:
      return cut(bytes, at, at + 1, [bytes[at]! ^ (1 << r.below(8))])
    case 2:
      return cut(bytes, at, at + 1, r.pick(LEBS))
    case 3:
      return cut(bytes, at, Math.min(bytes.length, at + r.between(1, 4)))
    case 4:
      return cut(bytes, at, at, bytes.slice(at, at + r.below(12)))
    // The first byte is most often a count.
    default:
      return cut(bytes, 0, 1, [Math.max(0, bytes[0]! + r.pick([-1, 1]))])
  }
}

function tamperSections(sections: readonly Section[], r: Random, other: Skeleton): Section[] {
  const list = [...sections]
  if (list.length === 0) return list
  const i = r.below(list.length)
  const section = list[i]!
  switch (r.below(9)) {
    case 0:
      list.splice(i, 1)
      break
    case 1:
      list.splice(r.below(list.length + 1), 0, section)
      break
    case 2: {
      const k = r.below(list.length)
      ;[list[i], list[k]] = [list[k]!, section]
      break
    }
    case 3: {
      const same = other.sections.find((s) => s.id === section.id)
      if (same !== undefined) list[i] = same
      break
    }
    case 4:
      list[i] = { ...section, lie: r.pick([-1, 1, 2, 0x7fffff, 0x7fffffff]) }
      break
    // A custom section, often one with names, of good and of bad contents, changes nothing but what it is called.
    case 5:
    case 6: {
      const contents = Uint8Array.from([
        ...(r.chance(70) ? nameSection : [1, 0x78]),
        ...Array.from({ length: r.below(30) }, () => (r.chance(60) ? r.below(12) : r.bits() & 0xff)),
      ])
      list.splice(r.below(list.length + 1), 0, { id: 0, payload: contents, bodies: undefined, lie: 0 })
      break
    }
    default:
      if (section.bodies === undefined) list[i] = { ...section, payload: tamperBytes(section.payload, r) }
  }
  return list
}

/** A binary made from the skeleton, `other` being another one to take parts of. */
export function mutateBinary(skeleton: Skeleton, other: Skeleton, r: Random): Uint8Array {
  let { sections } = skeleton
  for (let n = r.pick([1, 1, 1, 2, 3, 6]); n > 0; n--) {
    const code = sections.findIndex((s) => s.bodies !== undefined && s.bodies.length > 0)
    if (code >= 0 && r.chance(70)) {
      const section = sections[code]!
      const bodies = [...section.bodies!]
      const at = r.below(bodies.length)
      const theirs = r.chance(50) ? bodies : other.sections.flatMap((s) => s.bodies ?? [])
      bodies[at] = {
        locals: r.chance(93) ? bodies[at]!.locals : tamperBytes(bodies[at]!.locals, r),
        code: tamperCode(bodies[at]!.code, r, () => (theirs.length === 0 ? undefined : r.pick(theirs).code)),
      }
      sections = sections.map((s, i) => (i === code ? { ...section, bodies } : s))
    } else sections = tamperSections(sections, r, other)
  }
  let bytes = assemble({ name: skeleton.name, sections })
  if (r.chance(8)) bytes = tamperBytes(bytes, r)
  if (r.chance(3)) bytes = bytes.slice(0, r.below(bytes.length))
  return bytes
}
