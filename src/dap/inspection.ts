/**
 * What a client asks about a program that stands still: threads, frames, variables, values of expressions. One for each stop: the
 * numbers of frames and variables are those of the stop. Called by session.ts.
 */
import { addressOf, assign, callArguments, findNamed, namesAt, variableNamed } from '../debug/assign.ts'
import type { Debugger, Frame, Stop, Watched } from '../debug/index.ts'
import { InstructionReader } from '../decoder/instruction-reader.ts'
import { moduleNames } from '../module/names.ts'
import { instructions } from '../spec/instructions.ts'
import { meaningOf } from '../spec/meanings/index.ts'
import { instructionText } from '../trace/text.ts'
import { type Arguments, RequestError } from './arguments.ts'
import { type Counting } from './breakpoints.ts'
import { codeReference } from './disassembly.ts'
import { memoryReference } from './memory.ts'
import type { ProtocolVariable } from './protocol.ts'
import type { Sources } from './sources.ts'
import { Handles, type Item, Tree, itemNamed } from './variables.ts'

/** Children that are given at once when the client does not say how many. */
const MAX_CHILDREN = 100_000
/** Bytes that a data breakpoint on an address is for, if the client does not say. */
const DEFAULT_BYTES = 4
const MAX_COMPLETIONS = 200

const nameOf = ({ func, funcidx }: Frame): string => func ?? `function ${funcidx}`

/** What a change has changed: for the events that tell the client. */
export interface Change {
  readonly memory?: { readonly memidx: number; readonly addr: number; readonly size: number } | undefined
}

export class Inspection {
  private readonly dbg: Debugger
  private readonly sources: Sources
  private readonly counting: Counting
  private readonly handles = new Handles()
  private readonly frames: Frame[] = []
  private readonly byThread = new Map<number, { readonly frames: readonly Frame[]; readonly first: number }>()

  constructor(dbg: Debugger, sources: Sources, counting: Counting) {
    this.dbg = dbg
    this.sources = sources
    this.counting = counting
  }

  // ---- frames -------------------------------------------------------------------------------------------------------

  private framesOf(threadId: number): { readonly frames: readonly Frame[]; readonly first: number } {
    const known = this.byThread.get(threadId)
    if (known !== undefined) return known
    const { stop } = this.dbg
    const frames = stop?.thread === threadId ? stop.frames : this.dbg.threads.find(({ id }) => id === threadId)?.frames
    if (frames === undefined) throw new RequestError(`there is no thread ${threadId}`)
    const made = { frames, first: this.frames.length + 1 }
    for (const frame of frames) this.frames.push(frame)
    this.byThread.set(threadId, made)
    return made
  }

  frame(id: number): Frame {
    const frame = this.frames[id - 1]
    if (frame === undefined) throw new RequestError(`there is no frame ${id} at this stop`)
    return frame
  }
  /** The frame that a request names; else the top one of the current thread, if there is one. */
  private frameFor(args: Arguments): Frame | undefined {
    const id = args.maybeInteger('frameId')
    return id === undefined || id === 0 ? this.dbg.stop?.frame : this.frame(id)
  }

  stackTrace(args: Arguments): object {
    const { frames, first } = this.framesOf(args.integer('threadId'))
    const start = args.maybeCount('startFrame') ?? 0
    const levels = args.maybeCount('levels') ?? 0
    const shown = frames.slice(start, levels === 0 ? undefined : start + levels)
    const isHex = args.inside('format')?.flag('hex') ?? false
    const withParameters = args.inside('format')?.flag('parameters') ?? false
    return {
      stackFrames: shown.map((frame, i) => this.describe(frame, first + start + i, withParameters, isHex)),
      totalFrames: frames.length,
    }
  }

  private describe(frame: Frame, id: number, withParameters: boolean, isHex: boolean): object {
    const isOwn = frame.module === this.dbg.instance.module
    const at = isOwn ? this.sources.placeOf(frame.offset) : undefined
    const tree = new Tree(this.dbg, frame, isHex)
    const { comp } = frame.module.types[frame.module.funcs[frame.funcidx]!]!
    const params = withParameters && comp.kind === 'func' ? [...frame.locals].slice(0, comp.params.length) : []
    const list = params.map((variable) => tree.local(variable)).map(({ name, value }) => `${name}=${value}`)
    return {
      id,
      name: withParameters ? `${nameOf(frame)}(${list.join(', ')})` : nameOf(frame),
      line: at === undefined ? 0 : at.place.line - 1 + this.counting.lines,
      column: at === undefined ? 0 : at.place.column - 1 + this.counting.columns,
      ...(at === undefined ? { presentationHint: 'subtle' } : { source: at.text.source }),
      ...(isOwn ? { instructionPointerReference: codeReference(frame.offset), moduleId: 1 } : {}),
    }
  }

  /** The calls from the current instruction to the end of its line. */
  stepInTargets(frame: Frame): { id: number; label: string; line: number; column: number }[] {
    const here = this.sources.placeOf(frame.offset)
    if (here === undefined) return []
    const { module, funcidx } = frame
    return here.text
      .offsetsOn(here.place.line)
      .filter((offset) => offset >= frame.offset)
      .sort((a, b) => a - b)
      .flatMap((offset) => {
        const r = new InstructionReader(module.bytes, offset, module.bytes.length)
        r.next()
        if (!r.instruction.name.includes('call')) return []
        const { line, column } = here.text.placeOf(offset)!
        return [
          {
            id: offset,
            label: instructionText(r, module, funcidx),
            line: line - 1 + this.counting.lines,
            column: column - 1 + this.counting.columns,
          },
        ]
      })
  }

  /** About the trap or exception at which the program has stopped. */
  exceptionInfo(stop: Stop | undefined): object {
    if (stop?.reason !== 'trap' && stop?.reason !== 'throw') throw new RequestError('no exception has stopped the program')
    const { reason, message, breakpoint } = stop
    const isUncaught = breakpoint !== undefined && 'place' in breakpoint && 'uncaught' in breakpoint.place
    return {
      exceptionId: reason === 'trap' ? 'trap' : message,
      description: message,
      breakMode: reason === 'throw' && isUncaught ? 'unhandled' : 'always',
      details: {
        message,
        typeName: reason === 'trap' ? 'trap' : 'exception',
        stackTrace: (this.dbg.stop?.frames ?? [])
          .slice(0, 50)
          .map((frame) => `  at ${nameOf(frame)} (0x${frame.offset.toString(16)})`)
          .join('\n'),
      },
    }
  }

  // ---- variables ----------------------------------------------------------------------------------------------------

  scopes(frame: Frame): object {
    const tree = new Tree(this.dbg, frame, false)
    return {
      scopes: tree.scopes().map(({ name, hint, node }) => ({
        name,
        ...(hint === undefined ? {} : { presentationHint: hint }),
        expensive: false,
        ...(node.count === 0 ? { variablesReference: this.handles.add(node), namedVariables: 0 } : this.handles.announce(node)),
      })),
    }
  }

  variables(args: Arguments): { variables: ProtocolVariable[] } {
    const node = this.handles.get(args.integer('variablesReference'))
    const filter = args.maybeString('filter')
    if (filter !== undefined && (filter === 'indexed') !== node.isIndexed) return { variables: [] }
    const start = args.maybeCount('start') ?? 0
    const count = args.maybeCount('count') ?? 0
    const isHex = args.inside('format')?.flag('hex') ?? false
    const items = node.list(start, count === 0 ? MAX_CHILDREN : Math.min(count, MAX_CHILDREN))
    return { variables: items.map((item) => this.handles.describe(isHex ? hexed(item) : item)) }
  }

  setVariable(args: Arguments): object {
    const item = itemNamed(this.handles.get(args.integer('variablesReference')), args.string('name'))
    if (item.set === undefined || !item.canSet) throw new RequestError(`${item.name} cannot be changed`)
    return this.result('value', item.set(args.string('value')))
  }

  setExpression(args: Arguments): { readonly body: object; readonly change: Change } {
    return this.assigned('value', this.frameFor(args), args.string('expression').trim(), args.string('value'))
  }

  private assigned(
    field: 'value' | 'result',
    frame: Frame | undefined,
    target: string,
    value: string,
  ): { readonly body: object; readonly change: Change } {
    const { text, variable, memory } = assign(this.dbg, frame, target, value)
    const body =
      variable === undefined
        ? { [field]: text, variablesReference: 0 }
        : this.result(field, new Tree(this.dbg, frame, false).item(target, variable, target))
    return { body, change: { memory } }
  }

  private result(field: 'value' | 'result', item: Item): object {
    // What a variable has and a result has not.
    const { value, name: _, evaluateName: __, presentationHint: ___, ...rest } = this.handles.describe(item)
    return { [field]: value, ...rest }
  }

  // ---- expressions --------------------------------------------------------------------------------------------------

  /** `call NAME(…)` of the console. */
  private async call(frame: Frame | undefined, text: string, signal: AbortSignal): Promise<object> {
    const [, name, list] = /^call\s+("[^"]*"|[^\s(]+)\s*(?:\((.*)\))?$/s.exec(text) ?? []
    if (name === undefined) throw new RequestError('write call NAME(EXPRESSION, …)')
    const bare = name.replace(/^"(.*)"$/s, '$1')
    const result = await this.dbg.callLater(bare, callArguments(this.dbg, frame, bare, list ?? ''), signal)
    const values = Array.isArray(result) ? (result as unknown[]) : result === undefined ? [] : [result]
    return { result: values.length === 0 ? 'returned' : values.map((value) => showJs(value)).join(' '), variablesReference: 0 }
  }

  /** Evaluates an expression; in the console also assignments and calls. `changed` is told of what was changed. */
  evaluate(args: Arguments, signal: AbortSignal, changed: (change: Change) => void): object | Promise<object> {
    const frame = this.frameFor(args)
    const text = args.string('expression').trim()
    const context = args.maybeString('context')
    if (text === '') throw new RequestError('there is no expression')
    if (context === 'repl') {
      if (text === 'help') return { result: HELP, variablesReference: 0 }
      if (/^call\s/.test(text)) return this.call(frame, text, signal).finally(() => changed({}))
      const assignment = /^(?:set\s+)?((?:global\s+)?\$?[\w.]+(?:\[[^\]]*\])?|\$"(?:[^"\\]|\\.)*")\s*=(?!=)\s*(.+)$/s.exec(text)
      if (assignment !== null) {
        const { body, change } = this.assigned('result', frame, assignment[1]!, assignment[2]!)
        changed(change)
        return body
      }
    }
    const tree = new Tree(this.dbg, frame, args.inside('format')?.flag('hex') ?? false)
    const variable = variableNamed(this.dbg, frame, text)
    if (variable !== undefined) return this.result('result', tree.item(text, variable, text))
    try {
      const { type, value, text: shown } = this.dbg.evaluate(text, frame)
      return this.result('result', { name: text, canSet: true, ...tree.number(type, value, shown) })
    } catch (error) {
      // The word under the pointer may be an instruction.
      const row = context === 'hover' ? instructions.find(({ name }) => name === text) : undefined
      if (row === undefined) throw error
      const { type, text: meaning } = meaningOf(row)
      return { result: `${row.name} ${type}: ${meaning}`, variablesReference: 0 }
    }
  }

  completions(args: Arguments): object {
    const frame = this.frameFor(args)
    const text = args.string('text')
    const column = Math.min(text.length, Math.max(0, args.integer('column') - this.counting.columns))
    const [word] = /[$\w.:]*$/.exec(text.slice(0, column))!
    const bare = word.replace(/^\$/, '')
    const { exports } = this.dbg.instance.module
    const callable = exports.flatMap(({ kind, name }) => (kind === 'func' ? [name] : []))
    const words = ['stack[0]', 'global[0]', ...loads, 'tick', 'depth', 'call', 'help']
    const candidates = /^\s*call\s+\S*$/.test(text.slice(0, column)) ? callable : [...namesAt(this.dbg, frame), ...words]
    const found = [...new Set(candidates)].filter((name) => name.startsWith(bare)).slice(0, MAX_COMPLETIONS)
    const start = column - word.length + this.counting.columns
    return { targets: found.map((label) => ({ label, text: label, start, length: word.length })) }
  }

  // ---- data breakpoints -----------------------------------------------------------------------------------------------

  dataBreakpointInfo(args: Arguments, dataId: (watched: Watched) => string): object {
    const reference = args.maybeInteger('variablesReference')
    const name = args.string('name')
    const bytes = args.maybeCount('bytes')
    const found =
      args.flag('asAddress') || reference === undefined || reference === 0
        ? this.watchedFor(this.frameFor(args), name, bytes, args.flag('asAddress'))
        : itemNamed(this.handles.get(reference), name).watched
    if (found === undefined) return { dataId: null, description: `${name} cannot be watched` }
    const isMemory = 'memory' in found
    return {
      dataId: dataId(found),
      description: this.inWords(found, name),
      accessTypes: isMemory ? ['read', 'write', 'readWrite'] : ['write'],
      // An object is known to this session only.
      canPersist: !('object' in found),
    }
  }

  private watchedFor(frame: Frame | undefined, name: string, bytes: number | undefined, isAddress: boolean): Watched | undefined {
    if (!isAddress) {
      const load = /^[iuf](8|16|32|64)\[(.*?)(?:,\s*(\d+)\s*)?\]$/s.exec(name.trim())
      if (load !== null)
        return { memory: Number(load[3] ?? 0), addr: addressOf(this.dbg, frame, load[2]!), size: bytes ?? Number(load[1]) / 8 }
      const found = findNamed(this.dbg, frame, name.trim())
      if (found === undefined || found.kind === 'operand') return undefined
      const { name: own, index } = found.variable
      if (found.kind === 'element') return { table: found.table!, index }
      return found.kind === 'local' ? { local: own ?? index, func: frame!.funcidx } : { global: own ?? index }
    }
    return { memory: 0, addr: addressOf(this.dbg, frame, name.trim()), size: Math.max(1, bytes ?? DEFAULT_BYTES) }
  }

  private inWords(watched: Watched, name: string): string {
    if ('memory' in watched) return `${watched.size} bytes at ${memoryReference(watched.addr, watched.memory)}`
    if ('local' in watched)
      return `local ${name} of ${moduleNames(this.dbg.instance.module).funcs.get(Number(watched.func)) ?? `function ${watched.func}`}`
    if ('global' in watched) return `global ${name}`
    return 'table' in watched ? `table ${watched.table}[${watched.index}]` : `the object with ${name}`
  }
}

const loads = ['i8[', 'u8[', 'i16[', 'u16[', 'i32[', 'u32[', 'i64[', 'f32[', 'f64[']
const HELP = [
  'n, $n, $0, stack[0], global[0]    locals, operands, globals',
  'table[2], table[2, 1]             elements of tables; of table 1',
  'i32[p + 4], f64[p], u8[p, 1]      memory; of memory 1',
  '+ - * / % & | ^ << >> == < && ||  as in C, on the types of Wasm',
  'n = 5, i32[p] = n                 changes a value',
  'call NAME(1, n)                   calls an export while the program stands still',
].join('\n')

/** An integer in hexadecimal, whoever made the item. */
function hexed(item: Item): Item {
  const bits = item.type === 'i64' ? 64 : item.type === 'i32' || item.type === 'i16' || item.type === 'i8' ? 32 : 0
  if (bits === 0 || !/^-?\d+$/.test(item.value)) return item
  return { ...item, value: `0x${BigInt.asUintN(bits, BigInt(item.value)).toString(16)}` }
}

function showJs(value: unknown): string {
  if (typeof value === 'function') return 'function'
  return typeof value === 'object' && value !== null ? 'object' : String(value)
}
