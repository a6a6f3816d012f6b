/** Instructions around an offset, for a client's disassembly view: nothing is decoded but the functions in question. Called by session.ts. */
import { InstructionReader } from '../decoder/instruction-reader.ts'
import { bodyEndingBehind } from '../module/bodies.ts'
import type { Module } from '../module/module.ts'
import { moduleNames } from '../module/names.ts'
import { instructionText } from '../trace/text.ts'
import { RequestError } from './arguments.ts'
import type { ProtocolSource } from './protocol.ts'
import type { Sources } from './sources.ts'

/** Instructions that are given at once at most. */
const MAX_INSTRUCTIONS = 100_000

export interface Disassembled {
  readonly address: string
  readonly instruction: string
  readonly instructionBytes?: string
  readonly symbol?: string
  readonly location?: ProtocolSource
  readonly line?: number
  readonly column?: number
  readonly presentationHint?: 'invalid'
}

export const codeReference = (offset: number): string => `0x${offset.toString(16)}`

/** An offset in the .wasm file by its text. */
export function parseCodeReference(text: string): number {
  if (!/^(0x[\da-f]{1,12}|\d{1,15})$/i.test(text)) throw new RequestError(`'${text}' is no place in code: write an offset such as 0x1f4`)
  return Number(text)
}

/** Offsets of the instructions of one body. */
function offsetsOf({ bytes, start, end }: Module['code'][number]): number[] {
  const r = new InstructionReader(bytes, start, end)
  const offsets: number[] = []
  while (r.next()) offsets.push(r.at)
  return offsets
}

/**
 * `count` instructions from the one at `address` (or around it, or behind it if it is in no function), moved by `shift` instructions.
 * What lies before the first or behind the last function is marked as invalid.
 */
export function disassemble(module: Module, sources: Sources, address: number, shift: number, count: number): Disassembled[] {
  if (count > MAX_INSTRUCTIONS) throw new RequestError(`${count} instructions are too many: at most ${MAX_INSTRUCTIONS}`)
  const { code } = module
  let body = bodyEndingBehind(module, address)
  let offsets = body < code.length ? offsetsOf(code[body]!) : []
  let i = 0
  while (i + 1 < offsets.length && offsets[i + 1]! <= address) i++
  i += shift
  while (i < 0 && body > 0) {
    offsets = offsetsOf(code[--body]!)
    i += offsets.length
  }
  while (i >= offsets.length && body < code.length) {
    i -= offsets.length
    offsets = ++body < code.length ? offsetsOf(code[body]!) : []
  }
  const list: Disassembled[] = []
  const first = code[0]?.start ?? 0
  for (; i < 0 && list.length < count; i++) list.push(invalid(first + i))
  while (list.length < count && body < code.length) {
    if (i >= offsets.length) {
      offsets = ++body < code.length ? offsetsOf(code[body]!) : []
      i = 0
    } else list.push(instructionAt(module, sources, body, offsets[i]!, i++ === 0))
  }
  const end = (code[code.length - 1]?.end ?? 0) + Math.max(0, i)
  for (let n = 0; list.length < count; n++) list.push(invalid(end + n))
  return list
}

const invalid = (address: number): Disassembled => ({
  address: codeReference(Math.max(0, address)),
  instruction: '',
  presentationHint: 'invalid',
})

function instructionAt(module: Module, sources: Sources, body: number, offset: number, isFirst: boolean): Disassembled {
  const funcidx = module.imported.func + body
  const { bytes, end } = module.code[body]!
  const r = new InstructionReader(bytes, offset, end)
  r.next()
  const at = sources.placeOf(offset)
  return {
    address: codeReference(offset),
    instruction: instructionText(r, module, funcidx),
    instructionBytes: [...bytes.subarray(offset, r.pos)].map((byte) => byte.toString(16).padStart(2, '0')).join(' '),
    ...(isFirst ? { symbol: moduleNames(module).funcs.get(funcidx) ?? `function ${funcidx}` } : {}),
    ...(at === undefined ? {} : { location: at.text.source, ...at.place }),
  }
}
