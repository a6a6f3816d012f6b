/**
 * The part of a script that executes nothing: every module must parse, decode and validate, every assert_malformed and
 * assert_invalid must be refused with the right words. Done once, whatever the configurations.
 */
import { isInvalid, isMalformed } from '../src/errors.ts'
import type { Command, ModuleCommand } from '../src/text/index.ts'
import type { Script } from './script.ts'
import { type Verdict, expectedError, failed, passed, wrongError } from './verdict.ts'

/** The verdict on a command's static part; undefined if it has none. */
export function checkStatic(script: Script, command: Command): Verdict | undefined {
  switch (command.kind) {
    case 'module': {
      const loaded = script.module(command)
      return loaded.module !== undefined ? passed : wrongError('a valid module', loaded.error)
    }
    case 'assert_malformed':
      return refused(script, command.module, 'malformed', command.message, isMalformed)
    case 'assert_invalid':
      return refused(script, command.module, 'invalid', command.message, isInvalid)
    case 'assert_malformed_custom':
    case 'assert_invalid_custom':
      return refusedCustom(script, command.module, command.message)
    default:
      return undefined
  }
}

function refused(script: Script, command: ModuleCommand, kind: string, message: string, is: (error: unknown) => boolean): Verdict {
  const loaded = script.load(command)
  if (loaded.module !== undefined) return failed('result', `${kind}: ${message}`, 'a valid module')
  // What is malformed must not get as far as the validator.
  if (kind === 'invalid' && loaded.stage !== 'validate' && isInvalid(loaded.error))
    return failed('result', `${kind}: ${message}`, `refused too early (${loaded.stage})`)
  return expectedError(kind, message, loaded.error, is)
}

/** Malformed annotations and custom sections: the text parser refuses the ones it knows. */
function refusedCustom(script: Script, command: ModuleCommand, message: string): Verdict {
  const loaded = script.load(command)
  if (loaded.module !== undefined) return failed('result', `malformed: ${message}`, 'a valid module')
  return expectedError('malformed', message, loaded.error, (error) => isMalformed(error) || isInvalid(error))
}
