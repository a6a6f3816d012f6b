/**
 * One client: what its requests do, and the events in between. Knows neither pipes nor sockets. The program is started by
 * `configurationDone`, when all breakpoints are set. Called by connection.ts.
 */
import { fileURLToPath } from 'node:url'
import type { Breakpoint, Debugger, Stop } from '../debug/index.ts'
import { run } from '../wasi/run.ts'
import { Arguments, RequestError } from './arguments.ts'
import { Breakpoints, type Counting } from './breakpoints.ts'
import { CANCELLED, type Context, Dispatcher, type Handler } from './dispatcher.ts'
import { type Change, Inspection } from './inspection.ts'
import { memoryReference } from './memory.ts'
import { GuestOutput, LogOutput } from './output.ts'
import { capabilities } from './protocol.ts'
import { type Asked, lookingHandlers } from './requests.ts'
import { type SourceQuery, type Text, baseName } from './sources.ts'
import { type Target, debugProgram, joinProgram } from './start.ts'
import type { Program, Targets } from './target.ts'

/** How messages get to the client. */
export interface Wire {
  send(message: object): void
  /** A promise when the client is slow: until it has caught up. */
  drained(): Promise<void> | undefined
  /** The session is over: nothing more will be sent. */
  close(): void
}

const MODULE_ID = 1

export class Session implements Asked {
  private readonly wire: Wire
  private readonly targets: Targets
  private readonly dispatcher: Dispatcher

  private client: { counting: Counting; uris: boolean; has: (name: string) => boolean } | undefined = undefined
  /** The arguments of `launch` or `attach`, once there was one. */
  private begun: { readonly kind: 'launch' | 'attach'; args: Arguments } | undefined = undefined
  private isConfigured = false
  private target: Target | undefined = undefined
  /** A program that runs without the debugger. */
  private plain: AbortController | undefined = undefined
  private inspection: Inspection | undefined = undefined
  lastStop: Stop | undefined = undefined
  private threads: Set<number> = new Set()
  private isOver = false
  readonly breakpoints: Breakpoints
  private readonly logs: LogOutput

  constructor(wire: Wire, targets: Targets) {
    this.wire = wire
    this.targets = targets
    this.dispatcher = new Dispatcher(
      (message) => wire.send(message),
      (command) => {
        if (this.client === undefined && command !== 'initialize') throw new RequestError(`'${command}' came before 'initialize'`)
        return Object.hasOwn(this.handlers, command) ? this.handlers[command] : undefined
      },
    )
    this.breakpoints = new Breakpoints(
      () => this.counting,
      (breakpoint) => this.event('breakpoint', { reason: 'changed', breakpoint }),
    )
    this.logs = new LogOutput(
      (body) => this.event('output', body),
      () => this.wire.drained(),
    )
  }

  /** A message of the client: JSON in UTF-8. */
  receive(body: Uint8Array): void {
    if (!this.isOver) this.dispatcher.receive(body)
  }
  private event(event: string, body?: object): void {
    if (!this.isOver) this.dispatcher.event(event, body)
  }
  private tell(category: string, output: string): void {
    this.event('output', { category, output })
  }

  /** The client cannot be understood any more. */
  refuse(problem: string): void {
    this.tell('important', `vitrine: ${problem}\n`)
    this.event('terminated')
    this.close()
  }

  /** The client has gone, or is to go. What it has started ends, unless it is to be left; what it has joined goes on. */
  close(leave: boolean = this.begun?.kind === 'attach'): void {
    if (this.isOver) return
    this.logs.flush()
    this.isOver = true
    this.dispatcher.close()
    this.dropTarget(leave)
    this.wire.close()
  }

  private dropTarget(leave: boolean): void {
    const { target } = this
    this.target = undefined
    this.inspection = undefined
    this.lastStop = undefined
    this.threads = new Set()
    this.plain?.abort(new RequestError('the client has ended the program'))
    this.plain = undefined
    this.starter = undefined
    this.breakpoints.leave()
    if (target === undefined) return
    target.dbg.close({ leave })
    if (!leave) target.end()
  }

  // ---- what the client can do -------------------------------------------------------------------------------------------

  private get counting(): Counting {
    return this.client?.counting ?? { lines: 1, columns: 1 }
  }

  known(): Target {
    if (this.target === undefined)
      throw new RequestError(this.plain === undefined ? 'there is no program' : 'the program runs without the debugger')
    return this.target
  }
  stopped(): Target & { readonly inspection: Inspection } {
    const target = this.known()
    if (this.inspection === undefined) throw new RequestError('the program is running')
    return { ...target, inspection: this.inspection }
  }

  query(args: Arguments): SourceQuery {
    const source = args.inside('source')
    let path = source?.maybeString('path')
    if (path !== undefined && /^file:/i.test(path)) {
      try {
        path = fileURLToPath(path)
      } catch {
        throw new RequestError(`'${path}' is no file`)
      }
    }
    const reference = source?.maybeInteger('sourceReference') ?? args.maybeInteger('sourceReference')
    return { path, reference: reference === 0 ? undefined : reference }
  }

  /** The client's frames and variables mean nothing any more. */
  private goOn(action: (dbg: Debugger) => Promise<Stop>): void {
    const target = this.known()
    this.inspection = undefined
    this.lastStop = undefined
    this.logs.flush()
    action(target.dbg).then(
      (stop) => {
        if (this.target === target) this.arrive(target, stop, stop.reason)
      },
      (error: Error) => {
        // It could not go on as it was told to: it stands where it stood.
        this.tell('stderr', `vitrine: ${error.message}\n`)
        const { stop } = target.dbg
        if (this.target === target && stop !== undefined) this.arrive(target, stop, 'pause')
      },
    )
  }

  /** `action`, in the thread that the request names. */
  private step(args: Arguments, { after }: Context, action: (dbg: Debugger) => Promise<Stop>): object | undefined {
    const { dbg } = this.stopped()
    const thread = args.integer('threadId')
    if (dbg.stop?.thread !== thread) dbg.select(thread)
    after(() => this.goOn(action))
    return undefined
  }

  private granularity(args: Arguments): 'line' | 'instruction' {
    const word = args.maybeString('granularity') ?? 'statement'
    if (word !== 'statement' && word !== 'line' && word !== 'instruction') throw new RequestError(`there is no granularity '${word}'`)
    return word === 'instruction' ? 'instruction' : 'line'
  }

  changed({ memory }: Change): void {
    if (memory !== undefined && this.client?.has('supportsMemoryEvent') === true)
      this.event('memory', { memoryReference: memoryReference(memory.addr, memory.memidx), offset: 0, count: memory.size })
    if (this.client?.has('supportsInvalidatedEvent') === true) this.event('invalidated', { areas: ['variables'] })
  }

  private readonly handlers: Readonly<Record<string, Handler>> = {
    initialize: (args) => {
      if (this.client !== undefined) throw new RequestError("'initialize' came twice")
      const format = args.maybeString('pathFormat') ?? 'path'
      if (format !== 'path' && format !== 'uri') throw new RequestError(`there is no path format '${format}'`)
      this.client = {
        counting: {
          lines: args.maybeFlag('linesStartAt1') === false ? 0 : 1,
          columns: args.maybeFlag('columnsStartAt1') === false ? 0 : 1,
        },
        uris: format === 'uri',
        has: (name) => args.raw(name) === true,
      }
      return capabilities
    },

    // ---- life of the program --------------------------------------------------------------------------------------------

    launch: async (args, { after }) => {
      this.begin('launch', args)
      try {
        const program = await this.load(args)
        if (args.flag('noDebug')) this.starter = () => this.runPlain(program)
        else {
          const target = await this.debug(program, args)
          after(() => this.enter(target))
        }
      } catch (error) {
        this.begun = undefined
        throw error
      }
      after(() => this.ready())
      return undefined
    },

    attach: (args, { after }) => {
      this.begin('attach', args)
      try {
        const target = this.join(args)
        after(() => {
          this.enter(target)
          this.ready()
        })
      } catch (error) {
        this.begun = undefined
        throw error
      }
      return undefined
    },

    configurationDone: (_, { after }) => {
      if (this.isConfigured) throw new RequestError("'configurationDone' came twice")
      this.isConfigured = true
      after(() => this.start())
      return undefined
    },

    restart: async (args, { after }) => {
      const { begun, target } = this
      if (begun?.kind !== 'launch') throw new RequestError('only a program that was launched can be restarted')
      const inner = args.inside('arguments')
      if (inner !== undefined && inner.names().length > 0) {
        inner.flag('stopOnEntry')
        begun.args = inner
      }
      this.dropTarget(false)
      await target?.dbg.over
      const next = await this.debug(await this.load(begun.args), begun.args)
      after(() => {
        this.enter(next)
        this.start()
      })
      return undefined
    },

    terminate: (_, { after }) => {
      const { target } = this
      if (target === undefined && this.plain === undefined) throw new RequestError('there is no program')
      after(() => {
        this.dropTarget(false)
        this.event('terminated')
      })
      return undefined
    },

    disconnect: (args, { after }) => {
      const ends = args.maybeFlag('terminateDebuggee') ?? this.begun?.kind !== 'attach'
      after(() => this.close(!ends && !args.flag('restart')))
      return undefined
    },

    cancel: (args) => {
      const id = args.maybeInteger('requestId')
      if (id !== undefined) this.dispatcher.cancel(id)
      return undefined
    },

    // ---- going on -------------------------------------------------------------------------------------------------------

    continue: (args, context) => {
      this.stopped()
      args.integer('threadId')
      context.after(() => this.goOn((dbg) => dbg.continue()))
      return { allThreadsContinued: true }
    },
    next: (args, context) => {
      const kind = this.granularity(args) === 'instruction' ? 'over' : 'line'
      return this.step(args, context, (dbg) => dbg.step(kind))
    },
    stepIn: (args, context) => {
      const kind = this.granularity(args) === 'instruction' ? 'in' : 'line-in'
      const call = args.maybeInteger('targetId')
      return this.step(args, context, async (dbg) => {
        if (call === undefined) return dbg.step(kind)
        const here = dbg.stop?.frame
        if (here?.offset !== call) {
          const point = dbg.break({ offset: call }, { once: true })
          const stop = await dbg.continue()
          if (stop.breakpoint !== point) {
            point.remove()
            return stop
          }
        }
        return dbg.step('in')
      })
    },
    stepOut: (args, context) => {
      this.granularity(args)
      return this.step(args, context, (dbg) => dbg.step('out'))
    },
    stepInTargets: (args) => {
      const { inspection } = this.stopped()
      return { targets: inspection.stepInTargets(inspection.frame(args.integer('frameId'))) }
    },
    pause: (args, { after }) => {
      args.maybeInteger('threadId')
      const { dbg } = this.known()
      // Whoever let it go on is told where it has stopped.
      if (this.inspection === undefined) after(() => void dbg.pause())
      return undefined
    },

    // ---- looking --------------------------------------------------------------------------------------------------------

    threads: () => {
      const list = this.target?.dbg.threads.map(({ id }) => ({ id, name: `thread ${id}` })) ?? []
      return { threads: list.length === 0 && this.begun !== undefined ? [{ id: 1, name: 'thread 1' }] : list }
    },
    modules: (args) => {
      args.maybeCount('startModule')
      return this.target === undefined ? { modules: [], totalModules: 0 } : { modules: [this.moduleOf(this.target)], totalModules: 1 }
    },
    ...lookingHandlers(this),
  }

  // ---- the program ------------------------------------------------------------------------------------------------------

  private begin(kind: 'launch' | 'attach', args: Arguments): void {
    if (this.begun !== undefined) throw new RequestError('this session has a program already')
    // What is wrong with it is told at once.
    args.flag('stopOnEntry')
    this.begun = { kind, args }
  }

  private async load(args: Arguments): Promise<Program> {
    const program = await this.targets.launch(args)
    if (!this.isOver) return program
    for (const listener of program.options.listen ?? []) listener.close()
    throw CANCELLED
  }

  private moduleOf({ path, module }: Target): object {
    const named = module.customs.some(({ name }) => name === 'name')
    return { id: MODULE_ID, name: baseName(path), path, symbolStatus: named ? 'names' : 'no name section' }
  }

  private async debug(program: Program, args: Arguments): Promise<Target> {
    const options = { ...this.streams(), onLog: this.onLog }
    const target = await debugProgram(program, args, this.client!.uris, options)
    if (!this.isOver) return target
    target.dbg.close()
    throw CANCELLED
  }

  private join(args: Arguments): Target {
    const program = this.targets.attach(args)
    const target = joinProgram(program, args, this.client!.uris, { onLog: this.onLog })
    void program.ended.then(({ exitCode, error }) => {
      if (this.target === target) this.finish(target, error, exitCode)
    })
    return target
  }

  private streams(): { readonly stdout: GuestOutput; readonly stderr: GuestOutput } {
    const stream = (category: string): GuestOutput =>
      new GuestOutput(
        (output) => this.tell(category, output),
        () => this.wire.drained(),
      )
    const stdout = stream('stdout')
    const stderr = stream('stderr')
    this.outputs = [stdout, stderr]
    return { stdout, stderr }
  }
  private outputs: readonly GuestOutput[] = []

  private readonly onLog = (text: string, point: Breakpoint): void => {
    const { source, line } = this.breakpoints.placeOf(point) ?? {}
    this.logs.add(`${text}\n`, source === undefined ? {} : { source, line })
  }

  /** The program is there: breakpoints can be put in. */
  private enter(target: Target): void {
    const { dbg, sources, path, kind } = target
    this.target = target
    sources.onLoaded = (text: Text) => this.event('loadedSource', { reason: 'new', source: text.source })
    this.event('process', { name: path, isLocalProcess: true, startMethod: kind })
    this.event('module', { reason: 'new', module: this.moduleOf(target) })
    this.breakpoints.enter({ dbg, sources })
    const stopOnEntry = this.begun?.args.flag('stopOnEntry') ?? false
    this.starter = () => {
      if (stopOnEntry && kind === 'launch') this.goOn((debug) => debug.step('in'))
      else this.goOn((debug) => debug.continue())
      if (stopOnEntry && kind === 'attach') void dbg.pause()
    }
  }

  /** Tells the client that it may set breakpoints; a client that has done so already waits for the start. */
  private ready(): void {
    this.event('initialized')
    this.start()
  }

  /** Starts what there is to start, once all breakpoints are set. */
  private start(): void {
    const { starter } = this
    if (!this.isConfigured) return
    this.starter = undefined
    starter?.()
  }
  private starter: (() => void) | undefined = undefined

  private runPlain(program: Program): void {
    const controller = new AbortController()
    this.plain = controller
    this.event('process', { name: program.path, isLocalProcess: true, startMethod: 'launch' })
    run(program.module, { ...program.options, ...this.streams(), signal: controller.signal }).then(
      ({ exitCode, result }) => {
        if (this.plain !== controller) return
        for (const line of program.results(result)) this.tell('console', `${line}\n`)
        this.ended(exitCode)
      },
      (error: unknown) => {
        if (this.plain !== controller) return
        const { text, exitCode } = program.report(error)
        if (text !== '') this.tell('stderr', `${text}\n`)
        this.ended(exitCode)
      },
    )
  }

  /** The program has stopped, or ended. */
  private arrive(target: Target, stop: Stop, why: string): void {
    this.logs.flush()
    if (stop.thread === 0 && target.kind === 'attach') {
      // The end of a call. Whether it was the last one is known to whoever runs the program, who tells that it has ended.
      this.goOn((dbg) => dbg.continue())
      return
    }
    if (stop.thread === 0) {
      for (const line of stop.exitCode === undefined ? [] : target.results(stop.result)) this.tell('console', `${line}\n`)
      this.finish(target, stop.error, stop.exitCode)
      return
    }
    this.inspection = new Inspection(target.dbg, target.sources, this.counting)
    this.lastStop = stop
    this.tellThreads(target)
    const about = this.breakpoints.about(stop.breakpoint)
    const reason = about?.reason ?? reasons[why] ?? why
    const fails = stop.message.includes('its condition fails')
    this.event('stopped', {
      reason,
      description: descriptions[reason] ?? `Paused on ${reason}`,
      threadId: stop.thread,
      allThreadsStopped: true,
      ...(reason === 'exception' || reason === 'data breakpoint' || fails ? { text: stop.message } : {}),
      ...(about === undefined ? {} : { hitBreakpointIds: [about.id] }),
    })
  }

  private tellThreads({ dbg }: Target): void {
    const now = new Set(dbg.threads.map(({ id }) => id))
    for (const threadId of now) if (!this.threads.has(threadId)) this.event('thread', { reason: 'started', threadId })
    for (const threadId of this.threads) if (!now.has(threadId)) this.event('thread', { reason: 'exited', threadId })
    this.threads = now
  }

  private finish(target: Target, error: unknown, exitCode: number | undefined): void {
    const said = error === undefined ? undefined : target.report(error)
    if (said !== undefined && said.text !== '') this.tell('stderr', `${said.text}\n`)
    this.inspection = undefined
    this.breakpoints.leave()
    this.target = undefined
    this.ended(said?.exitCode ?? exitCode ?? 0)
  }

  private ended(exitCode: number): void {
    this.plain = undefined
    for (const output of this.outputs) output.flush()
    this.event('exited', { exitCode: exitCode & 0xff })
    this.event('terminated')
  }
}

const reasons: Readonly<Record<string, string>> = {
  trap: 'exception',
  throw: 'exception',
  watchpoint: 'data breakpoint',
  host: 'function breakpoint',
}
const descriptions: Readonly<Record<string, string>> = { step: 'Paused after step', pause: 'Paused', entry: 'Paused on entry' }
