/**
 * What the terminal debugger shows: the code around a stop, operands, locals, the call stack, memory. Values that changed since
 * the stop before are marked, in colour where there is one. Called by commands.ts.
 */
import { InstructionReader } from '../../decoder/instruction-reader.ts'
import type { Debugger, Frame, Stop, Variable } from '../../debug/index.ts'
import { moduleNames } from '../../module/names.ts'
import { instructionText } from '../../trace/text.ts'

/** Text in colour, or as it is. */
export interface Style {
  strong(text: string): string
  dim(text: string): string
  changed(text: string): string
  error(text: string): string
}
const plain = (text: string): string => text
const code =
  (n: string) =>
  (text: string): string =>
    `\x1b[${n}m${text}\x1b[0m`
export const noColour: Style = { strong: plain, dim: plain, changed: plain, error: plain }
export const colours: Style = { strong: code('1'), dim: code('2'), changed: code('33'), error: code('31') }

/** Instructions shown before and after the one in question. */
const AROUND = 3
/** Callers shown below the top frame. */
const CALLERS = 4

interface Snapshot {
  readonly at: string
  readonly values: ReadonlyMap<string, string>
  readonly memory: ReadonlyMap<string, Uint8Array>
}

export class Screen {
  readonly style: Style
  private readonly place: (offset: number) => string
  private before: Snapshot | undefined = undefined
  private now: Snapshot | undefined = undefined
  private readonly shown = new Map<string, Uint8Array>()

  constructor(style: Style, place: (offset: number) => string) {
    this.style = style
    this.place = place
  }

  /** A new stop: what was shown so far is what came before. */
  arrive(frame: Frame | undefined): void {
    this.before = this.now
    const values = new Map<string, string>()
    for (const variable of frame?.locals ?? []) values.set(`local ${variable.index}`, variable.text)
    this.now = { at: frame === undefined ? '' : `${frame.funcidx} ${frame.depth}`, values, memory: new Map(this.shown) }
  }

  title(stop: Stop): string {
    const { reason, message, frame, tick } = stop
    const what = message === reason ? reason : message.startsWith(reason) ? message : `${reason}: ${message}`
    if (frame === undefined) return this.style.strong(what)
    return `${this.style.strong(`${what} in ${nameOf(frame)}`)} ${this.style.dim(`(thread ${stop.thread}, tick ${tick}, depth ${frame.depth})`)}`
  }

  /** The whole screen of a stop. */
  stop(stop: Stop, frame: Frame): string[] {
    const lines = [this.title(stop), ...this.code(frame, AROUND), ...this.values(frame)]
    const callers = stop.frames.slice(1, 1 + CALLERS).map((caller) => `${nameOf(caller)} ${this.place(caller.offset)}`)
    if (callers.length > 0)
      lines.push(`${this.style.dim('  callers')}  ${callers.join(', ')}${stop.frames.length > 1 + CALLERS ? ', …' : ''}`)
    return lines
  }

  /** The instructions around the one that comes next. */
  code(frame: Frame, around: number): string[] {
    const { module, funcidx, offset } = frame
    const body = module.code[funcidx - module.imported.func]!
    const r = new InstructionReader(body.bytes, body.start, body.end)
    const lines: { readonly at: number; readonly text: string }[] = []
    let steps = 0
    let after = -1
    while (after < around && r.next()) {
      const { opcode } = r.instruction
      // else, end and the like stand one step further out.
      if (opcode === 0x0b || opcode === 0x05 || opcode === 0x07 || opcode === 0x19 || opcode === 0x18) steps--
      lines.push({ at: r.at, text: `${'  '.repeat(Math.min(Math.max(steps, 0), 20))}${instructionText(r, module, funcidx)}` })
      if ((opcode >= 0x02 && opcode <= 0x06) || opcode === 0x1f || opcode === 0x07 || opcode === 0x19) steps++
      if (after < 0 && lines.length > around + 1 && r.at < offset) lines.shift()
      if (r.at >= offset) after++
    }
    const current = lines.findIndex(({ at }) => at >= offset)
    return lines.slice(Math.max(0, current - around)).map(({ at, text }) => {
      const line = `${this.place(at).padStart(8)}  ${text}`
      if (at !== offset) return `   ${line}`
      const operands = [...frame.stack].map((v) => v.text).join(' ')
      return `${this.style.strong(` > ${line}`)}${operands === '' ? '' : `${' '.repeat(Math.max(2, 44 - line.length))}${this.style.dim('stack')} ${operands}`}`
    })
  }

  private values(frame: Frame): string[] {
    const locals = [...frame.locals]
    if (locals.length === 0) return []
    const same = this.before?.at === `${frame.funcidx} ${frame.depth}`
    const parts = locals.slice(0, 24).map((variable) => {
      const old = same ? this.before!.values.get(`local ${variable.index}`) : undefined
      const text = `${labelOf(variable)}=${variable.text}`
      return old === undefined || old === variable.text ? text : this.style.changed(`${text} (was ${old})`)
    })
    if (locals.length > 24) parts.push(`… (${locals.length} in all)`)
    return [`${this.style.dim('  locals')}   ${parts.join('  ')}`]
  }

  variables(list: readonly Variable[], kind: string): string[] {
    if (list.length === 0) return [`no ${kind}`]
    return list.map((variable) => `  ${labelOf(variable).padEnd(16)} ${variable.type.padEnd(8)} ${variable.text}`)
  }

  /** The operand stack, the top first, as expressions call them. */
  operands(frame: Frame): string[] {
    const stack = [...frame.stack].reverse()
    if (stack.length === 0) return ['no operands']
    return stack.map(({ type, text }, i) => `  ${`stack[${i}]`.padEnd(16)} ${type.padEnd(8)} ${text}`)
  }

  backtrace(frames: readonly Frame[], selected: number): string[] {
    const LIMIT = 50
    const lines = frames.slice(0, LIMIT).map((frame, i) => {
      const args = [...frame.locals].slice(0, paramsOf(frame)).map((v) => `${labelOf(v)}=${v.text}`)
      return `${i === selected ? '>' : ' '}#${String(i).padEnd(3)} ${nameOf(frame)}(${args.join(', ')}) at ${this.place(frame.offset)}`
    })
    if (frames.length > LIMIT) lines.push(`  … ${frames.length - LIMIT} more`)
    return lines
  }

  /** Bytes as hexadecimal and text; those that changed since they were shown last are marked with `*`. */
  memory(dbg: Debugger, addr: number, size: number, memidx: number): string[] {
    const bytes = dbg.readMemory(addr, size, memidx)
    const lines: string[] = []
    for (let at = 0; at < bytes.length; at += 16) {
      const row = bytes.subarray(at, at + 16)
      const key = `${memidx} ${addr + at} ${row.length}`
      const old = this.shown.get(key)
      const hex = [...row].map((byte, i) => {
        const text = byte.toString(16).padStart(2, '0')
        return old !== undefined && old[i] !== byte ? this.style.changed(`${text}*`) : `${text} `
      })
      const text = [...row].map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('')
      lines.push(`  ${(addr + at).toString(16).padStart(8, '0')}  ${hex.join('')}${'   '.repeat(16 - row.length)} ${text}`)
      this.shown.set(key, row.slice())
    }
    return lines.length === 0 ? [`memory ${memidx} has no byte at 0x${addr.toString(16)}`] : lines
  }
}

export const nameOf = ({ func, funcidx }: Frame): string => func ?? `function ${funcidx}`
const labelOf = ({ name, index }: Variable): string => name ?? `$${index}`

function paramsOf({ module, funcidx }: Frame): number {
  const { comp } = module.types[module.funcs[funcidx]!]!
  return comp.kind === 'func' ? comp.params.length : 0
}

/** Names of functions that match, for lists. */
export function functionList(frame: Frame | undefined, dbg: Debugger, pattern: RegExp): string[] {
  const module = frame?.module ?? dbg.instance.module
  const { funcs } = moduleNames(module)
  return [...funcs]
    .filter(([, name]) => pattern.test(name))
    .map(([index, name]) => `  ${String(index).padStart(5)}  ${name}${index < module.imported.func ? '  (import)' : ''}`)
}
