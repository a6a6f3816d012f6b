/**
 * The requests that look at a program and change its state, and those that set breakpoints: a row each. What they need of the session
 * is in `Asked`. Called by session.ts.
 */
import type { Stop } from '../debug/index.ts'
import { Arguments, RequestError } from './arguments.ts'
import type { Breakpoints } from './breakpoints.ts'
import { disassemble, parseCodeReference } from './disassembly.ts'
import type { Handler } from './dispatcher.ts'
import type { Change, Inspection } from './inspection.ts'
import { parseMemoryReference, readMemory, writeMemory } from './memory.ts'
import type { SourceQuery } from './sources.ts'
import type { Target } from './start.ts'

/** A session, as far as these requests go. */
export interface Asked {
  readonly breakpoints: Breakpoints
  /** Why the program stands still. */
  readonly lastStop: Stop | undefined
  /** The program; throws when there is none. */
  known(): Target
  /** The same with its state; throws when it runs. */
  stopped(): Target & { readonly inspection: Inspection }
  /** The source that a request names. */
  query(args: Arguments): SourceQuery
  /** Tells the client of what it has changed. */
  changed(change: Change): void
}

export const lookingHandlers = (session: Asked): Readonly<Record<string, Handler>> => ({
  // ---- breakpoints ------------------------------------------------------------------------------------------------------

  setBreakpoints: (args) => {
    const query = session.query(args)
    if (query.path === undefined && query.reference === undefined)
      throw new RequestError('setBreakpoints.source has neither a path nor a sourceReference')
    // Older clients send the lines alone.
    const lines = args.integers('lines').map((line) => new Arguments('setBreakpoints.lines', { line }))
    const list = args.has('breakpoints') ? args.list('breakpoints') : lines
    return { breakpoints: session.breakpoints.setLines(query, list) }
  },
  setFunctionBreakpoints: (args) => ({ breakpoints: session.breakpoints.setFunctions(args.list('breakpoints')) }),
  setInstructionBreakpoints: (args) => ({ breakpoints: session.breakpoints.setInstructions(args.list('breakpoints')) }),
  setDataBreakpoints: (args) => ({ breakpoints: session.breakpoints.setData(args.list('breakpoints')) }),
  setExceptionBreakpoints: (args) => ({
    breakpoints: session.breakpoints.setExceptions(args.strings('filters'), args.list('filterOptions')),
  }),

  dataBreakpointInfo: (args) => session.stopped().inspection.dataBreakpointInfo(args, (watched) => session.breakpoints.dataId(watched)),

  breakpointLocations: (args) => {
    const text = session.known().sources.find(session.query(args))
    return { breakpoints: text === undefined ? [] : session.breakpoints.locations(text, args) }
  },

  // ---- looking, and changing ----------------------------------------------------------------------------------------------

  stackTrace: (args) => session.stopped().inspection.stackTrace(args),
  scopes: (args) => {
    const { inspection } = session.stopped()
    return inspection.scopes(inspection.frame(args.integer('frameId')))
  },
  variables: (args) => session.stopped().inspection.variables(args),
  setVariable: (args, { after }) => {
    const body = session.stopped().inspection.setVariable(args)
    after(() => session.changed({}))
    return body
  },
  setExpression: (args, { after }) => {
    const { body, change } = session.stopped().inspection.setExpression(args)
    after(() => session.changed(change))
    return body
  },
  evaluate: (args, { signal, after }) => {
    const { inspection } = session.stopped()
    return inspection.evaluate(args, signal, (change) => after(() => session.changed(change)))
  },
  completions: (args) => session.stopped().inspection.completions(args),
  exceptionInfo: (args) => {
    args.integer('threadId')
    return session.stopped().inspection.exceptionInfo(session.lastStop)
  },

  readMemory: (args) => {
    const { dbg } = session.stopped()
    return readMemory(
      dbg,
      parseMemoryReference(args.string('memoryReference')),
      args.maybeInteger('offset') ?? 0,
      args.maybeCount('count') ?? 0,
    )
  },
  writeMemory: (args, { after }) => {
    const { dbg } = session.stopped()
    const offset = args.maybeInteger('offset') ?? 0
    const place = parseMemoryReference(args.string('memoryReference'))
    const { memidx, addr, count } = writeMemory(dbg, place, offset, args.string('data'), args.flag('allowPartial'))
    after(() => session.changed({ memory: { memidx, addr, size: count } }))
    return { offset, bytesWritten: count }
  },
  disassemble: (args) => {
    const { module, sources } = session.known()
    const address = parseCodeReference(args.string('memoryReference')) + (args.maybeInteger('offset') ?? 0)
    const count = args.maybeCount('instructionCount') ?? args.integer('instructionCount')
    return { instructions: disassemble(module, sources, address, args.maybeInteger('instructionOffset') ?? 0, count) }
  },

  loadedSources: () => ({ sources: session.known().sources.texts.map(({ source }) => source) }),
  source: (args) => {
    const text = session.known().sources.find(session.query(args))
    if (text === undefined) throw new RequestError('there is no such source')
    return { content: text.content, mimeType: 'text/wat' }
  },
})
