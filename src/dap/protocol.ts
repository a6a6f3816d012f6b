/**
 * What vitrine says in the Debug Adapter Protocol (https://microsoft.github.io/debug-adapter-protocol): its capabilities, and the
 * shapes of the objects that it sends. A test compares both with the protocol's own types.
 */

export interface ProtocolSource {
  readonly name?: string
  readonly path?: string
  readonly sourceReference?: number
  readonly origin?: string
}

export interface ProtocolBreakpoint {
  readonly id: number
  readonly verified: boolean
  readonly message?: string
  readonly source?: ProtocolSource
  readonly line?: number
  readonly column?: number
  readonly instructionReference?: string
}

export interface ProtocolVariable {
  readonly name: string
  readonly value: string
  readonly type?: string
  readonly evaluateName?: string
  readonly variablesReference: number
  readonly namedVariables?: number
  readonly indexedVariables?: number
  readonly memoryReference?: string
  readonly presentationHint?: { readonly attributes?: string[]; readonly kind?: string }
}

/** A kind of exception that a client may choose to stop at. */
interface ExceptionFilter {
  readonly filter: string
  readonly label: string
  readonly description: string
  readonly default: boolean
  readonly supportsCondition?: boolean
  readonly conditionDescription?: string
}
export const exceptionFilters: ExceptionFilter[] = [
  { filter: 'trap', label: 'Traps', description: 'Stops before a trap takes effect.', default: true },
  {
    filter: 'uncaught',
    label: 'Uncaught exceptions',
    description: 'Stops where an exception is thrown that no function on the call stack handles.',
    default: true,
  },
  {
    filter: 'throw',
    label: 'Thrown exceptions',
    description: 'Stops wherever an exception is thrown.',
    default: false,
    supportsCondition: true,
    conditionDescription: 'name of a tag',
  },
]

export const capabilities: Readonly<Record<string, boolean | string[] | ExceptionFilter[]>> = {
  supportsConfigurationDoneRequest: true,
  supportsFunctionBreakpoints: true,
  supportsConditionalBreakpoints: true,
  supportsHitConditionalBreakpoints: true,
  supportsEvaluateForHovers: true,
  exceptionBreakpointFilters: exceptionFilters,
  supportsSetVariable: true,
  supportsStepInTargetsRequest: true,
  supportsCompletionsRequest: true,
  completionTriggerCharacters: ['$', '['],
  supportsModulesRequest: true,
  supportsRestartRequest: true,
  supportsValueFormattingOptions: true,
  supportsExceptionInfoRequest: true,
  supportTerminateDebuggee: true,
  supportsDelayedStackTraceLoading: true,
  supportsLoadedSourcesRequest: true,
  supportsLogPoints: true,
  supportsSetExpression: true,
  supportsTerminateRequest: true,
  supportsDataBreakpoints: true,
  supportsDataBreakpointBytes: true,
  supportsReadMemoryRequest: true,
  supportsWriteMemoryRequest: true,
  supportsDisassembleRequest: true,
  supportsCancelRequest: true,
  supportsBreakpointLocationsRequest: true,
  supportsClipboardContext: true,
  supportsSteppingGranularity: true,
  supportsInstructionBreakpoints: true,
  supportsExceptionFilterOptions: true,
}
