/**
 * Every error that vitrine throws, in one tree. Each carries where it happened as far as it is known:
 * the byte offset in the .wasm file, the function index and its name from the name section.
 * Bad Wasm never surfaces as a JS TypeError or RangeError.
 */

/** Where in a module an error belongs. All fields are optional: a linking error has no offset. */
export interface ErrorPlace {
  /** Byte offset in the binary (or in the text source, with `line` and `column`). */
  readonly offset?: number
  /** Index in the function index space. */
  readonly funcidx?: number
  /** Name of that function, from the name section or the export that names it. */
  readonly funcName?: string
  /** 1-based line and column, for errors of the text format. */
  readonly line?: number
  readonly column?: number
}

/** What went wrong, as a stable machine-readable word. */
export type ErrorCode =
  | 'malformed'
  | 'invalid'
  | 'unsupported'
  | 'unlinkable'
  | 'limit'
  | 'host'
  | 'trap'
  | 'exhaustion'
  | 'exception'
  | 'exit'
  | 'interrupted'
  | 'internal'
  | 'usage'

const brand = 'vitrine.error'

/** Base of all errors. `code` tells the kind across duplicate copies of the package; so do the predicates below. */
export class VitrineError extends Error {
  override name = 'VitrineError'
  readonly code: ErrorCode
  readonly offset: number | undefined
  readonly funcidx: number | undefined
  readonly funcName: string | undefined
  readonly line: number | undefined
  readonly column: number | undefined
  readonly vitrine: string = brand

  constructor(code: ErrorCode, message: string, place: ErrorPlace = {}, options?: { cause?: unknown }) {
    super(message)
    if (options !== undefined && 'cause' in options) (this as { cause?: unknown }).cause = options.cause
    this.code = code
    this.offset = place.offset
    this.funcidx = place.funcidx
    this.funcName = place.funcName
    this.line = place.line
    this.column = place.column
  }
}

/** The bytes or the text are not a Wasm module (spec: malformed). `message` starts with the test suite's words. */
export class MalformedError extends VitrineError {
  override name = 'MalformedError'
  constructor(message: string, place?: ErrorPlace) {
    super('malformed', message, place)
  }
}

/** The module is well-formed but breaks a validation rule (spec: invalid). */
export class InvalidError extends VitrineError {
  override name = 'InvalidError'
  /**
   * The broken rule in the test suite's words, e.g. `type mismatch: instruction requires [i32] but stack has []`. `message`
   * begins with the part before the colon and goes on with the detail in words of its own.
   */
  readonly rule: string
  /** What is wrong in this case; may be empty. */
  readonly detail: string
  constructor(rule: string, detail: string, place?: ErrorPlace) {
    super('invalid', detail === '' ? rule : `${rule.split(': ')[0]!}: ${detail}`, place)
    this.rule = rule
    this.detail = detail
  }
}

/** Correct Wasm that uses a feature which is switched off or not built yet. */
export class UnsupportedError extends VitrineError {
  override name = 'UnsupportedError'
  /** Name of the feature, as in `src/spec/features.ts`. */
  readonly feature: string
  constructor(feature: string, message: string, place?: ErrorPlace) {
    super('unsupported', message, place)
    this.feature = feature
  }
}

/** An import is missing or does not match (spec: unlinkable). */
export class LinkError extends VitrineError {
  override name = 'LinkError'
  constructor(message: string, place?: ErrorPlace) {
    super('unlinkable', message, place)
  }
}

/** An implementation or embedder limit: module sizes, memory, tables, fuel, time. */
export class LimitError extends VitrineError {
  override name = 'LimitError'
  /** Which limit: `fuel`, `timeout`, `memory`, `table`, ... */
  readonly limit: string
  constructor(limit: string, message: string, place?: ErrorPlace) {
    super('limit', message, place)
    this.limit = limit
  }
}

/** A host function or host object was used wrongly (for example: it returned a promise under a sync call). */
export class HostError extends VitrineError {
  override name = 'HostError'
  constructor(message: string, place?: ErrorPlace, options?: { cause?: unknown }) {
    super('host', message, place, options)
  }
}

/** The guest asked to end the program (WASI proc_exit). Thrown only at the API's edge; Wasm can never catch it. */
export class ExitError extends VitrineError {
  override name = 'ExitError'
  /** The whole exit code, a u32. */
  readonly exitCode: number
  constructor(exitCode: number) {
    super('exit', `the program ended with exit code ${exitCode}`)
    this.exitCode = exitCode
  }
}

/**
 * Adds to an error what is known of its place only further out: the section reader knows the function, `validate` its
 * name. What the error knows already stays. Returns the same error, whatever it is.
 */
export function locate(e: unknown, place: ErrorPlace): unknown {
  if (!(e instanceof VitrineError)) return e
  const known = e as { -readonly [K in keyof ErrorPlace]: ErrorPlace[K] | undefined }
  known.offset ??= place.offset
  known.funcidx ??= place.funcidx
  known.funcName ??= place.funcName
  return e
}

/** One line of a Wasm backtrace, innermost first. */
export interface TraceFrame {
  readonly funcidx: number
  readonly name: string | undefined
  /** Byte offset of the instruction in the .wasm file; undefined for host functions. */
  readonly offset: number | undefined
  /** Name of the module, from its name section. */
  readonly module: string | undefined
}

/** Execution trapped (spec §4.2.2). `message` is the test suite's text. */
export class Trap extends VitrineError {
  override name = 'Trap'
  /** Wasm frames, innermost first. */
  readonly frames: readonly TraceFrame[]
  constructor(message: string, frames: readonly TraceFrame[] = [], code: 'trap' | 'exhaustion' | 'interrupted' = 'trap') {
    super(code, message, frames.length > 0 ? { offset: frames[0]!.offset, funcidx: frames[0]!.funcidx, funcName: frames[0]!.name } : {})
    this.frames = frames
  }
}

/** The call stack is used up: frames or slots (spec: exhaustion). Not catchable by Wasm. */
export class ExhaustionError extends Trap {
  override name = 'ExhaustionError'
  constructor(message: string, frames: readonly TraceFrame[] = []) {
    super(message, frames, 'exhaustion')
  }
}

function has(e: unknown, codes: readonly string[]): boolean {
  return (
    typeof e === 'object' && e !== null && (e as { vitrine?: unknown }).vitrine === brand && codes.includes((e as { code: string }).code)
  )
}

/** Predicates that also work across duplicate copies of the package. */
export const isVitrineError = (e: unknown): e is VitrineError =>
  typeof e === 'object' && e !== null && (e as { vitrine?: unknown }).vitrine === brand
export const isMalformed = (e: unknown): e is MalformedError => has(e, ['malformed'])
export const isInvalid = (e: unknown): e is InvalidError => has(e, ['invalid'])
export const isUnsupported = (e: unknown): e is UnsupportedError => has(e, ['unsupported'])
export const isLinkError = (e: unknown): e is LinkError => has(e, ['unlinkable'])
export const isLimit = (e: unknown): e is LimitError => has(e, ['limit'])
export const isTrap = (e: unknown): e is Trap => has(e, ['trap', 'exhaustion'])
export const isExit = (e: unknown): e is ExitError => has(e, ['exit'])
export const isExhaustion = (e: unknown): e is ExhaustionError => has(e, ['exhaustion'])
