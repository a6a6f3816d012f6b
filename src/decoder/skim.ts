/**
 * Walks over an expression without keeping anything (spec §5.4): finds its end and everything that makes it malformed:
 * unknown opcodes, bad immediates, `else` or `catch` in the wrong place, a missing `end`. Called by the sections.
 * Nesting is a stack of our own: 100,000 blocks deep costs 100,000 bytes, not JS frames.
 */
import { type FeatureSet, featureOff } from '../spec/features.ts'
import { type Instruction, instructionCount, oneByte } from '../spec/instruction-table.ts'
import { type InstructionReader, EMPTY } from './instruction-reader.ts'

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

/** How the fast path passes an instruction. Integers are passed while they are short, blocks while they have no type. */
const SLOW = 0
const SKIP_NONE = 1
const SKIP_BLOCK = 2
const SKIP_IF = 3
const SKIP_END = 4
/** One LEB128 integer; a memarg has its flags before the offset. */
const SKIP_INTEGER = 5
const SKIP_MEMARG = 6
/** i64.const. */
const SKIP_LONG = 7
const skipOf: Record<string, number> = {
  '': SKIP_NONE,
  labelidx: SKIP_INTEGER,
  funcidx: SKIP_INTEGER,
  globalidx: SKIP_INTEGER,
  localidx: SKIP_INTEGER,
  i32: SKIP_INTEGER,
  i64: SKIP_LONG,
  memarg: SKIP_MEMARG,
}
function skipFor(role: number, immediates: string): number {
  if (role === PLAIN) return skipOf[immediates] ?? SLOW
  if (role === END) return SKIP_END
  if (immediates !== 'blocktype') return SLOW
  return role === OPEN ? SKIP_BLOCK : role === IF ? SKIP_IF : SLOW
}

export class Skimmer {
  /** By opcode byte: how the fast path passes a plain instruction. */
  private readonly skips: Uint8Array
  private readonly roles: Uint8Array
  /** What each open block may still take: OPEN nothing, IF an else, TRY catches or delegate, CATCH more catches. */
  private open: Uint8Array
  private depth = 0
  /** Offset of the first instruction that needs the data count section, or -1. */
  needsDataCount = -1

  private readonly features: FeatureSet
  /** Opcode of br_table; -1 if it is off. */
  private readonly brTable: number

  constructor(features: FeatureSet) {
    this.features = features
    this.brTable = features.has('mvp') ? 0x0e : -1
    this.roles = new Uint8Array(instructionCount).fill(UNKNOWN)
    this.skips = Uint8Array.from(oneByte(), (row) => (row === undefined ? SLOW : skipFor(this.roleOf(row), row.immediates.join(' '))))
    this.open = new Uint8Array(64)
  }

  private roleOf({ id, feature, name }: Instruction): number {
    return (this.roles[id] = this.features.has(feature) ? (roleByName[name] ?? PLAIN) : OFF)
  }

  /** Passes all but a few of a hundred instructions. What it leaves, it leaves as it was. Behind the last `end` the depth is -1. */
  private fast(r: InstructionReader): void {
    const { skips, open } = this
    const { bytes, end } = r
    // Nine more bytes may be read; `end` is compared with afterwards.
    const stop = Math.min(end, bytes.length - 9)
    let { pos } = r
    let { depth } = this
    while (pos < stop) {
      const skip = skips[bytes[pos]!]!
      let next = pos + 1
      if (skip >= SKIP_INTEGER) {
        // Flags from 0x40 on bring a memory index.
        if (skip === SKIP_MEMARG && bytes[next++]! >= 0x40) break
        // So many bytes need no further checks, if the last of them brings no sign.
        const most = next + (skip === SKIP_LONG ? 9 : 5)
        let b = bytes[next++]!
        while (b >= 0x80 && next < most) b = bytes[next++]!
        if (b > (next === most ? 7 : 0x7f) || next > end) break
      } else if (skip === SKIP_NONE) {
        pos = next
        continue
      } else if (skip === SKIP_END) {
        if (--depth < 0) {
          pos = next
          break
        }
      } else {
        if (skip === SLOW || bytes[next++] !== EMPTY || next > end || depth === open.length) break
        open[depth++] = skip === SKIP_IF ? IF : OPEN
      }
      pos = next
    }
    r.pos = pos
    this.depth = depth
  }

  /** Moves `r` behind the `end` of the expression that starts at its position. */
  expression(r: InstructionReader): void {
    this.depth = 0
    for (;;) {
      this.fast(r)
      if (this.depth < 0) return
      this.one(r)
      if (this.depth < 0) return
    }
  }

  /** Any instruction. */
  private one(r: InstructionReader): void {
    if (r.bytes[r.pos] === this.brTable && r.pos < r.end) {
      // Labels, of which there are thousands in code made from large switches, are not listed.
      r.pos++
      for (let left = r.labelCount(); left >= 0; left--) r.u32()
      return
    }
    if (!r.next()) r.fail('unexpected end of section or function')
    let role = this.roles[r.instruction.id]!
    if (role === UNKNOWN) role = this.roleOf(r.instruction)
    switch (role) {
      case 0: // PLAIN
        break
      case 1: // OPEN
      case 2: // IF
      case 3: // TRY
        if (this.depth === this.open.length) this.grow()
        this.open[this.depth++] = role
        break
      case 4: // ELSE
        this.replace(IF, IF, OPEN, r)
        break
      case 5: // CATCH
      case 6: // CATCH_ALL
        this.replace(TRY, CATCH, role === CATCH ? CATCH : OPEN, r)
        break
      case 7: // DELEGATE
        this.replace(TRY, TRY, TRY, r)
        this.depth--
        break
      case 8: // END
        this.depth--
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

  /** What the innermost block may still take: one of two kinds before, another one from now on. */
  private replace(one: number, other: number, by: number, r: InstructionReader): void {
    const { open, depth } = this
    const kind = depth === 0 ? OPEN : open[depth - 1]!
    if (kind !== one && kind !== other) r.fail(`END opcode expected: ${r.instruction.name} does not belong to a block here`, r.at)
    open[depth - 1] = by
  }

  private grow(): void {
    const wider = new Uint8Array(this.open.length * 2)
    wider.set(this.open)
    this.open = wider
  }
}
