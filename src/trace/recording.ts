/** Reads recordings (docs/trace-format.md) back into events. Used by `vitrine trace` and users of `vitrine/trace`. */
import { decodeUtf8Lossy } from '../bytes/utf8.ts'
import { MalformedError } from '../errors.ts'
import { F32, F64, I32, I64, type ValType } from '../spec/types.ts'
import { CHUNK, MAGIC, type SiteRecord, VERSION, WORD } from './recorder.ts'
import type { TracedValue } from './state.ts'
import type { TraceEvent } from './tracer.ts'
import { formatBits, formatV128 } from './values.ts'

/** One executed instruction. */
export interface RecordedEvent extends TraceEvent {
  /** 0, 1, …: threads in the order in which they appeared. */
  readonly thread: number
}

type Draft = { -readonly [K in keyof RecordedEvent]: RecordedEvent[K] }

const numeric: Readonly<Record<string, ValType>> = { i32: I32, i64: I64, f32: F32, f64: F64 }

/** Takes a recording piece by piece, as it was written, and gives out its events. */
export class RecordingReader {
  private readonly onEvent: (event: RecordedEvent) => void
  private readonly sites: SiteRecord[] = []
  private readonly strings: string[] = []
  private pending: Uint8Array = new Uint8Array(0)
  private begun = false
  /** Bytes before `pending`, for messages. */
  private offset = 0
  private words: Int32Array = new Int32Array(0)
  private at = 0
  private thread = 0
  private depth = 0
  private tick = 0
  /** The next instruction comes right after a word that says where it stands. */
  private synced = false
  /** The event that is not yet given out: its results may still come. */
  private open: Draft | undefined = undefined
  private openSite: SiteRecord | undefined = undefined

  constructor(onEvent: (event: RecordedEvent) => void) {
    this.onEvent = onEvent
  }

  /** More bytes of the file. Throws MalformedError. */
  push(bytes: Uint8Array): void {
    const all = new Uint8Array(this.pending.length + bytes.length)
    all.set(this.pending)
    all.set(bytes, this.pending.length)
    const view = new DataView(all.buffer)
    let at = 0
    if (!this.begun && all.length >= 8) {
      if (view.getInt32(0, true) !== MAGIC)
        throw new MalformedError('this is not a recording of vitrine: it does not begin with "vtrc"', { offset: 0 })
      const version = view.getInt32(4, true)
      if (version !== VERSION)
        throw new MalformedError(`the recording has version ${version}; this is a reader of version ${VERSION}`, { offset: 4 })
      this.begun = true
      at = 8
    }
    while (this.begun && all.length - at >= 8) {
      const length = view.getInt32(at + 4, true)
      if (length < 0 || length % 4 !== 0)
        throw new MalformedError(`a chunk of a recording cannot have ${length} bytes`, { offset: this.offset + at + 4 })
      if (all.length - at - 8 < length) break
      this.chunk(view.getInt32(at, true), all.subarray(at + 8, at + 8 + length), this.offset + at)
      at += 8 + length
    }
    this.offset += at
    this.pending = all.slice(at)
  }

  /** The file has ended. Throws MalformedError when it was cut off. */
  end(): void {
    if (!this.begun || this.pending.length > 0)
      throw new MalformedError('the recording is cut off', { offset: this.offset + this.pending.length })
    this.give()
  }

  private chunk(kind: number, bytes: Uint8Array, offset: number): void {
    if (kind === CHUNK.events) {
      this.words = new Int32Array(bytes.slice().buffer)
      this.at = 0
      while (this.at < this.words.length) this.event()
      return
    }
    if (kind !== CHUNK.sites && kind !== CHUNK.strings) throw new MalformedError(`a recording has no chunks of kind ${kind}`, { offset })
    let items: unknown
    try {
      items = JSON.parse(decodeUtf8Lossy(bytes))
    } catch {
      items = undefined
    }
    if (!Array.isArray(items)) throw new MalformedError('a chunk of sites or strings of the recording is not a JSON array', { offset })
    if (kind === CHUNK.sites) for (const item of items) this.sites.push(this.site(item))
    else for (const item of items) this.strings.push(String(item))
  }

  private site(item: unknown): SiteRecord {
    const site = Object(item) as Partial<SiteRecord>
    const areTexts = (list: unknown): boolean => Array.isArray(list) && list.every((text) => typeof text === 'string')
    const { operands, results, constant, host = [], passes } = site
    const isWhole = areTexts(operands) && areTexts(results) && areTexts(host)
    const gives = isWhole && (passes !== true || operands!.length > 0) && (constant === undefined || isConstant(results![0], constant))
    if (!gives) throw this.broken(`site ${this.sites.length} is none`)
    return site as SiteRecord
  }

  private word(): number {
    if (this.at >= this.words.length) throw this.broken('it ends in the middle of an instruction')
    return this.words[this.at++]!
  }
  private broken(why: string): MalformedError {
    return new MalformedError(`the recording is broken: ${why}`, { offset: this.offset })
  }

  private event(): void {
    this.finish()
    if (this.at >= this.words.length) return
    const word = this.word()
    switch (word) {
      case WORD.sync:
        this.thread = this.word()
        this.tick = (this.word() >>> 0) + this.word() * 2 ** 32
        this.depth = this.word()
        this.synced = true
        return
      case WORD.called:
      case WORD.back:
        this.depth += word === WORD.called ? 1 : -1
        this.synced = true
        return
      case WORD.trap:
        this.opened().trap = this.text(this.word())
        this.opened().results = undefined
        return
      case WORD.exception:
        this.opened().exception = this.text(this.word())
        this.opened().results = undefined
        return
      case WORD.unfinished:
        this.word()
        this.opened().results = undefined
        return
      case WORD.host:
        this.opened().results = undefined
        return
      case WORD.returned:
        this.opened().results = this.values(this.openSite!.host ?? [])
        return
      default:
        if (word < 0) throw this.broken(`there is no word ${word}`)
        this.begin(word)
    }
  }

  private begin(word: number): void {
    const given = this.synced ? undefined : this.open?.results?.at(-1)
    this.synced = false
    this.give()
    const site = this.sites[word >>> 1]
    if (site === undefined) throw this.broken(`there is no site ${word >>> 1}`)
    this.tick += word & 1
    const operands = this.operands(site, given)
    const results = resultsWithout(site, operands)
    this.open = {
      thread: this.thread,
      funcidx: site.func,
      name: site.name,
      offset: site.offset,
      text: site.text,
      tick: this.tick,
      depth: this.depth,
      operands,
      results,
      trap: undefined,
      exception: undefined,
    }
    this.openSite = site
    this.waiting = results === undefined
  }
  /** The results of the open instruction come next. */
  private waiting = false
  private finish(): void {
    if (!this.waiting || this.at >= this.words.length) return
    this.waiting = false
    this.open!.results = this.values(this.openSite!.results)
  }

  private opened(): Draft {
    if (this.open === undefined) throw this.broken('it says how an instruction ended that did not begin')
    return this.open
  }
  private give(): void {
    const { open } = this
    this.open = undefined
    if (open === undefined) return
    this.waiting = false
    this.onEvent(open)
  }

  /** `given`: what the instruction before has given, if nothing stands between. */
  private operands({ operands, follows }: SiteRecord, given: TracedValue | undefined): TracedValue[] {
    return follows === true && given !== undefined ? [...this.values(operands.slice(0, -1)), given] : this.values(operands)
  }
  private values(types: readonly string[]): TracedValue[] {
    return types.map((type) => ({ type, value: this.value(type) }))
  }
  private value(type: string): string {
    const number = numeric[type]
    if (number !== undefined) {
      const lo = this.word()
      return formatBits(number, lo, number === I64 || number === F64 ? this.word() : 0)
    }
    if (type === 'v128') return formatV128([this.word(), this.word(), this.word(), this.word()])
    return this.text(this.word())
  }
  private text(number: number): string {
    const text = this.strings[number]
    if (text === undefined) throw this.broken(`there is no string ${number}`)
    return text
  }
}

/** What an instruction gives whose results do not stand in the recording; undefined if they do. */
function resultsWithout({ results, passes, constant }: SiteRecord, operands: readonly TracedValue[]): TracedValue[] | undefined {
  if (passes === true) return operands.slice(-1)
  const [type] = results
  if (type === undefined) return []
  return constant && [{ type, value: formatBits(numeric[type]!, constant[0] ?? 0, constant[1] ?? 0) }]
}

/** Whether these can be the words of a constant of that type. */
const isConstant = (type: string | undefined, words: unknown): boolean =>
  type !== undefined && type in numeric && Array.isArray(words) && words.every((word) => typeof word === 'number')

/** The events of a whole recording. */
export function readRecording(bytes: Uint8Array): RecordedEvent[] {
  const events: RecordedEvent[] = []
  const reader = new RecordingReader((event) => events.push(event))
  reader.push(bytes)
  reader.end()
  return events
}
