/** `vitrine cover [options] FILE [args…]`: which instructions of a program ran. Called by main.ts. */
import { closeSync, writeFileSync } from 'node:fs'
import { countInstructions } from '../trace/counts.ts'
import { type CoveredText, coveredText, toLcov, toSummary } from '../trace/formats/coverage.ts'
import { coverageHtml } from '../trace/formats/html.ts'
import { type Parsed, UsageError } from './args.ts'
import { prepareGuest } from './guest.ts'
import { emit, outputFile } from './output.ts'
import type { Session } from './program.ts'
import { systemMessage } from './system.ts'
import { runWatched, storeFor } from './watched.ts'

const formats: readonly string[] = ['text', 'lcov', 'html']

export async function coverCommand(parsed: Parsed, session: Session): Promise<number> {
  const format = parsed.get('format') ?? 'text'
  if (!formats.includes(format)) throw new UsageError(`--format '${format}' is not one of ${formats.join(', ')}`)
  const guest = await prepareGuest(parsed, session)
  const output = parsed.get('output')
  const fd = outputFile(output)
  const store = storeFor(guest)
  const counter = countInstructions(store)
  const exitCode = await runWatched(guest, store, output)
  counter.stop()
  const counts = counter.of(guest.module.data)
  const wat = parsed.get('wat')
  const path = wat ?? `${guest.file.name.replace(/\.wa(sm|t)$/, '')}.printed.wat`
  let covered: CoveredText | undefined
  if (format !== 'text' || wat !== undefined) covered = coveredText(counts)
  if (wat !== undefined) writeText(wat, `${covered!.lines.join('\n')}\n`)
  emit(fd, format === 'text' ? toSummary(counts) : format === 'lcov' ? toLcov(covered!, path) : coverageHtml(covered!, guest.file.name))
  if (fd > 2) closeSync(fd)
  return exitCode
}

function writeText(path: string, text: string): void {
  try {
    writeFileSync(path, text)
  } catch (error) {
    throw new UsageError(`cannot write ${path}: ${systemMessage(error)}`)
  }
}
