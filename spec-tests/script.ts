/**
 * A WAST script, parsed once and shared by all configurations, with its modules compiled on first use. Text modules take the
 * long way — text → Module → bytes → Module → validated — so that every module of the suite passes through every stage.
 */
import { decodeUtf8Lossy } from '../src/bytes/utf8.ts'
import { decode } from '../src/decoder/decode.ts'
import { CompiledModule } from '../src/embedding/module.ts'
import { encode } from '../src/encoder/encoder.ts'
import type { FeatureSet } from '../src/spec/features.ts'
import { type Command, type ModuleCommand, type ScriptRange, parseModuleCommand, parseScript } from '../src/text/index.ts'
import { validate } from '../src/validator/validate.ts'

/** A module of a script: compiled, or the error and the stage that raised it. */
export type Loaded =
  | { readonly module: CompiledModule }
  | { readonly module: undefined; readonly error: unknown; readonly stage: 'text' | 'encode' | 'decode' | 'validate' }

export class Script {
  /** Path below the suite's root, with forward slashes. */
  readonly name: string
  readonly features: FeatureSet
  readonly source: Uint8Array
  readonly commands: readonly Command[]
  /** Set when the script itself cannot be parsed. */
  readonly error: unknown = undefined
  private readonly modules = new Map<ModuleCommand, Loaded>()

  constructor(name: string, source: Uint8Array, features: FeatureSet) {
    this.name = name
    this.source = source
    this.features = features
    let commands: readonly Command[] = []
    try {
      commands = parseScript(source)
    } catch (error) {
      this.error = error
    }
    this.commands = commands
  }

  /** Compiles a module and keeps it for the next configuration. */
  module(command: ModuleCommand): Loaded {
    const found = this.modules.get(command) ?? this.load(command)
    this.modules.set(command, found)
    return found
  }

  /** Compiles a module without keeping it. */
  load(command: ModuleCommand): Loaded {
    const { features } = this
    let stage: 'text' | 'encode' | 'decode' | 'validate' = 'text'
    try {
      const parsed = parseModuleCommand(command, { features })
      let bytes: Uint8Array
      if ('binary' in parsed) bytes = parsed.binary
      else {
        stage = 'encode'
        bytes = encode(parsed.module)
      }
      stage = 'decode'
      const data = decode(bytes, { features })
      stage = 'validate'
      validate(data, features)
      return { module: new CompiledModule(data) }
    } catch (error) {
      return { module: undefined, error, stage }
    }
  }

  /** The text of a command on one line, shortened. */
  excerpt({ start, end }: ScriptRange, length = 100): string {
    const text = decodeUtf8Lossy(this.source, start, Math.min(end, start + 400)).replace(/\s+/g, ' ')
    return text.length > length ? `${text.slice(0, length)}…` : text
  }
}
