/**
 * What a WAST script consists of (the test suite's language, documented in the reference interpreter's README; no part of
 * the spec proper). `parseScript` makes these, the runner in spec-tests executes them. Values are bits, never JS floats.
 */
import type { HeapType } from '../spec/types.ts'
import type { Bits64 } from './integers.ts'

/** Where a command stands: bytes `[start, end)` of the script, the 1-based line of `start`. */
export interface ScriptRange {
  readonly start: number
  readonly end: number
  readonly line: number
}

/** A value that is passed to an invocation. */
export type ScriptValue =
  | { readonly type: 'i32'; readonly bits: number }
  | { readonly type: 'f32'; readonly bits: number }
  | { readonly type: 'i64'; readonly bits: Bits64 }
  | { readonly type: 'f64'; readonly bits: Bits64 }
  /** Sixteen bytes, lane 0 first. */
  | { readonly type: 'v128'; readonly bytes: Uint8Array }
  | { readonly type: 'ref.null'; readonly heap: HeapType | undefined }
  /** `(ref.extern n)`: external value number n. `(ref.host n)`: the same as an internal (any) reference. */
  | { readonly type: 'ref.extern'; readonly value: number }
  | { readonly type: 'ref.host'; readonly value: number }

/** One lane of an expected vector, or an expected float: bits, or a class of NaNs. */
export type FloatPattern<Bits> = { readonly bits: Bits } | { readonly nan: 'canonical' | 'arithmetic' }

/** What a result must look like. */
export type ResultPattern =
  | { readonly type: 'i32'; readonly bits: number }
  | { readonly type: 'i64'; readonly bits: Bits64 }
  | ({ readonly type: 'f32' } & FloatPattern<number>)
  | ({ readonly type: 'f64' } & FloatPattern<Bits64>)
  | { readonly type: 'v128'; readonly shape: 'i8x16' | 'i16x8' | 'i32x4' | 'i64x2'; readonly bytes: Uint8Array }
  | { readonly type: 'v128'; readonly shape: 'f32x4'; readonly lanes: readonly FloatPattern<number>[] }
  | { readonly type: 'v128'; readonly shape: 'f64x2'; readonly lanes: readonly FloatPattern<Bits64>[] }
  /** A null reference; of this heap type's hierarchy if one is given. */
  | { readonly type: 'ref.null'; readonly heap: HeapType | undefined }
  | { readonly type: 'ref.extern'; readonly value: number }
  | { readonly type: 'ref.host'; readonly value: number }
  /** Any non-null reference that matches `(ref kind)`: `(ref.func)`, `(ref.i31)`, `(ref.struct)`, `(ref.extern)`, … */
  | { readonly type: 'ref'; readonly heap: HeapType }
  /** Any of these. */
  | { readonly type: 'either'; readonly options: readonly ResultPattern[] }

/** An action is executed on the module `module` (an identifier without `$`), by default the latest instance. */
export type Action =
  | ({
      readonly kind: 'invoke'
      readonly module: string | undefined
      readonly name: string
      readonly args: readonly ScriptValue[]
    } & ScriptRange)
  | ({ readonly kind: 'get'; readonly module: string | undefined; readonly name: string } & ScriptRange)

/**
 * A module in one of its forms. It is not parsed yet: `parseModuleCommand` does that, so that a bad module fails alone.
 * text: the module lies in `[start, end)` of `source`, the whole script as a string of bytes (one char per byte). binary: `bytes` is the file. quote: `bytes` is source text.
 */
export type ModuleCommand = {
  readonly kind: 'module'
  readonly id: string | undefined
  /** `(module definition …)`: compiled, not instantiated. */
  readonly definition: boolean
} & ScriptRange &
  ({ readonly form: 'text'; readonly source: string } | { readonly form: 'binary' | 'quote'; readonly bytes: Uint8Array })

/** What can be asserted of a module. The assertions that name an execution accept an action as well. */
export type ModuleAssertion =
  | 'assert_malformed'
  | 'assert_invalid'
  | 'assert_unlinkable'
  | 'assert_malformed_custom'
  | 'assert_invalid_custom'

export type Command =
  | ModuleCommand
  /** `(module instance $id $of)`: instantiates the definition `of`, by default the latest. */
  | ({ readonly kind: 'instance'; readonly id: string | undefined; readonly of: string | undefined } & ScriptRange)
  | ({ readonly kind: 'register'; readonly name: string; readonly module: string | undefined } & ScriptRange)
  | ({ readonly kind: 'action'; readonly action: Action } & ScriptRange)
  | ({ readonly kind: 'assert_return'; readonly action: Action; readonly results: readonly ResultPattern[] } & ScriptRange)
  | ({ readonly kind: 'assert_exception'; readonly action: Action } & ScriptRange)
  /** Exactly one of `action` and `module` is there: a module that traps while it is instantiated. */
  | ({
      readonly kind: 'assert_trap'
      readonly action: Action | undefined
      readonly module: ModuleCommand | undefined
      readonly message: string
    } & ScriptRange)
  | ({ readonly kind: 'assert_exhaustion' | 'assert_suspension'; readonly action: Action; readonly message: string } & ScriptRange)
  | ({ readonly kind: ModuleAssertion; readonly module: ModuleCommand; readonly message: string } & ScriptRange)
  /** Threads proposal: commands that run beside the script; `shared` are modules of the script they may use. */
  | ({
      readonly kind: 'thread'
      readonly id: string | undefined
      readonly shared: readonly string[]
      readonly commands: readonly Command[]
    } & ScriptRange)
  | ({ readonly kind: 'wait'; readonly thread: string | undefined } & ScriptRange)

export type { Bits64, HeapType }
