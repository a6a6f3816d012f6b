/**
 * Where a program spends its instructions, or its time, by call path. Instructions are counted exactly, so that two runs give
 * the same profile. Used by `vitrine profile`; formats/ writes it for other tools.
 */
import { now } from '../interp/clock.ts'
import type { Module } from '../module/module.ts'
import { moduleNames } from '../module/names.ts'
import type { Func } from '../runtime/func.ts'
import type { SharedModule } from '../runtime/instance.ts'
import * as STATUS from '../runtime/status.ts'
import type { Thread } from '../runtime/thread.ts'
import { Inspector, type Target, storeOf } from './inspector.ts'
import type { Watcher } from './instrumentation.ts'

export interface ProfileOptions {
  /** `instructions` (default), or `time` in microseconds of wall clock; watching takes time too, mostly of calls. */
  readonly by?: 'instructions' | 'time'
  /** Keep each call with its begin and end, at most so many; default 0. For timelines (Chrome trace). */
  readonly events?: number
}

/** A function, reached by one path of calls. */
export interface ProfileNode {
  readonly funcidx: number
  /** Undefined for a host function. */
  readonly module: Module | undefined
  readonly name: string
  /** Instructions or µs spent in it, without what it called. */
  readonly self: number
  /** How often it was called by this path. */
  readonly calls: number
  readonly children: readonly ProfileNode[]
}

/** A node on a way through a tree. */
interface Visit {
  readonly node: ProfileNode
  /** Of its caller in the list; -1 of the root. */
  readonly parent: number
  /** 0 of the root. */
  readonly depth: number
  /** Spent in it and in what it called. */
  readonly total: number
}

/** A node and all below it, callers in front of what they called. Trees are as deep as the guest's stack was: nothing here recurs. */
export function preorder(root: ProfileNode): readonly Visit[] {
  const list: { node: ProfileNode; parent: number; depth: number; total: number }[] = []
  const open = [{ node: root, parent: -1, depth: 0 }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node, depth } = next
    const at = list.push({ ...next, total: node.self }) - 1
    for (let i = node.children.length - 1; i >= 0; i--) open.push({ node: node.children[i]!, parent: at, depth: depth + 1 })
  }
  for (let i = list.length - 1; i > 0; i--) list[list[i]!.parent]!.total += list[i]!.total
  return list
}

/** A call on the timeline: `begin` and `end` count instructions or µs from the start. */
export interface ProfileEvent {
  readonly node: ProfileNode
  /** 1, 2, …: threads in the order in which they appeared. */
  readonly thread: number
  readonly begin: number
  readonly end: number
}

export interface FunctionTotal {
  readonly name: string
  readonly funcidx: number
  readonly self: number
  /** With everything that it called; recursion is counted once. */
  readonly total: number
  readonly calls: number
}

class Node implements ProfileNode {
  readonly funcidx: number
  readonly module: Module | undefined
  readonly name: string
  self = 0
  calls = 0
  readonly children: Node[] = []
  readonly parent: Node | undefined
  private last: Node | undefined = undefined

  constructor(parent: Node | undefined, funcidx: number, module: Module | undefined, name: string) {
    this.parent = parent
    this.funcidx = funcidx
    this.module = module
    this.name = name
  }

  child(funcidx: number, module: Module | undefined, name: () => string): Node {
    const { last } = this
    if (last !== undefined && last.funcidx === funcidx && last.module === module && (module !== undefined || last.name === name()))
      return last
    let child = this.children.find((c) => c.funcidx === funcidx && c.module === module && (module !== undefined || c.name === name()))
    if (child === undefined) {
      child = new Node(this, funcidx, module, name())
      this.children.push(child)
    }
    this.last = child
    return child
  }
}

type Draft = { -readonly [K in keyof ProfileEvent]: ProfileEvent[K] }

/** What is known of one thread: its stack of nodes, one for each frame, and when it was last looked at. */
interface Shadow {
  readonly number: number
  readonly stack: Node[]
  readonly open: (Draft | undefined)[]
  last: number
  /** It has gone on to another stack: a continuation was resumed or suspended. */
  moved: boolean
}

export class Profile {
  readonly by: 'instructions' | 'time'
  /** Calls from outside are its children. */
  readonly root: ProfileNode
  readonly events: ProfileEvent[] = []
  /** Whether there were more events than were asked for. */
  truncated = false
  private readonly most: number
  private readonly shadows: Map<Thread, Shadow> = new Map()
  private thread: Thread | undefined = undefined
  private shadow: Shadow | undefined = undefined
  private clock = 0
  /** Ends the profile; it stays readable. */
  readonly stop: () => void

  constructor(target: Target, options: ProfileOptions) {
    this.by = options.by ?? 'instructions'
    this.most = options.events ?? 0
    const root = new Node(undefined, -1, undefined, '(root)')
    this.root = root
    const inspector = Inspector.of(storeOf(target))
    const watcher: Watcher = {
      weigh: this.by === 'instructions',
      entry: (T, shared, funcidx) => this.entered(T, shared, funcidx),
      returned: (T) => this.settle(T, T.depth),
      entered: (T) => {
        const shadow = this.of(T)
        // What passed while the thread was away is not its own.
        shadow.last = this.time(T)
        this.cut(shadow, T.depth)
        if (shadow.moved) this.fill(T, shadow)
      },
      left: (T, status) => this.left(T, status),
    }
    inspector.add(watcher)
    this.stop = () => {
      inspector.remove(watcher)
      // Calls that have not returned: they go on, or were ended by an exit or a trap.
      for (const shadow of this.shadows.values()) this.cut(shadow, 0)
    }
  }

  /** All instructions, or µs. */
  get total(): number {
    return preorder(this.root)[0]!.total
  }

  /** Totals by function, the largest `self` first. */
  functions(): FunctionTotal[] {
    type Entry = { name: string; funcidx: number; self: number; total: number; calls: number; open: number }
    const entries = new Map<string, Entry>()
    /** Of the path to the node that is looked at. */
    const path: Entry[] = []
    for (const { node, depth, total } of preorder(this.root)) {
      if (depth === 0) continue
      const key = `${node.module === undefined ? 'host' : moduleNumber(node.module)} ${node.funcidx} ${node.name}`
      let entry = entries.get(key)
      if (entry === undefined) {
        entry = { name: node.name, funcidx: node.funcidx, self: 0, total: 0, calls: 0, open: 0 }
        entries.set(key, entry)
      }
      while (path.length >= depth) path.pop()!.open--
      entry.self += node.self
      entry.calls += node.calls
      if (entry.open++ === 0) entry.total += total
      path.push(entry)
    }
    return [...entries.values()]
      .map(({ name, funcidx, self, total, calls }) => ({ name, funcidx, self, total, calls }))
      .sort((a, b) => b.self - a.self || b.total - a.total || a.funcidx - b.funcidx)
  }

  private time(T: Thread): number {
    return this.by === 'time' ? now() * 1000 : T.work
  }

  private of(T: Thread): Shadow {
    if (T === this.thread) return this.shadow!
    let shadow = this.shadows.get(T)
    if (shadow === undefined) {
      shadow = { number: this.shadows.size + 1, stack: [], open: [], last: this.time(T), moved: false }
      this.shadows.set(T, shadow)
    }
    this.thread = T
    this.shadow = shadow
    return shadow
  }

  /** Gives what has passed to the function on top, then takes off what is above `depth` frames. */
  private settle(T: Thread, depth: number): Shadow {
    const shadow = this.of(T)
    const { stack } = shadow
    const time = this.time(T)
    const passed = time - shadow.last
    shadow.last = time
    this.clock += passed
    const top = stack.length > 0 ? stack[stack.length - 1]! : (this.root as Node)
    top.self += passed
    if (stack.length > depth) this.cut(shadow, depth)
    return shadow
  }
  private cut(shadow: Shadow, depth: number): void {
    const { stack, open } = shadow
    while (stack.length > depth && stack.length > 0) {
      stack.pop()
      const event = open.pop()
      if (event !== undefined) event.end = this.clock
    }
  }

  /** Frames of a continuation that goes on: who called them does not show, so the function on top stands for all of them. */
  private fill(T: Thread, shadow: Shadow): void {
    shadow.moved = false
    const { stack, open } = shadow
    const { module } = T.instance
    const funcidx = T.executor.functionAt(T.instance, T.unit, T.pc, false)
    while (stack.length < T.depth) {
      const parent = stack.length > 0 ? stack[stack.length - 1]! : (this.root as Node)
      const node = parent.child(funcidx, module, () => nameOf(module, funcidx))
      stack.push(parent.funcidx === funcidx && parent.module === module ? parent : node)
      open.push(undefined)
    }
  }

  private push(shadow: Shadow, node: Node): void {
    node.calls++
    shadow.stack.push(node)
    if (this.most === 0) return
    if (this.events.length >= this.most) {
      this.truncated = true
      shadow.open.push(undefined)
      return
    }
    const event: Draft = { node, thread: shadow.number, begin: this.clock, end: this.clock }
    this.events.push(event)
    shadow.open.push(event)
  }

  private entered(T: Thread, { module }: SharedModule, funcidx: number): void {
    const shadow = this.settle(T, T.depth - 1)
    const { stack } = shadow
    const parent = stack.length > 0 ? stack[stack.length - 1]! : (this.root as Node)
    this.push(
      shadow,
      parent.child(funcidx, module, () => nameOf(module, funcidx)),
    )
  }

  private left(T: Thread, status: number): void {
    const shadow = this.settle(T, T.depth)
    if (status === STATUS.resume || status === STATUS.suspend || status === STATUS.switchTo) shadow.moved = true
    const host = status === STATUS.call || status === STATUS.tailCall ? T.callee!.host : undefined
    if (host === undefined || shadow.stack.length === 0) return
    const func = T.callee!
    const node = shadow.stack[shadow.stack.length - 1]!.child(-1, undefined, () => hostName(func))
    // Its time is counted, not that of what it calls in turn: that has frames of its own.
    this.push(shadow, node)
  }
}

const numbers = new WeakMap<Module, number>()
let modules = 0
function moduleNumber(module: Module): number {
  let number = numbers.get(module)
  if (number === undefined) {
    number = modules++
    numbers.set(module, number)
  }
  return number
}

const hostName = ({ name }: Func): string => `host: ${name ?? 'a function'}`
const nameOf = (module: Module, funcidx: number): string => moduleNames(module).funcs.get(funcidx) ?? `func ${funcidx}`

/** Profiles calls that begin from now on. */
export const profile = (target: Target, options: ProfileOptions = {}): Profile => new Profile(target, options)
