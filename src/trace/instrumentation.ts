/**
 * The instrument of `vitrine/trace`: which ops stand in front of which instructions, for what the watchers of a store want, and
 * what is known of each place. One object per module and set of watchers; a unit of code belongs to it. Made by inspector.ts.
 */
import { COUNT, PROBE, WEIGH } from '../ops/numbers.gen.ts'
import { type FunctionInstrument, type Instrument, InstrumentedUnit } from '../compiler/instrument.ts'
import { CONST } from '../compiler/operand-stack.ts'
import { createUnit } from '../compiler/translate.ts'
import type { Translator } from '../compiler/translator.ts'
import { InstructionReader } from '../decoder/instruction-reader.ts'
import type { SharedModule } from '../runtime/instance.ts'
import type { Thread } from '../runtime/thread.ts'
import { type Instruction, byName, instructions } from '../spec/instructions.ts'
import { type FuncType, type ValType, slotsOf } from '../spec/types.ts'
import { moduleNames } from '../module/names.ts'
import { type Signature, Signatures } from './signature.ts'
import { instructionText } from './text.ts'

/** Where a value is: i32 units from the start of the frame, or a constant given by its halves. */
export interface Place {
  readonly type: ValType
  readonly at: number
  readonly lo: number
  readonly hi: number
}

/** An instruction in the code that is watched. */
export interface Site {
  readonly shared: SharedModule
  readonly funcidx: number
  /** Name of the function, if it has one. */
  readonly name: string | undefined
  /** Byte offset of the instruction in the .wasm file. */
  readonly offset: number
  readonly instruction: Instruction
  /** The instruction with its immediates. */
  readonly text: string
  /** Of loads and stores. */
  readonly memory: number
  /** Halves of the offset of a memarg, or of a constant of up to 64 bits. */
  readonly immediateLo: number
  readonly immediateHi: number
  /** Its first two index immediates. */
  readonly indices: readonly [number, number]
  readonly operands: readonly Place[]
  /** Where its results will be. Empty for calls, which have them much later. */
  readonly results: readonly Place[]
  /** Control comes from nowhere else than the instruction right before, whose only result is the last operand. */
  readonly follows: boolean
}

/** Called when control is in front of an instruction. The thread's state is up to date. */
export type Hit = (T: Thread, site: Site) => void

/** What somebody wants to know. */
export interface Watcher {
  /** Count how often each block of instructions begins. */
  readonly blocks?: boolean
  /** Add up instructions in `T.work`. */
  readonly weigh?: boolean
  /** A function has been entered; a call has come back, and the caller is on top again. */
  readonly entry?: (T: Thread, shared: SharedModule, funcidx: number) => void
  readonly returned?: (T: Thread) => void
  /** Asked once for each instruction of a function that is called: what to call in front of it, if anything. */
  readonly at?: (site: Site) => Hit | undefined
  /** Told first, and cheaply: whether `at` may want anything of that instruction. */
  readonly wants?: (instruction: Instruction, funcidx: number, name: string | undefined, offset: number) => boolean
  /**
   * In place of what `at` gave, if nobody else watches: called in front of each of those instructions with what `token` gave for
   * it. One function for all places is what an engine compiles best.
   */
  readonly take?: (T: Thread, token: unknown) => void
  readonly token?: (site: Site) => unknown
  /** A thread comes from the driver and goes back to it, with a STATUS. */
  readonly entered?: (T: Thread) => void
  readonly left?: (T: Thread, status: number) => void
}

/** Blocks of one function: straight lines of instructions, of which each is carried out as often as the first. */
export interface FunctionBlocks {
  readonly funcidx: number
  /** Ascending. Instructions that are never reached are missing. */
  readonly offsets: number[]
  /** Of each instruction its block. */
  readonly blocks: number[]
  /** Of each block the pc of its counter. */
  readonly counters: number[]
  /** After an `else`, which is reached from above, the `end` of the block is carried out: offset → offset. */
  readonly ends: Map<number, number>
}

/** Control may leave in the middle of these, or not come back; what follows begins a block. */
const bulk = /^(memory|table)\.(fill|copy|init|grow)$|^array\.(new|fill|copy|init)|atomic\.wait/
const endsBlock: readonly boolean[] = instructions.map(({ name, opcode }) => {
  // block (2) is not a place where control goes to, nop (1) nothing at all.
  if (opcode < 0x1a || opcode === 0x1f) return opcode !== 0x01 && opcode !== 0x02
  return /^(br_on|cont|resume|suspend|switch)/.test(name) || bulk.test(name)
})
const isCall: readonly boolean[] = instructions.map(({ name }) => /^(call|resume|suspend|switch)/.test(name))
/** Their results come when others have run. */
const isLate: readonly boolean[] = instructions.map(
  ({ name }) => /^(return_)?call/.test(name) || /^(resume|suspend|switch)|atomic\.wait/.test(name),
)
const ELSE = byName.get('else')!
const END = byName.get('end')!

const nothing: Hit = () => {}

export class InstrumentedCode implements Instrument {
  readonly shared: SharedModule
  readonly unit: InstrumentedUnit
  readonly watchers: readonly Watcher[]
  readonly functions: Map<number, FunctionBlocks> = new Map()
  /** Where control left for good in the middle of a block, and how often: the rest of the block was counted in vain. */
  readonly stops: Map<number, number> = new Map()
  readonly sites: Site[] = []
  private readonly hits: Hit[] = []
  private readonly tokens: unknown[] = []
  /** Numbers of probes by what they are for; a function is translated more than once. */
  private readonly numbers: Map<string, number> = new Map()
  private readonly bySite: Map<number, Site> = new Map()
  private readonly signatures: Map<number, Signatures> = new Map()

  constructor(shared: SharedModule, watchers: readonly Watcher[]) {
    this.shared = shared
    this.watchers = watchers
    this.unit = createUnit(shared.module, 'exact', this) as InstrumentedUnit
    const { hits, sites } = this
    const [only] = watchers
    const take = watchers.length === 1 ? only!.take : undefined
    if (take !== undefined) {
      const { tokens } = this
      this.unit.probe = (T, k) => take(T, tokens[k])
    } else this.unit.probe = (T, k) => hits[k]!(T, sites[k]!)
  }

  begin(funcidx: number): FunctionInstrument {
    return new FunctionWriter(this, funcidx)
  }

  /** Takes away what one watcher wants to be told, also from code that is still running. */
  silence(watcher: Watcher): void {
    const w = this.watchers.indexOf(watcher)
    if (this.watchers.length === 1) this.unit.probe = () => {}
    for (const [key, number] of this.numbers) if (key.startsWith(`${w} `)) this.hits[number] = nothing
  }

  /** Number of the probe that calls `hit`. */
  number(key: string, hit: Hit, site: Site | undefined): number {
    let number = this.numbers.get(key)
    if (number === undefined) {
      number = this.hits.push(hit) - 1
      this.sites.push(site as Site)
      const [only] = this.watchers
      if (this.watchers.length === 1 && only!.token !== undefined && site !== undefined) this.tokens[number] = only!.token(site)
      this.numbers.set(key, number)
    }
    return number
  }
  known(key: string): number | undefined {
    return this.numbers.get(key)
  }

  /** The site of the instruction that the translator stands on. */
  site(t: Translator, funcidx: number, before: Site | undefined): Site {
    const { reader } = t
    let site = this.bySite.get(reader.at)
    if (site === undefined) {
      const { instruction } = reader
      const signature = this.signature(t, funcidx)
      const operands = operandPlaces(t, signature)
      const last = operands.at(-1)
      const [given, ...more] = before?.results ?? []
      site = {
        ...this.base(reader, funcidx),
        operands,
        results: isLate[instruction.id]! ? [] : resultPlaces(t, signature),
        follows: last !== undefined && given !== undefined && more.length === 0 && last.at === given.at && last.type === given.type,
      }
      this.bySite.set(reader.at, site)
    }
    return site
  }
  /** The site of the `end` that follows an arm of a block. */
  endSite(offset: number, t: Translator, funcidx: number): Site {
    let site = this.bySite.get(offset)
    if (site === undefined) {
      const body = this.shared.module.code[funcidx - this.shared.module.imported.func]!
      const reader = new InstructionReader(t.module.bytes, offset, body.end)
      reader.next()
      site = { ...this.base(reader, funcidx), operands: [], results: [], follows: false }
      this.bySite.set(offset, site)
    }
    return site
  }
  private base(reader: InstructionReader, funcidx: number): Omit<Site, 'operands' | 'results' | 'follows'> {
    const { module } = this.shared
    const { instruction, at, memory, lo, hi } = reader
    return {
      shared: this.shared,
      funcidx,
      name: moduleNames(module).funcs.get(funcidx),
      offset: at,
      instruction,
      text: instructionText(reader, module, funcidx),
      memory,
      immediateLo: lo,
      immediateHi: hi,
      indices: [reader.index, reader.index2],
    }
  }

  private signature(t: Translator, funcidx: number): Signature {
    let signatures = this.signatures.get(funcidx)
    if (signatures === undefined) {
      const { module } = this.shared
      const type = module.types[module.funcs[funcidx]!]!.comp as FuncType
      signatures = new Signatures(
        this.shared,
        funcidx,
        type,
        t.localTypes.map((local) => ({ type: local })),
      )
      this.signatures.set(funcidx, signatures)
    }
    const { name } = t.reader.instruction
    const returns = (name === 'end' && t.label(0).kind === 'func') || (name === 'br' && t.label(t.reader.index).kind === 'func')
    return signatures.of(t.reader, returns)
  }

  /** How often each instruction of a function was carried out, by offset. */
  counts(f: FunctionBlocks): Map<number, number> {
    const { code } = this.unit
    const counts = new Map<number, number>()
    let missing = 0
    f.offsets.forEach((offset, i) => {
      const block = f.blocks[i]!
      if (i === 0 || f.blocks[i - 1] !== block) missing = 0
      const at = f.counters[block]!
      counts.set(offset, (code[at + 1]! >>> 0) + (code[at + 2]! >>> 0) * 2 ** 32 - missing)
      missing += this.stops.get(offset) ?? 0
    })
    for (const [from, end] of f.ends) counts.set(end, (counts.get(end) ?? 0) + counts.get(from)!)
    return counts
  }

  /** Instructions of the block behind the one at `offset`. */
  restOfBlock(funcidx: number, offset: number): number {
    const f = this.functions.get(funcidx)
    if (f === undefined) return 0
    const i = f.offsets.indexOf(offset)
    let rest = 0
    while (i >= 0 && i + rest + 1 < f.offsets.length && f.blocks[i + rest + 1] === f.blocks[i]) rest++
    // An `else` was counted together with its `end`.
    return f.ends.has(f.offsets[i + rest]!) ? rest + 1 : rest
  }
}

function operandPlaces({ stack }: Translator, { params }: Signature): Place[] {
  const first = stack.height - params.length
  // Behind a jump the stack is not what the instruction would find; it is never reached.
  if (first < 0) return []
  return params.map((type, i) => {
    const { slot, lo, hi } = stack.at(first + i)
    return { type, at: slot === CONST ? CONST : slot * 2, lo, hi }
  })
}
function resultPlaces({ stack }: Translator, { params, results }: Signature): Place[] {
  const first = stack.height - params.length
  if (first < 0) return []
  let slot = params.length > 0 ? stack.homes[first]! : stack.nextHome()
  return results.map((type) => {
    const at = slot * 2
    slot += slotsOf(type)
    return { type, at, lo: 0, hi: 0 }
  })
}

/** One translation of one function. */
class FunctionWriter implements FunctionInstrument {
  private readonly code: InstrumentedCode
  private readonly funcidx: number
  private readonly name: string | undefined
  private readonly blocks: FunctionBlocks
  private previous: Instruction | undefined = undefined
  /** Its site, if it has been asked for. */
  private site: Site | undefined = undefined
  /** Place in the code where the size of the current block stands. */
  private size = -1
  private blockEnds: Map<number, number> | undefined = undefined

  constructor(code: InstrumentedCode, funcidx: number) {
    this.code = code
    this.funcidx = funcidx
    this.name = moduleNames(code.shared.module).funcs.get(funcidx)
    this.blocks = { funcidx, offsets: [], blocks: [], counters: [], ends: new Map() }
  }

  before(t: Translator, ticked: boolean): void {
    const { code, previous, funcidx } = this
    const { watchers } = code
    const { reader, out } = t
    const { instruction, at } = reader
    const real = out.unit === code.unit
    const begin = out.pos
    if (previous === undefined) {
      if (real) code.functions.set(funcidx, this.blocks)
      watchers.forEach(({ entry }, w) => {
        if (entry !== undefined) this.probe(t, `${w} entry ${funcidx}`, (T) => entry(T, code.shared, funcidx), undefined)
      })
    } else if (isCall[previous.id]!) {
      watchers.forEach(({ returned }, w) => {
        if (returned !== undefined) this.probe(t, `${w} returned`, (T) => returned(T), undefined)
      })
    }
    if (previous === undefined || ticked || endsBlock[previous.id]!) this.block(t)
    const end = instruction === ELSE ? this.endOf(at) : -1
    if (this.size >= 0) out.code[this.size]! += end < 0 ? 1 : 2
    this.blocks.offsets.push(at)
    this.blocks.blocks.push(this.blocks.counters.length - 1)
    if (end >= 0) this.blocks.ends.set(at, end)
    const before = ticked || previous === undefined || endsBlock[previous.id]! ? undefined : this.site
    this.site = undefined
    this.probes(t, instruction, at, () => (this.site = code.site(t, funcidx, before)))
    if (end >= 0) this.probes(t, END, end, () => code.endSite(end, t, funcidx))
    this.previous = instruction
    if (out.pos !== begin) out.barrier()
  }

  private probes(t: Translator, instruction: Instruction, offset: number, siteOf: () => Site): void {
    const { watchers } = this.code
    for (let w = 0; w < watchers.length; w++) {
      const { at, wants } = watchers[w]!
      if (at === undefined || wants?.(instruction, this.funcidx, this.name, offset) === false) continue
      const key = `${w} ${offset}`
      if (this.code.known(key) !== undefined) {
        this.probe(t, key, nothing, undefined)
        continue
      }
      const site = siteOf()
      const hit = at(site)
      if (hit !== undefined) this.probe(t, key, hit, site)
    }
  }

  private probe(t: Translator, key: string, hit: Hit, site: Site | undefined): void {
    t.out.emit(PROBE, this.code.number(key, hit, site))
  }

  /** A block begins here. */
  private block(t: Translator): void {
    const { watchers } = this.code
    const { out } = t
    if (watchers.some((w) => w.weigh)) {
      out.emit(WEIGH, 0)
      this.size = out.last + 1
    }
    if (watchers.some((w) => w.blocks)) out.emit(COUNT, 0, 0)
    this.blocks.counters.push(out.last)
  }

  /** The `end` that belongs to the `else` at `offset`. */
  private endOf(offset: number): number {
    this.blockEnds ??= endsOfElse(this.code.shared, this.funcidx)
    return this.blockEnds.get(offset)!
  }
}

/** Of each `else` of a function the offset of its `end`. */
function endsOfElse({ module }: SharedModule, funcidx: number): Map<number, number> {
  const body = module.code[funcidx - module.imported.func]!
  const reader = new InstructionReader(body.bytes, body.start, body.end)
  const open = [-1]
  const ends = new Map<number, number>()
  while (reader.next()) {
    const { name } = reader.instruction
    if (/^(block|loop|if|try|try_table)$/.test(name)) open.push(-1)
    else if (name === 'else') open[open.length - 1] = reader.at
    else if (name === 'end' || name === 'delegate') {
      const from = open.pop() ?? -1
      if (from >= 0) ends.set(from, reader.at)
    }
  }
  return ends
}
