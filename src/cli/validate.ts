/** `vitrine validate FILE…`: decodes and validates, and says for each file what is wrong with it. Called by main.ts. */
import type { Parsed } from './args.ts'
import { complain, print } from './output.ts'
import { SourceFile } from './program.ts'
import { EXIT, report } from './report.ts'

export function validateCommand(parsed: Parsed): number {
  let exitCode = 0
  for (const path of parsed.operands) {
    try {
      new SourceFile(path).read().compile()
      print(`${path}: valid`)
    } catch (error) {
      const { text } = report(error, undefined)
      complain(text.replace(/^vitrine: /, ''))
      exitCode = EXIT.failed
    }
  }
  return exitCode
}
