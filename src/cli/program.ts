/**
 * The file on the command line: .wasm or .wat, read, translated if it is text, compiled. Knows how places in it are shown:
 * byte offsets of a .wasm file, line and column of a .wat file. Used by all commands.
 */
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import type { CompiledModule, CompileOptions } from '../embedding/module.ts'
import { decode } from '../decoder/decode.ts'
import { isVitrineError } from '../errors.ts'
import { compileAsync } from '../families/load.ts'
import type { Module } from '../module/module.ts'
import { type Feature, allFeatures } from '../spec/features.ts'
import type { SourceMap } from '../text/index.ts'
import { nearestOf } from '../text/spelling.ts'
import { UsageError } from './args.ts'
import { postponeOptimizing } from './optimizer.ts'

/** The command line takes legacy exceptions as they are: most programs in circulation that use exceptions use those. */
const beyondDefault = { 'legacy-exceptions': true } as const

/** A file that could not be used, and why: the cause, with the file for the message. */
export class FileError extends Error {
  readonly file: SourceFile
  override readonly cause: unknown
  constructor(file: SourceFile, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause))
    this.file = file
    this.cause = cause
  }
}

export class SourceFile {
  readonly path: string
  /** How backtraces call it. */
  readonly name: string
  /** The module in binary form. Set by `read`. */
  bytes: Uint8Array = new Uint8Array(0)
  private map: SourceMap | undefined = undefined
  private content = ''

  private readonly features: CompileOptions['features']
  /** `-` on the command line. */
  private readonly stdin: boolean

  /** `features`: what --features says, see `parseFeatures`. */
  constructor(path: string, features: CompileOptions['features'] = {}) {
    this.features = features
    this.stdin = path === '-'
    this.path = this.stdin ? '<stdin>' : path
    this.name = basename(this.path)
  }

  /**
   * Reads the file; text is parsed, and its identifiers become a name section unless `names` is false. With `text` everything
   * that is no module in binary form is taken for text. Throws FileError.
   */
  read({ names = true, text = false }: { readonly names?: boolean; readonly text?: boolean } = {}): Promise<this> {
    return this.attempt(async () => {
      const content = withoutShebang(withoutMark(readFileSync(this.stdin ? 0 : this.path)))
      postponeOptimizing(content.length)
      if (text ? content[0] !== 0 : isText(this.path, content)) {
        const { watToWasmWithMap } = await import('../text/index.ts')
        const { bytes, map } = watToWasmWithMap(content, { names })
        this.map = map
        this.content = Buffer.from(content).toString('utf8')
        this.bytes = bytes
      } else this.bytes = content
      return this
    })
  }

  /** Whether the file is text. Known once it is read. */
  get text(): boolean {
    return this.map !== undefined
  }

  /** The text, if the file is one, and where its instructions stand. */
  get source(): { readonly text: string; readonly map: SourceMap } | undefined {
    return this.map === undefined ? undefined : { text: this.content, map: this.map }
  }

  /** Decodes and validates. Throws FileError. */
  compile(): Promise<CompiledModule> {
    return this.attempt(() => compileAsync(this.bytes, { features: { ...beyondDefault, ...this.features } }))
  }

  /** Decodes only, whatever features the module uses. Throws FileError. */
  decode(): Module {
    try {
      return decode(this.bytes, { features: allFeatures })
    } catch (error) {
      throw this.because(error)
    }
  }

  private async attempt<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action()
    } catch (error) {
      throw this.because(error)
    }
  }
  /** The error for the message about this file, if the file is why. */
  private because(error: unknown): unknown {
    return isVitrineError(error) || (error as { code?: unknown }).code !== undefined ? new FileError(this, error) : error
  }

  /** The offset of the instruction at a place of a .wat file: the last that begins there or before it in the same line. */
  offsetAt(line: number, column: number): number | undefined {
    let found: number | undefined
    let best = 0
    for (const offset of this.map?.offsetsOn(line) ?? []) {
      const at = this.map!.placeOf(offset)!.column
      if (at > column || at <= best) continue
      best = at
      found = offset
    }
    return found
  }

  /** `12:5` or `0x1f4`: a byte offset of the module as a place in the file. */
  place(offset: number): string {
    const at = this.map?.placeOf(offset)
    return at === undefined ? `0x${offset.toString(16)}` : `${at.line}:${at.column}`
  }
}

/** The value of --features: `threads,-gc` switches threads on and gc off. */
export function parseFeatures(text: string | undefined): CompileOptions['features'] {
  const chosen: Partial<Record<Feature, boolean>> = {}
  for (const word of (text ?? '').split(',')) {
    if (word.trim() === '') continue
    const name = word.trim().replace(/^[+-]/, '') as Feature
    if (!allFeatures.has(name)) {
      const near = nearestOf(name, [...allFeatures])
      const hint = near.length > 0 ? `did you mean ${near.join(', ')}?` : `there are: ${[...allFeatures].join(', ')}`
      throw new UsageError(`there is no feature '${name}'`, hint)
    }
    chosen[name] = !word.trim().startsWith('-')
  }
  return chosen
}

/** `#!/usr/bin/env vitrine` as the first line: cut off before a binary, a comment in text, so that its lines keep their numbers. */
function withoutShebang(content: Buffer): Buffer {
  if (content[0] !== 0x23 || content[1] !== 0x21) return content
  const end = content.indexOf(0x0a)
  if (end >= 0 && content[end + 1] === 0) return content.subarray(end + 1)
  return Buffer.concat([Buffer.from(';;'), content.subarray(2)])
}

/** Some editors put a byte order mark in front of text. In the format itself it has no place. */
const withoutMark = (content: Buffer): Buffer =>
  content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf ? content.subarray(3) : content

/** Text by its name or by how it begins; what is neither is left to the decoder, which says so. */
function isText(path: string, content: Uint8Array): boolean {
  if (content[0] === 0) return false
  if (/\.wa(t|st)$/i.test(path)) return true
  const start = Buffer.from(content.subarray(0, 200)).toString('latin1')
  return !/\.wasm$/i.test(path) && /^\s*(\(|;;)/.test(start)
}

/** What a command is given besides its arguments; it sets `file` once it knows the program, for messages about its errors. */
export interface Session {
  file: SourceFile | undefined
}
