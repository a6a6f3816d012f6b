/** `vitrine profile [options] FILE [args…]`: where a program spends its instructions. Called by main.ts. */
import { closeSync } from 'node:fs'
import { flameHtml } from '../trace/formats/html.ts'
import { toChromeTrace, toCpuProfile, toFolded, toSpeedscope } from '../trace/formats/profiles.ts'
import { type Profile, profile } from '../trace/profile.ts'
import { type Parsed, UsageError } from './args.ts'
import { prepareGuest } from './guest.ts'
import { emit, outputFile } from './output.ts'
import type { Session } from './program.ts'
import { runWatched, storeFor } from './watched.ts'

/** Calls that a timeline keeps. */
const MOST_EVENTS = 500_000

const writers: Readonly<Record<string, (profile: Profile, name: string) => string>> = {
  text: table,
  folded: toFolded,
  speedscope: (p, name) => `${toSpeedscope(p, name)}\n`,
  cpuprofile: (p, name) => `${toCpuProfile(p, name)}\n`,
  chrome: (p, name) => `${toChromeTrace(p, name)}\n`,
  html: flameHtml,
}

export async function profileCommand(parsed: Parsed, session: Session): Promise<number> {
  const format = parsed.get('format') ?? 'text'
  const write = Object.hasOwn(writers, format) ? writers[format] : undefined
  if (write === undefined) throw new UsageError(`--format '${format}' is not one of ${Object.keys(writers).join(', ')}`)
  const by = parsed.get('by') ?? 'instructions'
  if (by !== 'instructions' && by !== 'time') throw new UsageError(`--by '${by}' is neither instructions nor time`)
  const guest = await prepareGuest(parsed, session)
  const output = parsed.get('output')
  const fd = outputFile(output)
  const store = storeFor(guest)
  const profiled = profile(store, { by, events: format === 'chrome' ? MOST_EVENTS : 0 })
  const exitCode = await runWatched(guest, store, output)
  profiled.stop()
  emit(fd, write(profiled, guest.file.name))
  if (fd > 2) closeSync(fd)
  return exitCode
}

/** The functions that took most. */
function table(profiled: Profile): string {
  const { total } = profiled
  const share = (n: number): string => `${total === 0 ? '0.0' : ((n / total) * 100).toFixed(1)} %`
  const rows = profiled
    .functions()
    .map((f) => [share(f.self), String(Math.round(f.self)), share(f.total), String(Math.round(f.total)), String(f.calls), f.name])
  rows.unshift(['self', profiled.by === 'time' ? 'µs' : 'instructions', 'total', '', 'calls', 'function'])
  const widths = [0, 1, 2, 3, 4].map((c) => Math.max(...rows.map((row) => row[c]!.length)))
  return rows.map((row) => `${widths.map((width, c) => row[c]!.padStart(width)).join('  ')}  ${row[5]!}\n`).join('')
}
