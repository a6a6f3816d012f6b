/**
 * Records every instruction with the values it took and gave, in a binary form that is cheap to write (docs/trace-format.md).
 * Text and JSON are made of it afterwards, by recording.ts. Used by `vitrine trace`.
 */
import { CONST } from '../compiler/operand-stack.ts'
import { encodeUtf8 } from '../bytes/utf8.ts'
import { VitrineError, isTrap } from '../errors.ts'
import type { Func } from '../runtime/func.ts'
import * as STATUS from '../runtime/status.ts'
import { trapMessages } from '../runtime/traps.ts'
import type { Thread } from '../runtime/thread.ts'
import { byName } from '../spec/instructions.ts'
import { type ValType, I32, F32, V128, formatValType, isRef, slotsOf } from '../spec/types.ts'
import { Inspector, type Target, storeOf, within } from './inspector.ts'
import type { Place, Site, Watcher } from './instrumentation.ts'
import { type Selection, functionTest } from './select.ts'
import { textAt } from './state.ts'
import { formatTag } from './values.ts'

/** Begins every file: "vtrc" and the version of the format. */
export const MAGIC = 0x6372_7476
export const VERSION = 2
/** Kinds of chunks: each is its kind, its length in bytes, and that many bytes, a multiple of four. */
export const CHUNK = { sites: 1, strings: 2, events: 3 } as const
/** Words of an event chunk that are not an instruction. */
export const WORD = { sync: -1, trap: -2, exception: -3, host: -4, returned: -5, unfinished: -6, called: -7, back: -8 } as const
/** How many words a value takes; a reference is the number of a string. */
export const wordsOf = (type: ValType): number => (isRef(type) || type === I32 || type === F32 ? 1 : type === V128 ? 4 : 2)

export interface RecordOptions {
  /** Which functions to show; default: all. */
  readonly func?: Selection
  /** Ends the program after that many instructions, with `Recorder.ended`. */
  readonly limit?: number
  /** Takes the file piece by piece. The bytes are there until it returns: who keeps them copies them. */
  readonly write: (bytes: Uint8Array) => void
}

/** A site as it stands in a file. */
export interface SiteRecord {
  readonly func: number
  readonly name?: string
  readonly offset: number
  readonly text: string
  readonly operands: readonly string[]
  readonly results: readonly string[]
  /** The last operand is what the instruction before has given, and does not stand in the recording a second time. */
  readonly follows?: boolean
  /** Its result does not stand in the recording: it is the last operand. */
  readonly passes?: boolean
  /** Nor does this one: it is always the same, in these words. */
  readonly constant?: readonly number[]
  /** Of calls: what the callee gives. Only the results of host functions are in the recording. */
  readonly host?: readonly string[]
}

/** What is needed of a site while it runs. Places are counted from the start of the frame. */
interface Known {
  /** Begins its event. */
  readonly word: number
  /**
   * How many words are recorded of its operands, where the first two of them and all are; -1: they are not all plain numbers in the frame.
   * `all`: how many they are where the last one is not known from the instruction before.
   */
  readonly operands: number
  readonly all: number
  readonly first: number
  readonly second: number
  readonly words: readonly number[]
  /** The same for its results, of those that are recorded. */
  readonly results: number
  readonly result: number
  readonly result2: number
  readonly resultWords: readonly number[]
  readonly site: Site
}

const LOCAL_TEE = byName.get('local.tee')!

/** Words in a chunk, and room for what one instruction of 1,000 operands may add. */
const FLUSH = 1 << 15
const SLACK = 1 << 14
/** Of steps: the instruction does not stand right behind the one before. */
const ANEW = 2
/** Words of the head of a chunk: the buffer is one chunk of events. */
const HEAD = 2

export class Recorder {
  /** Thrown out of the program when `limit` is reached. */
  readonly ended: VitrineError = new VitrineError('interrupted', 'the trace has reached its limit')
  /** Instructions so far. */
  count = 0
  /** Ends the recording and writes what is still to be written. `error`: what the program ended with, if it was an error. */
  readonly stop: (error?: unknown) => void
  private readonly write: (bytes: Uint8Array) => void
  private readonly limit: number
  private readonly known: Map<Site, Known> = new Map()
  private newSites: SiteRecord[] = []
  /** By number of the site. */
  private readonly list: Known[] = []
  private readonly strings: Map<string, number> = new Map()
  private newStrings: string[] = []
  private buffer: Int32Array = new Int32Array(FLUSH + SLACK)
  private length = HEAD
  /** Length from which on somebody has to look whether there is room. */
  private room = 0
  private readonly threads: Map<Thread, number> = new Map()
  // The event before: whose thread, depth and tick it had.
  private thread: Thread | undefined = undefined
  private depth = -1
  private ticks = 0
  /**
   * The word of the instruction that has begun, its frame (-1: none has), and the host function that it called. Not the object: a young
   * one in an old one is noted by the garbage collector at each store, which took a third of the time until it had grown old.
   */
  private open = -1
  private openFp = -1
  private host: { readonly func: Func; readonly base: number; readonly next: number } | undefined = undefined
  private stopped = false

  constructor(target: Target, options: RecordOptions) {
    this.write = options.write
    this.limit = options.limit ?? Infinity
    const isMeant = within(target)
    const test = functionTest(options.func)
    const store = storeOf(target)
    const inspector = Inspector.of(store)
    const watcher: Watcher = {
      wants: (_, funcidx, name) => test(funcidx, name),
      at: (site) => {
        const known = this.knownOf(site)
        return (T) => {
          if (isMeant(T.instance)) this.record(T, known)
        }
      },
      take:
        target === store
          ? (T, known) => this.record(T, known as Known)
          : (T, known) => {
              if (isMeant(T.instance)) this.record(T, known as Known)
            },
      token: (site) => this.knownOf(site),
      entered: (T) => this.entered(T),
      left: (T, status) => this.left(T, status),
    }
    this.write(new Uint8Array(Int32Array.of(MAGIC, VERSION).buffer))
    inspector.add(watcher)
    this.stop = (error) => {
      if (this.stopped) return
      this.stopped = true
      inspector.remove(watcher)
      this.close(error)
    }
  }

  private knownOf(site: Site): Known {
    let known = this.known.get(site)
    if (known === undefined) {
      const types = (places: readonly Place[]): string[] => places.map(({ type }) => formatValType(type))
      const host = hostTypes(site)
      const words = plainWords(site.operands)
      const follows = site.follows && words !== undefined
      const passes = site.instruction === LOCAL_TEE
      const constant = constantOf(site)
      const results = passes || constant !== undefined ? [] : plainWords(site.results)
      this.newSites.push({
        func: site.funcidx,
        name: site.name,
        offset: site.offset,
        text: site.text,
        operands: types(site.operands),
        results: types(site.results),
        follows: follows || undefined,
        passes: passes || undefined,
        constant,
        host: host === undefined ? undefined : host.map(formatValType),
      })
      known = {
        word: this.list.length << 1,
        operands: words === undefined ? -1 : words.length - (follows ? wordsOf(site.operands.at(-1)!.type) : 0),
        all: words?.length ?? -1,
        first: words?.[0] ?? 0,
        second: words?.[1] ?? 0,
        words: words ?? [],
        results: results?.length ?? -1,
        result: results?.[0] ?? 0,
        result2: results?.[1] ?? 0,
        resultWords: results ?? [],
        site,
      }
      this.known.set(site, known)
      this.list.push(known)
    }
    return known
  }

  /** An instruction begins. This is called for each, so it is written for speed: no objects, no loops for what is common. */
  private record(T: Thread, known: Known): void {
    const { buffer } = this
    const { fp, ticks, R } = T
    let n = this.length
    // Within a slice, ticks count down by one.
    let step = this.ticks - ticks
    const { word } = known
    let { operands } = known
    // Without an open instruction its frame is none, and `entered` has changed the ticks if it is another thread.
    if (fp !== this.openFp || n >= this.room || step >>> 0 > 1) {
      step = this.turn(T)
      n = this.length
      if (step >= ANEW) {
        step -= ANEW
        operands = known.all
      }
    } else {
      this.ticks = ticks
      // Its results, as in `finish`.
      const open = this.list[this.open >> 1]!
      const { results, result } = open
      if (results === 1) buffer[n++] = R[fp + result]!
      else if (results === 2) {
        buffer[n++] = R[fp + result]!
        buffer[n++] = R[fp + open.result2]!
      } else if (results !== 0) {
        this.finish()
        n = this.length
      }
    }
    this.count++
    buffer[n++] = word + step
    if (operands > 0) {
      buffer[n++] = R[fp + known.first]!
      if (operands > 1) {
        buffer[n++] = R[fp + known.second]!
        for (let i = 2; i < operands; i++) buffer[n++] = R[fp + known.words[i]!]!
      }
    }
    this.length = n
    this.open = word
    this.openFp = fp
    if (operands < 0) this.values(T, known.site.operands, fp)
  }

  /**
   * Before an instruction in another frame, time slice or thread than the one before, or for which there may be no room. Gives its step, and
   * ANEW on top of that when a word stands between the two.
   */
  private turn(T: Thread): number {
    if (this.open >= 0) this.finish()
    if (this.length >= this.room) this.makeRoom()
    const step = this.ticks - T.ticks
    this.ticks = T.ticks
    if (step >>> 0 <= 1 && T === this.thread) {
      const deeper = T.depth - this.depth
      if (deeper === 0) return step
      if (deeper === 1 || deeper === -1) {
        this.depth = T.depth
        this.buffer[this.length++] = deeper > 0 ? WORD.called : WORD.back
        return step + ANEW
      }
    }
    this.sync(T, T.tick)
    return ANEW
  }

  /** Writes a full chunk; or the limit is reached. */
  private makeRoom(): void {
    this.host = undefined
    const left = this.limit - this.count
    if (left <= 0) throw this.ended
    if (this.length >= FLUSH) this.flush()
    // Each instruction takes a word at least, so that the limit lies not before.
    this.room = Math.min(FLUSH, this.length + left)
  }

  /** The instruction that has begun is done. */
  private finish(): void {
    const open = this.list[this.open >> 1]!
    const fp = this.openFp
    this.open = this.openFp = -1
    this.host = undefined
    const { results } = open
    const T = this.thread!
    if (results < 0) return this.values(T, open.site.results, fp)
    for (let i = 0; i < results; i++) this.buffer[this.length++] = T.R[fp + open.resultWords[i]!]!
  }

  /** It does not come to an end: zeros stand for its results. */
  private breakOff(word: number, why: string): void {
    const open = this.list[this.open >> 1]
    if (open === undefined) return
    this.open = this.openFp = -1
    const results = open.results < 0 ? open.site.results.reduce((n, { type }) => n + wordsOf(type), 0) : open.results
    for (let i = 0; i < results; i++) this.buffer[this.length++] = 0
    this.buffer[this.length++] = word
    this.buffer[this.length++] = this.string(why)
  }

  private sync(T: Thread, tick: number): void {
    let number = this.threads.get(T)
    if (number === undefined) {
      number = this.threads.size
      this.threads.set(T, number)
    }
    if (T !== this.thread) this.host = undefined
    this.thread = T
    this.depth = T.depth
    const { buffer } = this
    let n = this.length
    buffer[n++] = WORD.sync
    buffer[n++] = number
    buffer[n++] = tick | 0
    buffer[n++] = Math.floor(tick / 2 ** 32)
    buffer[n++] = T.depth
    this.length = n
  }

  private left(T: Thread, status: number): void {
    if (this.open < 0 || T !== this.thread) return
    if (status === STATUS.leave || status === STATUS.returnCross) this.finish()
    else if (status === STATUS.thrown) this.breakOff(WORD.exception, formatTag(T.exn!.tag))
    else if (status >= STATUS.firstTrap)
      this.breakOff(WORD.trap, `${trapMessages[status - STATUS.firstTrap]!}${T.trapDetail < 0 ? '' : ` ${T.trapDetail}`}`)
    else if (status === STATUS.call && T.callee!.host !== undefined) {
      this.buffer[this.length++] = WORD.host
      this.host = { func: T.callee!, base: T.base, next: T.executor.afterCall(T) }
    }
  }

  /** A thread comes from the driver: perhaps a host call is done. */
  private entered(T: Thread): void {
    const { host } = this
    // A slice may have begun: the next event says where it stands.
    this.ticks = T.ticks - 2
    if (host === undefined || T !== this.thread) return
    // If it does not go on behind the call, the function did not return, or it calls back.
    this.host = undefined
    if (T.depth !== this.depth || T.pc !== host.next) return
    const { results } = host.func.type
    this.buffer[this.length++] = WORD.returned
    let slot = 0
    const places = results.map((type) => {
      const at = slot * 2
      slot += slotsOf(type)
      return { type, at, lo: 0, hi: 0 }
    })
    this.values(T, places, host.base)
  }

  private values(T: Thread, places: readonly Place[], fp: number): void {
    for (const { type, at, lo, hi } of places) {
      if (isRef(type)) this.buffer[this.length++] = this.string(at === CONST ? 'null' : textAt(T, type, fp + at))
      else {
        for (let i = 0; i < wordsOf(type); i++) this.buffer[this.length++] = at === CONST ? (i === 0 ? lo : hi) : T.R[fp + at + i]!
      }
    }
  }

  private string(text: string): number {
    let number = this.strings.get(text)
    if (number === undefined) {
      number = this.strings.size
      this.strings.set(text, number)
      this.newStrings.push(text)
    }
    return number
  }

  private close(error: unknown): void {
    const open = this.list[this.open >> 1]
    if (open !== undefined) {
      // A call of a Wasm function was done when that began.
      const called = open.site.instruction.name.includes('call') && this.host === undefined
      if (isTrap(error) && !called) this.breakOff(WORD.trap, error.message)
      else if (called || error === this.ended) this.finish()
      else this.breakOff(WORD.unfinished, '')
    }
    this.flush()
  }

  /** Writes what is new: first the sites and strings that the events refer to. */
  private flush(): void {
    this.chunk(CHUNK.sites, this.newSites)
    this.chunk(CHUNK.strings, this.newStrings)
    this.newSites = []
    this.newStrings = []
    if (this.length === HEAD) return
    const bytes = (this.length - HEAD) * 4
    this.buffer[0] = CHUNK.events
    this.buffer[1] = bytes
    this.length = HEAD
    this.write(new Uint8Array(this.buffer.buffer, 0, 8 + bytes))
  }

  /** JSON, filled up with spaces. */
  private chunk(kind: number, items: readonly unknown[]): void {
    if (items.length === 0) return
    const text = encodeUtf8(JSON.stringify(items))
    const padded = Math.ceil(text.length / 4) * 4
    const bytes = new Uint8Array(8 + padded).fill(0x20)
    new Int32Array(bytes.buffer, 0, 2).set([kind, padded])
    bytes.set(text, 8)
    this.write(bytes)
  }
}

/** Undefined if a value is a reference, or not in the frame. */
function plainWords(places: readonly Place[]): number[] | undefined {
  if (places.some(({ type, at }) => isRef(type) || at === CONST)) return undefined
  return places.flatMap(({ type, at }) => Array.from({ length: wordsOf(type) }, (_, i) => at + i))
}

/** The words of what a constant gives. */
function constantOf({ instruction: { name }, results: [result], immediateLo, immediateHi }: Site): number[] | undefined {
  if (!/^[if](32|64)\.const$/.test(name) || result === undefined) return undefined
  return wordsOf(result.type) === 1 ? [immediateLo] : [immediateLo, immediateHi]
}

/** Results of the callee of a call; it may be a host function, even if that is not known here. */
function hostTypes({ instruction: { name }, shared: { module }, indices }: Site): readonly ValType[] | undefined {
  if (!name.startsWith('call')) return undefined
  const { comp } = module.types[name === 'call' ? module.funcs[indices[0]]! : indices[0]]!
  return comp.kind === 'func' ? comp.results : undefined
}

/** Records calls that begin from now on. */
export const record = (target: Target, options: RecordOptions): Recorder => new Recorder(target, options)
