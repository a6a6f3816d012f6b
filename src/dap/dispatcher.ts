/**
 * Requests and their answers. Requests are carried out in their order, one in each turn of the event loop, so that `cancel` finds
 * those that still wait. Called by session.ts.
 */
import { isVitrineError } from '../errors.ts'
import { Arguments, RequestError } from './arguments.ts'

/** What a request is carried out with. */
export interface Context {
  /** Aborted by `cancel` and at the end of the session. */
  readonly signal: AbortSignal
  /** Does something when the response has been sent. */
  readonly after: (action: () => void) => void
}
/** Gives the body of the response, or a promise of it. Whatever it throws is the client's answer. */
export type Handler = (args: Arguments, context: Context) => unknown

interface Request {
  readonly seq: number
  readonly command: string
  readonly args: unknown
}

/** A request that the client has taken back. */
export const CANCELLED: RequestError = new RequestError('cancelled')

export class Dispatcher {
  private readonly send: (message: object) => void
  private readonly handlerOf: (command: string) => Handler | undefined
  private seq = 1
  private readonly queue: Request[] = []
  private isPumping = false
  private isOver = false
  /** Those that take longer, by their numbers. */
  private readonly running = new Map<number, AbortController>()

  /** `handlerOf` throws for a request that may not come now. */
  constructor(send: (message: object) => void, handlerOf: (command: string) => Handler | undefined) {
    this.send = send
    this.handlerOf = handlerOf
  }

  /** A message of the client: JSON in UTF-8. Whatever is wrong with it is told to the client. */
  receive(body: Uint8Array): void {
    let message: unknown
    try {
      message = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body))
    } catch (error) {
      this.complain(`a message is not JSON: ${(error as Error).message}`)
      return
    }
    if (typeof message !== 'object' || message === null || Array.isArray(message)) {
      this.complain('a message is no object')
      return
    }
    const { type, seq, command, arguments: args } = message as Record<string, unknown>
    if (type === 'response' || type === 'event') return
    const number = Number.isSafeInteger(seq) ? (seq as number) : 0
    if (type !== 'request' || typeof command !== 'string' || !Number.isSafeInteger(seq)) {
      const word = typeof command === 'string' ? command : ''
      this.respond(
        { seq: number, command: word, args },
        new RequestError('a request needs type "request", a whole number seq and a string command'),
      )
      return
    }
    const request = { seq: number, command, args }
    if (command === 'cancel') {
      this.carryOut(request)
      return
    }
    this.queue.push(request)
    void this.pump()
  }

  private async pump(): Promise<void> {
    if (this.isPumping) return
    this.isPumping = true
    while (this.queue.length > 0) {
      await new Promise((resolve) => setImmediate(resolve))
      const request = this.queue.shift()
      if (request !== undefined && !this.isOver) this.carryOut(request)
    }
    this.isPumping = false
  }

  private carryOut(request: Request): void {
    const { seq, command, args } = request
    const controller = new AbortController()
    const actions: (() => void)[] = []
    const context: Context = { signal: controller.signal, after: (action) => void actions.push(action) }
    const finish = (outcome: unknown): void => {
      this.running.delete(seq)
      if (this.isOver) return
      this.respond(request, outcome)
      try {
        for (const action of actions) action()
      } catch (error) {
        this.complain((error as Error).message)
      }
    }
    try {
      const handler = this.handlerOf(command)
      if (handler === undefined) throw new RequestError(`there is no request '${command}' here`)
      const result = handler(new Arguments(command, args), context)
      if (result instanceof Promise) {
        this.running.set(seq, controller)
        result.then(finish, (error: unknown) => finish(error instanceof Error ? error : new Error(String(error))))
      } else finish(result)
    } catch (error) {
      finish(error instanceof Error ? error : new Error(String(error)))
    }
  }

  private respond({ seq, command }: Request, outcome: unknown): void {
    const head = { seq: this.seq++, type: 'response', request_seq: seq, command }
    if (!(outcome instanceof Error)) {
      this.send({ ...head, success: true, ...(outcome === undefined ? {} : { body: outcome }) })
      return
    }
    const isKnown = outcome instanceof RequestError || isVitrineError(outcome)
    const message = isKnown ? outcome.message : `internal error: ${outcome.message}. This is a bug in vitrine.`
    // Braces would be places for variables.
    const error = { id: 1, format: '{message}', variables: { message }, showUser: command === 'launch' || command === 'attach' }
    this.send({ ...head, success: false, message: outcome === CANCELLED ? 'cancelled' : message, body: { error } })
  }

  event(event: string, body?: object): void {
    this.send({ seq: this.seq++, type: 'event', event, ...(body === undefined ? {} : { body }) })
  }
  private complain(problem: string): void {
    this.event('output', { category: 'important', output: `vitrine: ${problem}\n` })
  }

  /** Takes back a request that waits or takes its time; one that was answered already is none, which is no error. */
  cancel(seq: number): void {
    const at = this.queue.findIndex((request) => request.seq === seq)
    if (at >= 0) this.respond(this.queue.splice(at, 1)[0]!, CANCELLED)
    this.running.get(seq)?.abort(CANCELLED)
  }

  /** Nothing more is answered. */
  close(): void {
    this.isOver = true
    this.queue.length = 0
    for (const controller of this.running.values()) controller.abort(CANCELLED)
  }
}
