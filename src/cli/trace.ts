/** stub */
import type { Parsed } from './args.ts'
export function traceCommand(_: Parsed): number { return 0 }
