/**
 * The breakpoints and watchpoints of a debugger: where they stand, what they are compiled to, and whether one of them stops. Asked
 * by core.ts by way of debugger.ts.
 */
import type { CompiledModule } from '../embedding/module.ts'
import { VitrineError } from '../errors.ts'
import type { Module } from '../module/module.ts'
import { moduleNames } from '../module/names.ts'
import type { Instance } from '../runtime/instance.ts'
import type { Memory } from '../runtime/memory.ts'
import type { Thread } from '../runtime/thread.ts'
import { formatValType } from '../spec/types.ts'
import { type BreakOptions, Breakpoint, Watchpoint } from './breakpoint.ts'
import { type Cause, type Core, type DebugModule, type Site, type SiteBreak, together } from './core.ts'
import type { Source } from './debugger.ts'
import { compileExpression, type Context, type Expression, type Scope, templateParts } from './expression.ts'
import { depthOf, localsOf } from './frames.ts'
import { isHit } from './hits.ts'
import { type Place, functionsOf, hostPattern, resolvePlace } from './places.ts'
import { type Extras, formatTerm, readResult, resultType, scopeAt } from './scope.ts'
import type { Variable } from './values.ts'
import { type Touch, type WatchOptions, type Watched, type Watcher, watcherFor } from './watch.ts'

/** What they stand on. */
export interface Ground {
  readonly core: () => Core
  readonly module: CompiledModule
  readonly source: () => Source
  readonly instance: () => Instance
  readonly globals: () => readonly Variable[]
  readonly onLog: ((text: string, breakpoint: Breakpoint) => void) | undefined
}

export class Breakpoints {
  private readonly ground: Ground
  private readonly points = new Map<number, Breakpoint | Watchpoint>()
  /** Those that are asked when something traps, is thrown, or a host function is called. */
  private readonly specials = new Set<Breakpoint>()
  private readonly watchers = new Map<Watchpoint, Watcher>()
  /** Conditions of watchpoints, for changes that no instruction made. */
  private readonly conditions = new Map<Watchpoint, Expression>()
  private nextId = 1

  constructor(ground: Ground) {
    this.ground = ground
  }

  /** All that are set, in the order of their numbers. */
  get all(): readonly (Breakpoint | Watchpoint)[] {
    return [...this.points.values()]
  }

  /** Sets a breakpoint. Throws a `usage` error when it could never stop, or for a mistake in its condition. */
  break(place: Place, options: BreakOptions = {}): Breakpoint {
    const point = new Breakpoint(this.nextId, place, options, (gone) => this.removeBreak(gone))
    if (typeof options.hits === 'number' && !(options.hits >= 1))
      throw new VitrineError('usage', `hits is a number from 1 on, not ${options.hits}`)
    const isSpecial = isAtNoInstruction(place)
    if (isSpecial && options.when !== undefined)
      throw new VitrineError('usage', 'only a breakpoint at an instruction can have a condition: a function, an offset or a line')
    if (options.log !== undefined) {
      const { expressions } = templateParts(options.log)
      if (isSpecial && expressions.length > 0)
        throw new VitrineError('usage', 'only a breakpoint at an instruction can log expressions: a function, an offset or a line')
    }
    try {
      for (const module of this.ground.core().all) this.place(point, module)
      this.verify(point)
    } catch (error) {
      this.removeBreak(point)
      throw error
    }
    this.nextId++
    this.points.set(point.id, point)
    if (isSpecial || ('func' in place && typeof place.func === 'string')) this.specials.add(point)
    return point
  }

  private verify(point: Breakpoint): void {
    const { place } = point
    if (point.places.length > 0) return
    if (point.problems.length > 0) throw new VitrineError('usage', point.problems[0]!)
    if (isAtNoInstruction(place)) return
    if (functionsOf(this.ground.module.data, place).length > 0) return
    if ('func' in place)
      throw new VitrineError('usage', `there is no function ${typeof place.func === 'number' ? place.func : `'${place.func}'`}`)
    if ('export' in place) throw new VitrineError('usage', `there is no exported function '${place.export}'`)
    if ('wat' in place) throw new VitrineError('usage', `no instruction begins on line ${place.wat}`)
    throw new VitrineError('usage', `offset 0x${place.offset.toString(16)} is in no function`)
  }

  /** Puts a breakpoint into a module. */
  private place(point: Breakpoint, module: DebugModule): void {
    const isMain = module.code.shared === this.ground.module.shared
    // Offsets and lines are those of the program itself.
    if (!isMain && ('offset' in point.place || 'wat' in point.place)) return
    const names = moduleNames(module.code.module).funcs
    for (const { funcidx, offset } of resolvePlace(module.code, point.place, () => this.ground.source().map)) {
      try {
        const site = this.compileFor(point, module, funcidx, offset)
        module.site(offset).breaks.set(point, site)
      } catch (error) {
        if (!(error instanceof VitrineError)) throw error
        point.problems.push(error.message)
        continue
      }
      module.code.addBreak(offset)
      this.ground.core().version++
      point.places.push({ funcidx, offset, name: names.get(funcidx) })
    }
  }

  private compileFor(point: Breakpoint, module: DebugModule, funcidx: number, offset: number): SiteBreak {
    const { when, log } = point.options
    const scope = (extras?: Extras): Scope => scopeAt(module.code, funcidx, offset, extras)
    const result = resultType(module.code.module, funcidx)
    const template = log === undefined ? undefined : templateParts(log)
    const late = template?.expressions.some((text) => /\bresult\b/.test(text)) ?? false
    const extras: Extras = late && result !== undefined ? { result: result.type } : {}
    return {
      breakpoint: point,
      funcidx,
      when: when === undefined ? undefined : module.condition(offset, when, scope),
      log:
        template === undefined
          ? undefined
          : { texts: template.texts, late, expressions: template.expressions.map((text) => compileExpression(text, scope(extras))) },
    }
  }

  private removeBreak(point: Breakpoint): void {
    this.points.delete(point.id)
    this.specials.delete(point)
    for (const module of this.ground.core().all) for (const { offset } of point.places) module.removeAt(offset, point)
    point.places.length = 0
  }

  /** Sets a watchpoint. Throws a `usage` error for what does not exist. */
  watch(watched: Watched, options: WatchOptions = {}): Watchpoint {
    const on = options.on ?? 'change'
    const watcher = watcherFor(this.ground.instance(), watched, on)
    const point = new Watchpoint(this.nextId, watched, { ...options, on }, watcher.text, (gone) => this.removeWatch(gone))
    this.watchers.set(point, watcher)
    try {
      for (const module of this.ground.core().all) {
        for (const { funcidx } of [...module.code.unit.shapes]) this.watchIn(point, watcher, module, funcidx)
      }
      if (options.when !== undefined) this.conditions.set(point, compileExpression(options.when, this.anywhere(watched)))
    } catch (error) {
      this.removeWatch(point)
      throw error
    }
    this.nextId++
    this.points.set(point.id, point)
    return point
  }

  /** Names that a condition of a watchpoint may use wherever the value is touched: globals, `$old`, `$new`. */
  private anywhere(watched: Watched): Scope {
    const first = this.ground.module.data.imported.func
    const { code } = this.ground.core().moduleOf(this.ground.module.shared)
    const scope = scopeAt(code, first, this.ground.module.data.code[0]?.start ?? 0, this.extrasOf(watched))
    return 'local' in watched ? { ...scope, name: (name) => scope.name(name) ?? scope.local(0) } : { ...scope, local: () => undefined }
  }

  private extrasOf(watched: Watched): Extras {
    let type: string | undefined
    if ('global' in watched)
      type = this.ground
        .globals()
        .find(({ name, index }) => name === String(watched.global).replace(/^\$/, '') || index === watched.global)?.type
    else if ('local' in watched) {
      const [funcidx] = functionsOf(this.ground.module.data, { func: watched.func })
      type = funcidx === undefined ? undefined : localType(this.ground.module.data, funcidx, watched.local)
    }
    if (type === undefined) return {}
    const known = type === 'i32' || type === 'i64' || type === 'f32' || type === 'f64' ? type : 'ref'
    return { $old: known, $new: known }
  }

  private watchIn(point: Watchpoint, watcher: Watcher, module: DebugModule, funcidx: number): void {
    this.ground.core().scan(module, funcidx, (reader, code) => {
      const offset = reader.at
      const toucher = watcher.toucher(code.module, funcidx, reader, () => code.stackAt(code.pcOf(offset)))
      if (toucher === undefined) return
      const when =
        point.when === undefined ? undefined : compileExpression(point.when, scopeAt(code, funcidx, offset, this.extrasOf(point.watched)))
      module.site(offset).touchers.push({ watchpoint: point, toucher, when })
      code.addBreak(offset)
    })
  }

  private removeWatch(point: Watchpoint): void {
    this.points.delete(point.id)
    this.watchers.delete(point)
    this.conditions.delete(point)
    for (const module of this.ground.core().all) module.sweepTouchers((watchpoint) => watchpoint === point)
  }

  // ---- what the executor asks -------------------------------------------------------------------------------------

  /** Whether a trap, a throw or a call of a host function of that name may be a reason to stop. */
  wants(what: 'trap' | 'throw' | 'uncaught' | 'host', name?: string): boolean {
    for (const { place, enabled } of this.specials)
      if (enabled && (name === undefined ? what in place : hostNameOf(place)?.(name) === true)) return true
    return false
  }
  get wantsEntry(): boolean {
    return [...this.specials].some(({ place, enabled }) => 'entry' in place && enabled)
  }
  get hasWatchpoints(): boolean {
    return this.watchers.size > 0
  }

  /** A module that is seen for the first time. */
  joined(module: DebugModule): void {
    for (const point of this.points.values()) if (point instanceof Breakpoint) this.place(point, module)
  }
  /** A function that has code now. */
  translated(module: DebugModule, funcidx: number): void {
    for (const [point, watcher] of this.watchers) this.watchIn(point, watcher, module, funcidx)
  }
  forgetAll(): void {
    this.points.clear()
    this.specials.clear()
    this.watchers.clear()
    this.conditions.clear()
  }

  /** What the host has changed of what is watched. */
  hostChanges(T: Thread): Cause | undefined {
    let found: Cause | undefined
    for (const [watchpoint, watcher] of this.watchers) {
      const touch = watcher.hostChange?.()
      const cause = touch && this.touched(T, watchpoint, this.conditions.get(watchpoint), touch)
      if (cause !== undefined) found = together(found, cause)
    }
    return found
  }
  /** A person has changed memory. */
  edited(memory: Memory, addr: number, bytes: Uint8Array): void {
    for (const watcher of this.watchers.values()) watcher.edited?.(memory, addr, bytes)
  }

  /** Before a host function is called, something traps or is thrown. */
  calls(name: string): Cause | undefined {
    return this.special((place) => hostNameOf(place)?.(name) === true, 'host', `call of ${name}`)
  }
  traps(message: string): Cause | undefined {
    return this.special((place) => 'trap' in place, 'trap', message)
  }
  throws(tag: string, isCaught: () => boolean): Cause | undefined {
    let uncaught: boolean | undefined
    return this.special(
      (place) =>
        'throw' in place
          ? place.throw === true || `$${place.throw.replace(/^\$/, '')}` === tag
          : 'uncaught' in place && (uncaught ??= !isCaught()),
      'throw',
      `exception ${tag}`,
    )
  }

  /** A breakpoint that stands at no instruction. */
  private special(matches: (place: Place) => boolean, reason: Cause['reason'], message: string): Cause | undefined {
    let found: Cause | undefined
    for (const point of this.specials) {
      if (!point.enabled || !matches(point.place)) continue
      point.hitCount++
      if (!isHit(point.hitCount, point.options.hits)) continue
      if (point.options.log === undefined) found ??= { reason, message, breakpoint: point }
      else this.write(point.options.log, point)
    }
    return found
  }

  /** Breakpoints at an instruction: the first that wants to stop. Logs are written on the way. */
  hit(T: Thread, module: DebugModule, { breaks }: Site): Cause | undefined {
    let found: Cause | undefined
    let context: Context | undefined
    // Not those that a log sets on the way.
    let left = breaks.size
    for (const site of breaks.values()) {
      if (left-- === 0) break
      const { breakpoint, when, log } = site
      if (!breakpoint.enabled) continue
      context ??= this.contextOf(T, {})
      if (when !== undefined) {
        try {
          if (!when.holds(context)) continue
        } catch (error) {
          found ??= {
            reason: 'breakpoint',
            message: `breakpoint ${breakpoint.id}: its condition fails: ${(error as Error).message}`,
            breakpoint,
          }
          continue
        }
      }
      breakpoint.hitCount++
      if (!isHit(breakpoint.hitCount, breakpoint.options.hits)) continue
      if (log === undefined) found ??= { reason: 'breakpoint', message: `breakpoint ${breakpoint.id}`, breakpoint }
      else if (log.late) this.logLater(T, module, site)
      else this.write(this.fill(log, context), breakpoint)
    }
    return found
  }

  private contextOf(T: Thread, extra: Context['extra']): Context {
    return { registers: T.registers, fp: T.fp, instance: T.instance, tick: T.tick, depth: depthOf(T), extra }
  }

  private fill({ texts, expressions }: NonNullable<SiteBreak['log']>, context: Context): string {
    return texts.map((text, i) => (i === 0 ? text : `${valueText(expressions[i - 1]!, context)}${text}`)).join('')
  }

  /** A template with `result` is written when the function returns, the rest of it as it was at the start. */
  private logLater(T: Thread, module: DebugModule, { breakpoint, funcidx, log }: SiteBreak): void {
    const { fp } = T
    const { texts, expressions } = log!
    const isLate = (e: Expression): boolean => /\bresult\b/.test(e.text)
    const context = this.contextOf(T, {})
    const values = expressions.map((e) => (isLate(e) ? '' : valueText(e, context)))
    const result = resultType(module.code.module, funcidx)!
    this.ground.core().onReturn(T, module.code, (now) => {
      const late = { ...context, extra: { result: readResult(now.registers, fp, result.valtype) } }
      this.write(
        texts
          .map((text, i) =>
            i === 0 ? text : `${isLate(expressions[i - 1]!) ? valueText(expressions[i - 1]!, late) : values[i - 1]!}${text}`,
          )
          .join(''),
        breakpoint,
      )
    })
  }

  private write(text: string, breakpoint: Breakpoint): void {
    this.ground.onLog?.(text, breakpoint)
  }

  touched(T: Thread, watchpoint: Watchpoint, when: Expression | undefined, touch: Touch): Cause | undefined {
    if (!watchpoint.enabled) return undefined
    const cause: Cause = { reason: 'watchpoint', message: touch.message, breakpoint: watchpoint }
    if (when !== undefined) {
      try {
        if (!when.holds(this.contextOf(T, { $old: touch.old, $new: touch.new }))) return undefined
      } catch (error) {
        return { ...cause, message: `${touch.message}; its condition fails: ${(error as Error).message}` }
      }
    }
    watchpoint.hitCount++
    return isHit(watchpoint.hitCount, watchpoint.hits) ? cause : undefined
  }
}

type Special = Extract<
  Place,
  { entry: true } | { trap: true } | { throw: unknown } | { uncaught: true } | { host: string } | { import: string }
>
const isAtNoInstruction = (place: Place): place is Special =>
  'entry' in place || 'trap' in place || 'throw' in place || 'uncaught' in place || 'host' in place || 'import' in place

function hostNameOf(place: Place): ((name: string) => boolean) | undefined {
  if ('host' in place) return hostPattern(place.host)
  if ('import' in place) return hostPattern(place.import)
  return 'func' in place && typeof place.func === 'string' ? hostPattern(place.func) : undefined
}

function localType(module: Module, funcidx: number, local: string | number): string | undefined {
  const names = moduleNames(module).locals.get(funcidx)
  const found = localsOf(module, funcidx).find((_, i) => i === local || names?.get(i) === local)
  return found === undefined ? undefined : formatValType(found.type)
}

function valueText(expression: Expression, context: Context): string {
  try {
    return formatTerm(expression.type, expression.read(context))
  } catch (error) {
    return `<${(error as Error).message}>`
  }
}
