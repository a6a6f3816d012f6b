/** Profiles for other tools: folded stacks, speedscope, .cpuprofile, Chrome trace events. Called by `vitrine profile`. */
import { type Profile, type ProfileNode, preorder } from '../profile.ts'

/** Frames of a folded stack at most, since each line repeats its callers. What is deeper is one line, with `…` at its end. */
const DEEPEST = 500

/** `main;parse;next 1234` a line: for flame graph tools. */
export function toFolded(profile: Profile): string {
  const lines: { readonly path: string; self: number }[] = []
  /** Of the callers of the node that is looked at. */
  const paths: string[] = []
  let deeper: (typeof lines)[number] | undefined
  for (const { node, depth } of preorder(profile.root).slice(1)) {
    if (depth <= DEEPEST) {
      deeper = undefined
      paths.length = depth - 1
      const path = depth === 1 ? frame(node) : `${paths[depth - 2]!};${frame(node)}`
      paths.push(path)
      lines.push({ path, self: node.self })
    } else if (deeper === undefined) lines.push((deeper = { path: `${paths[DEEPEST - 1]!};…`, self: node.self }))
    else deeper.self += node.self
  }
  return lines.map(({ path, self }) => (self > 0 ? `${path} ${Math.round(self)}\n` : '')).join('')
}
/** Semicolons and line ends have a meaning of their own. */
const frame = ({ name }: ProfileNode): string => name.replace(/[;\r\n]/g, '_')

/**
 * https://www.speedscope.app/file-format-schema.json. Each call path is one call, in which what it called comes first: a file of
 * samples would repeat all callers in each.
 */
export function toSpeedscope(profile: Profile, name: string): string {
  const frames: { name: string }[] = []
  const numbers = new Map<string, number>()
  const frameOf = (node: ProfileNode): number => {
    const key = `${node.module === undefined ? 'host' : 'wasm'} ${node.funcidx} ${node.name}`
    let number = numbers.get(key)
    if (number === undefined) {
      number = frames.push({ name: node.name }) - 1
      numbers.set(key, number)
    }
    return number
  }
  const events: { readonly type: 'O' | 'C'; readonly frame: number; readonly at: number }[] = []
  const open: { readonly frame: number; readonly end: number }[] = []
  // Times are no whole numbers: what is rounded must not go back.
  let last = 0
  const event = (type: 'O' | 'C', number: number, at: number): void => {
    last = Math.max(last, at)
    events.push({ type, frame: number, at: last })
  }
  const close = (depth: number): void => {
    while (open.length > depth) {
      const { frame: number, end } = open.pop()!
      event('C', number, end)
    }
  }
  const visits = preorder(profile.root)
  /** Where the next call within each of `visits` begins. */
  const next: number[] = [0]
  for (let i = 1; i < visits.length; i++) {
    const { node, depth, parent, total } = visits[i]!
    close(depth - 1)
    const at = next[parent]!
    next[parent]! += total
    next.push(at)
    const call = { frame: frameOf(node), end: at + total }
    open.push(call)
    event('O', call.frame, at)
  }
  close(0)
  return JSON.stringify({
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    exporter: 'vitrine',
    name,
    activeProfileIndex: 0,
    shared: { frames },
    profiles: [
      {
        type: 'evented',
        name,
        unit: profile.by === 'time' ? 'microseconds' : 'none',
        startValue: 0,
        endValue: Math.max(last, visits[0]!.total),
        events,
      },
    ],
  })
}

/** As V8 writes it and Chrome DevTools and VS Code read it; an instruction is shown as a microsecond. */
export function toCpuProfile(profile: Profile, url: string): string {
  const samples: number[] = []
  const timeDeltas: number[] = []
  let sinceLast = 0
  const visits = preorder(profile.root)
  const nodes = visits.map(({ node }, i) => {
    if (node.self > 0) {
      // A delta is the time before its sample, so that what a sample lasts is the delta of the next one.
      samples.push(i + 1)
      timeDeltas.push(sinceLast)
      sinceLast = node.self
    }
    return {
      id: i + 1,
      callFrame: {
        functionName: node.name,
        scriptId: node.module === undefined ? '0' : '1',
        url: node.module === undefined ? '' : url,
        lineNumber: node.funcidx < 0 ? -1 : node.funcidx,
        columnNumber: -1,
      },
      hitCount: node.self > 0 ? 1 : 0,
      children: [] as number[],
    }
  })
  visits.forEach(({ parent }, i) => nodes[parent]?.children.push(i + 1))
  samples.push(1)
  timeDeltas.push(sinceLast)
  const endTime = timeDeltas.reduce((a, b) => a + b, 0)
  return JSON.stringify({ nodes, startTime: 0, endTime, samples, timeDeltas })
}

/** Trace events for chrome://tracing and ui.perfetto.dev: each call that was kept. An instruction is shown as a microsecond. */
export function toChromeTrace(profile: Profile, name: string): string {
  const events: object[] = [{ ph: 'M', pid: 1, tid: 0, ts: 0, name: 'process_name', args: { name } }]
  for (const tid of new Set(profile.events.map(({ thread }) => thread)))
    events.push({ ph: 'M', pid: 1, tid, ts: 0, name: 'thread_name', args: { name: `thread ${tid}` } })
  for (const { node, thread, begin, end } of profile.events) {
    events.push({
      ph: 'X',
      pid: 1,
      tid: thread,
      ts: begin,
      dur: end - begin,
      name: node.name,
      cat: node.module === undefined ? 'host' : 'wasm',
      args: node.funcidx < 0 ? {} : { funcidx: node.funcidx },
    })
  }
  return JSON.stringify({
    traceEvents: events,
    displayTimeUnit: 'ms',
    otherData: { unit: profile.by === 'time' ? 'µs' : 'instructions, shown as µs', truncated: profile.truncated },
  })
}
