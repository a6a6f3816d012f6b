/**
 * Executes the commands of a script on one configuration (executor and tier), as the reference interpreter's script
 * runner does. Every command gets a verdict. Modules that could not be instantiated take what depends on them along.
 */
import '../src/families/all.ts'
import '../src/families/reference.ts'
import { isWasmException, outward } from '../src/embedding/exception.ts'
import { wrapFunc } from '../src/embedding/functions.ts'
import { type WasmInstance, instantiate } from '../src/embedding/instantiate.ts'
import { Store } from '../src/embedding/store.ts'
import { ExitError, isExhaustion, isLinkError, isTrap } from '../src/errors.ts'
import { now } from '../src/interp/clock.ts'
import { drive, enterFrame } from '../src/interp/driver.ts'
import { allow, refuel } from '../src/interp/slices.ts'
import type { Caller } from '../src/runtime/host-function.ts'
import type { Func } from '../src/runtime/func.ts'
import { type ValType, F32, F64, I32, I64, isRef } from '../src/spec/types.ts'
import type { Action, Command, ModuleCommand } from '../src/text/index.ts'
import type { Script } from './script.ts'
import { spectest } from './spectest.ts'
import {
  type Value,
  formatList,
  formatPattern,
  formatValue,
  globalValue,
  matches,
  readValues,
  toRaw,
  toValues,
  writeValues,
} from './values.ts'
import { type Verdict, expectedError, failed, passed, wrongError } from './verdict.ts'

export interface Configuration {
  /** As in the table of the report: `switch/fast`. */
  readonly name: string
  readonly executor: 'switch' | 'closure' | 'reference'
  readonly tier: 'fast' | 'exact'
}
export const configurations: readonly Configuration[] = [
  { name: 'switch/fast', executor: 'switch', tier: 'fast' },
  { name: 'switch/exact', executor: 'switch', tier: 'exact' },
  { name: 'closure/fast', executor: 'closure', tier: 'fast' },
  { name: 'closure/exact', executor: 'closure', tier: 'exact' },
  { name: 'reference', executor: 'reference', tier: 'exact' },
]

/** What a name of a script stands for: an instance, or the line of a module that failed. */
type Held = { readonly instance: WasmInstance } | { readonly instance: undefined; readonly line: number }

type Happened = { readonly values: readonly Value[] } | { readonly error: unknown } | { readonly verdict: Verdict }
type LinkResult = { readonly instance: WasmInstance } | { readonly error: unknown } | { readonly verdict: Verdict }

export class ScriptRun {
  private readonly script: Script
  private readonly store: Store
  private readonly timeout: number
  private readonly named = new Map<string, Held>()
  private readonly registered = new Map<string, Held>()
  private readonly imports: Record<string, Readonly<Record<string, unknown>>> = Object.create(null) as Record<string, never>
  private readonly definitions = new Map<string, ModuleCommand>()
  private current: Held | undefined
  private definition: ModuleCommand | undefined

  /** `timeout`: ms that one command may take. */
  constructor(script: Script, { executor, tier }: Configuration, timeout: number) {
    this.script = script
    this.timeout = timeout
    this.store = new Store({ executor, tier, timeout })
    this.imports.spectest = spectest()
  }

  /** Executes a command; undefined if it has no part that executes. */
  run(command: Command): Verdict | undefined {
    switch (command.kind) {
      case 'module':
        this.definition = command
        if (command.id !== undefined) this.definitions.set(command.id, command)
        return command.definition ? undefined : this.bind(command.id, command, command.line)
      case 'instance': {
        const definition = command.of === undefined ? this.definition : this.definitions.get(command.of)
        if (definition === undefined) return failed('result', 'a module definition', 'there is none')
        return this.bind(command.id, definition, command.line)
      }
      case 'register': {
        const held = this.held(command.module)
        if (held === undefined) return failed('result', 'a module to register', 'there is none')
        this.registered.set(command.name, held)
        if (held.instance === undefined) return unavailable(held)
        this.imports[command.name] = held.instance.exports
        return passed
      }
      case 'action':
        return this.on(command.action, (happened) => ('values' in happened ? passed : wrongError('no error', happened.error)))
      case 'assert_return': {
        const expected = formatList(command.results.map(formatPattern))
        return this.on(command.action, (happened) => {
          if ('error' in happened) return wrongError(expected, happened.error)
          const { values } = happened
          const equal = values.length === command.results.length && values.every((value, i) => matches(value, command.results[i]!))
          return equal ? passed : failed('result', expected, formatList(values.map(formatValue)))
        })
      }
      case 'assert_trap':
        if (command.module !== undefined) return this.refusedModule(command.module, 'trap', command.message, isPlainTrap)
        return this.onError(command.action!, 'trap', command.message, isPlainTrap)
      case 'assert_exhaustion':
        return this.onError(command.action, 'exhaustion', command.message, isExhaustion)
      case 'assert_exception':
        return this.onError(command.action, 'exception', '', isWasmException)
      case 'assert_suspension':
        return this.onError(command.action, 'suspension', command.message, isPlainTrap)
      case 'assert_unlinkable':
        return this.refusedModule(command.module, 'unlinkable', command.message, isLinkError)
      case 'thread':
      case 'wait':
        return failed('result', 'a thread of the script', 'the runner has none')
      default:
        return undefined
    }
  }

  private held(id: string | undefined): Held | undefined {
    return id === undefined ? this.current : this.named.get(id)
  }

  /** Instantiates a module and makes it the current one. */
  private bind(id: string | undefined, command: ModuleCommand, line: number): Verdict {
    const linked = this.instantiate(command)
    const verdict = 'verdict' in linked ? linked.verdict : 'error' in linked ? wrongError('an instance', linked.error) : passed
    const held: Held = 'instance' in linked ? linked : { instance: undefined, line }
    this.current = held
    if (id !== undefined) this.named.set(id, held)
    return verdict
  }

  private instantiate(command: ModuleCommand): LinkResult {
    const loaded = this.script.module(command)
    if (loaded.module === undefined) return { verdict: wrongError('a valid module', loaded.error) }
    for (const { module } of loaded.module.imports) {
      const from = this.registered.get(module)
      if (from !== undefined && from.instance === undefined) return { verdict: unavailable(from) }
    }
    try {
      return { instance: instantiate(loaded.module, this.imports, { store: this.store }) }
    } catch (error) {
      return { error }
    }
  }

  private refusedModule(command: ModuleCommand, kind: string, message: string, is: (error: unknown) => boolean): Verdict {
    const linked = this.instantiate(command)
    if ('verdict' in linked) return linked.verdict
    if ('error' in linked) return expectedError(kind, message, linked.error, is)
    return failed('result', `${kind}: ${message}`, 'an instance')
  }

  /** Executes an action and judges what happened. */
  private on(action: Action, judge: (happened: Exclude<Happened, { verdict: Verdict }>) => Verdict): Verdict {
    const held = this.held(action.module)
    if (held === undefined) return failed('result', 'a module', 'there is none')
    if (held.instance === undefined) return unavailable(held)
    const happened = this.perform(held.instance, action)
    return 'verdict' in happened ? happened.verdict : judge(happened)
  }

  private onError(action: Action, kind: string, message: string, is: (error: unknown) => boolean): Verdict {
    return this.on(action, (happened) =>
      'error' in happened
        ? expectedError(kind, message, happened.error, is)
        : failed('result', `${kind}: ${message}`, formatList(happened.values.map(formatValue))),
    )
  }

  private perform({ module, instance }: WasmInstance, action: Action): Happened {
    const entry = module.data.exports.find(({ name }) => name === action.name)
    const kind = action.kind === 'get' ? 'global' : 'func'
    if (entry === undefined || entry.kind !== kind)
      return { verdict: failed('result', `an export "${action.name}" (${kind})`, 'there is none') }
    if (action.kind === 'get') return { values: [globalValue(instance.globals[entry.index]!)] }
    const func = instance.funcs[entry.index]!
    const args = toValues(action.args, func.type.params)
    if (args === undefined) return { verdict: failed('result', "arguments of the function's type", 'others in the script') }
    try {
      return { values: func.host === undefined ? this.call(func, args) : callHost(func, args) }
    } catch (error) {
      return { error }
    }
  }

  /** A call on bits: arguments and results lie in the register file, no float passes through a JS number. */
  private call(func: Func, args: readonly Value[]): readonly Value[] {
    const T = this.store.acquire(func.instance!)
    try {
      refuel(T, Infinity)
      allow(T, Infinity, now() + this.timeout)
      const base = enterFrame(T, func)
      writeValues(T, base, args)
      let outcome = drive(T)
      while (outcome === 'stopped' || outcome === 'waiting') {
        if (outcome === 'waiting') this.store.scheduler.waitNow(T)
        outcome = drive(T)
      }
      if (outcome === 'exit') throw new ExitError(T.exitCode!)
      return readValues(T, base, func.type.results)
    } catch (error) {
      throw outward(error, this.store.i64, wrapFunc)
    } finally {
      this.store.release(T)
    }
  }
}

const isPlainTrap = (error: unknown): boolean => isTrap(error) && error.code === 'trap'

/** The verdict on a command whose module is not there. */
const unavailable = ({ line }: Held & { instance: undefined }): Verdict =>
  failed('dependent', 'its module', `the module of line ${line} failed`)

/** An exported import of the host: here floats do pass through JS numbers; the spectest functions have no results. */
function callHost({ host, type }: Func, args: readonly Value[]): readonly Value[] {
  const caller: Caller = { memory: undefined, exit: () => {} }
  const result = (host!.call as (caller: Caller, ...raw: unknown[]) => unknown)(caller, ...args.flatMap(toRaw))
  const list = type.results.length === 0 ? [] : type.results.length === 1 ? [result] : (result as unknown[])
  return type.results.map((t, i) => fromRaw(t, list[i]))
}
function fromRaw(type: ValType, value: unknown): Value {
  if (isRef(type)) return { type, words: [], ref: value }
  if (type === I32) return { type, words: [value as number], ref: undefined }
  if (type === I64) return { type, words: value as number[], ref: undefined }
  const words =
    type === F32 ? new Int32Array(Float32Array.of(value as number).buffer) : new Int32Array(Float64Array.of(value as number).buffer)
  if (type !== F32 && type !== F64) return { type, words: value as number[], ref: undefined }
  return { type, words: [...words], ref: undefined }
}
