/** Profiles for other tools: folded stacks, speedscope, .cpuprofile, Chrome trace events. Called by `vitrine profile`. */
import type { Profile, ProfileNode } from '../profile.ts'

/** `main;parse;next 1234` a line: for flame graph tools. */
export function toFolded(profile: Profile): string {
  const lines: string[] = []
  const visit = (node: ProfileNode, path: string): void => {
    const own = path === '' ? frame(node) : `${path};${frame(node)}`
    if (node.self > 0) lines.push(`${own} ${Math.round(node.self)}`)
    for (const child of node.children) visit(child, own)
  }
  for (const child of profile.root.children) visit(child, '')
  return lines.map((line) => `${line}\n`).join('')
}
/** Semicolons and line ends have a meaning of their own. */
const frame = ({ name }: ProfileNode): string => name.replace(/[;\r\n]/g, '_')

/** https://www.speedscope.app/file-format-schema.json: one sample for each call path, weighted. */
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
  const samples: number[][] = []
  const weights: number[] = []
  const visit = (node: ProfileNode, path: readonly number[]): void => {
    const own = [...path, frameOf(node)]
    if (node.self > 0) {
      samples.push(own)
      weights.push(node.self)
    }
    for (const child of node.children) visit(child, own)
  }
  for (const child of profile.root.children) visit(child, [])
  return JSON.stringify({
    $schema: 'https://www.speedscope.app/file-format-schema.json',
    exporter: 'vitrine',
    name,
    activeProfileIndex: 0,
    shared: { frames },
    profiles: [
      {
        type: 'sampled',
        name,
        unit: profile.by === 'time' ? 'microseconds' : 'none',
        startValue: 0,
        endValue: weights.reduce((a, b) => a + b, 0),
        samples,
        weights,
      },
    ],
  })
}

/** As V8 writes it and Chrome DevTools and VS Code read it; an instruction is shown as a microsecond. */
export function toCpuProfile(profile: Profile, url: string): string {
  const nodes: object[] = []
  const samples: number[] = []
  const timeDeltas: number[] = []
  let sinceLast = 0
  const visit = (node: ProfileNode): number => {
    const id = nodes.length + 1
    const record = {
      id,
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
    nodes.push(record)
    if (node.self > 0) {
      // A delta is the time before its sample, so that what a sample lasts is the delta of the next one.
      samples.push(id)
      timeDeltas.push(sinceLast)
      sinceLast = node.self
    }
    for (const child of node.children) record.children.push(visit(child))
    return id
  }
  visit(profile.root)
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
