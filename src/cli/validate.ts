/** `vitrine validate FILE…`: decodes and validates, and says for each file what is wrong with it. Called by main.ts. */
import { isVitrineError } from '../errors.ts'
import type { Parsed } from './args.ts'
import { complain, print } from './output.ts'
import { excerpt } from './excerpt.ts'
import { FileError, SourceFile, parseFeatures } from './program.ts'
import { EXIT, report } from './report.ts'

export async function validateCommand(parsed: Parsed): Promise<number> {
  const features = parseFeatures(parsed.get('features'))
  let exitCode = 0
  for (const path of parsed.operands) {
    const file = new SourceFile(path, features)
    let said = `${file.path}: valid`
    try {
      await (await file.read()).compile()
    } catch (error) {
      const { text } = report(error, undefined)
      const around = error instanceof FileError && isVitrineError(error.cause) ? excerpt(error.cause, file) : []
      complain([text.replace(/^vitrine: /, ''), ...around].join('\n'))
      exitCode = EXIT.failed
      said = ''
    }
    if (said !== '' && !print(said)) break
  }
  return exitCode
}
