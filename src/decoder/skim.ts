/**
 * Walks over an expression without keeping anything (spec §5.4): finds its end and everything that makes it malformed:
 * unknown opcodes, bad immediates, `else` or `catch` in the wrong place, a missing `end`. Called by the sections.
 * Nesting is a stack of our own: 100,000 blocks deep costs 100,000 bytes, not JS frames.
 */
import { type FeatureSet, featureOff } from '../spec/features.ts'
import { type Instruction, instructions, oneByte } from '../spec/instructions.ts'
import type { InstructionReader } from './instruction-reader.ts'

/** What an instruction means for the walk; the switch below has the numbers, since names as labels make no jump table. */
const PLAIN = 0
const OPEN = 1
const IF = 2
const TRY = 3
const ELSE = 4
const CATCH = 5
const CATCH_ALL = 6
const DELEGATE = 7
const END = 8
/** Names a data segment, so the data count section must be there. */
const NEEDS_DATA_COUNT = 9
const OFF = 10
/** Of rows that have not been met: most modules have few of them. */
const UNKNOWN = 11

const roleByName: Record<string, number> = {
  block: OPEN,
  loop: OPEN,
  try_table: OPEN,
  if: IF,
  try: TRY,
  else: ELSE,
  catch: CATCH,
  catch_all: CATCH_ALL,
  delegate: DELEGATE,
  end: END,
  'memory.init': NEEDS_DATA_COUNT,
  'data.drop': NEEDS_DATA_COUNT,
  'array.new_data': NEEDS_DATA_COUNT,
  'array.init_data': NEEDS_DATA_COUNT,
}

/** Immediates that the fast path steps over: none; or one LEB128 integer (two: alignment and offset) if it is a single byte. */
const SLOW = 0
const SKIP_NONE = 1
const SKIP_ONE = 2
const SKIP_TWO = 3
const skipOf: Record<string, number> = {
  '': SKIP_NONE,
  labelidx: SKIP_ONE,
  funcidx: SKIP_ONE,
  globalidx: SKIP_ONE,
  localidx: SKIP_ONE,
  i32: SKIP_ONE,
  i64: SKIP_ONE,
  memarg: SKIP_TWO,
}

export class Skimmer {
  /** By opcode byte: how the fast path passes a plain instruction. */
  private readonly skips: Uint8Array
  private readonly roles: Uint8Array
  /** What each open block may still take: OPEN nothing, IF an else, TRY catches or delegate, CATCH more catches. */
  private open: Uint8Array
  /** Offset of the first instruction that needs the data count section, or -1. */
  needsDataCount = -1

  private readonly features: FeatureSet
  /** Opcode of br_table; -1 if it is off. */
  private readonly brTable: number

  constructor(features: FeatureSet) {
    this.features = features
    this.brTable = features.has('mvp') ? 0x0e : -1
    this.roles = new Uint8Array(instructions.length).fill(UNKNOWN)
    this.skips = Uint8Array.from(oneByte, (row) =>
      row === undefined || this.roleOf(row) !== PLAIN ? SLOW : (skipOf[row.immediates.join(' ')] ?? SLOW),
    )
    this.open = new Uint8Array(64)
  }

  private roleOf({ id, feature, name }: Instruction): number {
    return (this.roles[id] = this.features.has(feature) ? (roleByName[name] ?? PLAIN) : OFF)
  }

  /** Passes the plain instructions whose immediates are single bytes: three of four. */
  private fast(r: InstructionReader): void {
    const { skips } = this
    const { bytes } = r
    // Two more bytes may be looked at.
    const end = r.end - 2
    let pos = r.pos
    while (pos < end) {
      const skip = skips[bytes[pos]!]
      if (skip === SKIP_NONE) pos++
      else if (skip === SKIP_ONE) {
        const b = bytes[pos + 1]!
        if (b < 0x80) pos += 2
        // Two bytes are as short as every kind of integer allows without further checks.
        else if (bytes[pos + 2]! < 0x80) pos += 3
        else break
      } else if (skip === SKIP_TWO) {
        // Flags from 0x40 on bring a memory index.
        if (bytes[pos + 1]! >= 0x40 || bytes[pos + 2]! >= 0x80) break
        pos += 3
      } else break
    }
    r.pos = pos
  }

  /** Moves `r` behind the `end` of the expression that starts at its position. */
  expression(r: InstructionReader): void {
    const roles = this.roles
    let open = this.open
    let depth = 0
    for (;;) {
      this.fast(r)
      if (r.bytes[r.pos] === this.brTable && r.pos < r.end) {
        // Labels, of which there are thousands in code made from large switches, are not listed.
        r.pos++
        for (let left = r.labelCount(); left >= 0; left--) r.u32()
        continue
      }
      if (!r.next()) break
      let role = roles[r.instruction.id]!
      if (role === UNKNOWN) role = this.roleOf(r.instruction)
      switch (role) {
        case 0: // PLAIN
          break
        case 1: // OPEN
        case 2: // IF
        case 3: // TRY
          if (depth === open.length) open = this.grow()
          open[depth++] = role
          break
        case 4: // ELSE
          if (depth === 0 || open[depth - 1] !== IF) this.misplaced(r)
          open[depth - 1] = OPEN
          break
        case 5: // CATCH
        case 6: // CATCH_ALL
          if (depth === 0 || (open[depth - 1] !== TRY && open[depth - 1] !== CATCH)) this.misplaced(r)
          open[depth - 1] = role === CATCH ? CATCH : OPEN
          break
        case 7: // DELEGATE
          if (depth === 0 || open[depth - 1] !== TRY) this.misplaced(r)
          depth--
          break
        case 8: // END
          if (depth-- === 0) return
          break
        case 9: // NEEDS_DATA_COUNT
          if (this.needsDataCount < 0) this.needsDataCount = r.at
          break
        case 10: {
          // OFF
          const { feature, name } = r.instruction
          throw featureOff(feature, `instruction ${name}`, { offset: r.at })
        }
      }
    }
    r.fail('unexpected end of section or function')
  }

  private misplaced(r: InstructionReader): never {
    r.fail(`END opcode expected: ${r.instruction.name} does not belong to a block here`, r.at)
  }

  private grow(): Uint8Array {
    const wider = new Uint8Array(this.open.length * 2)
    wider.set(this.open)
    this.open = wider
    return wider
  }
}
