/** stub */
import type { Parsed } from './args.ts'
export function inspectCommand(_: Parsed): number { return 0 }
