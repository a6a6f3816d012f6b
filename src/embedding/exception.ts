/**
 * Tags and exceptions as JS sees them (spec: JS API, WebAssembly.Tag and WebAssembly.Exception). Exceptions that no Wasm
 * handler takes leave `invoke` as WasmException; one that a host function throws, or lets pass, is a Wasm exception again.
 */
import { type TraceFrame, VitrineError, isVitrineError } from '../errors.ts'
import { resolveTrace } from '../interp/backtrace.ts'
import { bindError } from '../interp/exceptions.ts'
import { Exn, Tag, jsTag } from '../runtime/exception.ts'
import { canonicalFuncType } from '../spec/canonical.ts'
import { type FuncType, type ValType, F32, I32, I64, V128, formatValType, isRef } from '../spec/types.ts'
import { exportReference } from './heap-objects.ts'
import { type I64Form, type Wrap, fromHalves, fromRef, toRaw, valType } from './values.ts'

const tags = new WeakMap<Tag, WasmTag>()

/** A tag: made by the host to be imported, or found among an instance's exports. Two are the same only if they are one object. */
export class WasmTag {
  /** The store's object. */
  readonly tag: Tag

  /** `parameters`: types of the values that its exceptions carry (`i32`, `i64`, `f32`, `f64`, `funcref`, `externref`). `name` is for messages. */
  constructor(init: { readonly parameters: readonly string[]; readonly name?: string } | Tag) {
    if (init instanceof Tag) this.tag = init
    else {
      const type: FuncType = { kind: 'func', params: init.parameters.map(valType), results: [] }
      this.tag = new Tag(type, canonicalFuncType(type), init.name)
    }
    tags.set(this.tag, this)
  }
  static of(tag: Tag): WasmTag {
    return tags.get(tag) ?? new WasmTag(tag)
  }
  /** From the name section, an export or the constructor. */
  get name(): string | undefined {
    return this.tag.name
  }
  get parameters(): readonly string[] {
    return this.tag.type.params.map(formatValType)
  }
}

const floats = new DataView(new ArrayBuffer(8))

/** The values of an exception as JS sees them. */
export function fromBits({ tag, values }: Exn, form: I64Form, wrap: Wrap): unknown[] {
  let next = 0
  const word = (): number => values[next++] as number
  return tag.type.params.map((type) => {
    if (isRef(type)) {
      const ref = values[next++]
      return ref instanceof Exn ? errorOf(ref, form, wrap) : fromRef(ref, type, wrap)
    }
    const lo = word()
    if (type === I32) return lo
    floats.setInt32(0, lo, true)
    if (type === F32) return floats.getFloat32(0, true)
    const hi = word()
    if (type === I64) return fromHalves(lo, hi, form)
    if (type === V128) return [lo, hi, word(), word()]
    floats.setInt32(4, hi, true)
    return floats.getFloat64(0, true)
  })
}

/** A JS value as an exception carries it. */
export function toBits(type: ValType, value: unknown): unknown[] {
  const raw = toRaw(value, type)
  if (isRef(type) || type === I32) return [raw]
  if (type === I64) return raw as unknown[]
  if (type === F32) {
    floats.setFloat32(0, raw as number, true)
    return [floats.getInt32(0, true)]
  }
  floats.setFloat64(0, raw as number, true)
  return [floats.getInt32(0, true), floats.getInt32(4, true)]
}

function makeExn(tag: WasmTag, values: readonly unknown[]): Exn {
  const { params } = tag.tag.type
  if (values.length !== params.length)
    throw new VitrineError('usage', `exceptions of tag ${nameOf(tag.tag)} carry ${params.length} values, not ${values.length}`)
  return new Exn(
    tag.tag,
    params.flatMap((type, i) => toBits(type, values[i])),
  )
}

/** A function that JS gave has been exported before. */
const exported: Wrap = (f) => f.exported

const nameOf = ({ name }: Tag): string => (name === undefined ? '(unnamed tag)' : `$${name}`)
const show = (type: ValType, value: unknown): string => {
  if (!isRef(type)) return `${formatValType(type)} ${Object.is(value, -0) ? '-0' : String(value)}`
  return value === null ? 'null' : formatValType(type)
}

/**
 * A Wasm exception outside Wasm. `message` names its tag and values. A host function may throw one of its own making:
 * Wasm handlers of its tag then take it.
 */
export class WasmException extends VitrineError {
  override name = 'WasmException'
  /** The store's object: the tag and the values as bits. For tools that look inside. */
  readonly exception: Exn
  private readonly form: I64Form
  private readonly wrap: Wrap
  private resolved: readonly TraceFrame[] | undefined = undefined

  /** An exception of `tag` that carries `values` (converted as arguments are). Throws a `usage` error if there are too many or too few. */
  constructor(tag: WasmTag, values?: readonly unknown[])
  /** For the store's objects. */
  constructor(exception: Exn, form: I64Form, wrap: Wrap)
  constructor(of: WasmTag | Exn, with_: readonly unknown[] | I64Form = [], wrap: Wrap = exported) {
    const exn = of instanceof Exn ? of : makeExn(of, with_ as readonly unknown[])
    const form = typeof with_ === 'string' ? with_ : 'bigint'
    const values = fromBits(exn, form, wrap)
    super('exception', `exception ${nameOf(exn.tag)}(${exn.tag.type.params.map((type, i) => show(type, values[i])).join(', ')})`)
    this.exception = exn
    this.form = form
    this.wrap = wrap
    bindError(this, exn)
    // Names and offsets are looked up when somebody asks: most exceptions are caught again.
    const place = (key: keyof TraceFrame): PropertyDescriptor => ({ get: () => this.frames[0]?.[key], configurable: true })
    Object.defineProperties(this, { offset: place('offset'), funcidx: place('funcidx'), funcName: place('name') })
  }

  get tag(): WasmTag {
    return WasmTag.of(this.exception.tag)
  }
  /** What it carries: numbers, i64 as the store has them (bigint or pair), references, a v128 as four int32. */
  get values(): readonly unknown[] {
    return fromBits(this.exception, this.form, this.wrap)
  }
  /** Whether it is an exception of this tag. */
  is(tag: WasmTag): boolean {
    return this.exception.tag === tag.tag
  }
  /** Wasm frames of the throw, innermost first; empty while it has not been thrown by or into Wasm. */
  get frames(): readonly TraceFrame[] {
    const { trace } = this.exception
    return trace === undefined ? [] : (this.resolved ??= resolveTrace(trace))
  }
}

/** Also works across duplicate copies of the package. */
export const isWasmException = (e: unknown): e is WasmException => isVitrineError(e) && e.code === 'exception'

/** What to throw in JS for an exception: the JS value it carries if JS has thrown it, else always the same WasmException. */
function errorOf(exn: Exn, form: I64Form, wrap: Wrap): unknown {
  if (exn.tag === jsTag()) return exportReference(exn.values[0])
  return exn.error ?? new WasmException(exn, form, wrap)
}

/** What leaves an invocation: exceptions of the store become JS errors, everything else is one already. */
export const outward = (error: unknown, form: I64Form, wrap: Wrap): unknown => (error instanceof Exn ? errorOf(error, form, wrap) : error)
