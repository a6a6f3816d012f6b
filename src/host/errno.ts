/**
 * How host operations fail: one word per POSIX error, as Preview 1 and Preview 2 spell them. Adapters turn the word
 * into their own number. Providers throw `fail('noent')`; anything else they throw reaches the guest as `io`.
 */

// oxfmt-ignore
export type Errno =
  | 'acces' | 'again' | 'badf' | 'busy' | 'canceled' | 'connaborted' | 'connreset' | 'dquot' | 'exist' | 'fault' | 'fbig' | 'ilseq' | 'intr' | 'inval'
  | 'io' | 'isdir' | 'loop'
  | 'mfile' | 'mlink' | 'nametoolong' | 'nfile' | 'nodev' | 'noent' | 'nomem' | 'nospc' | 'nosys' | 'notcapable' | 'notconn' | 'notdir' | 'notempty'
  | 'notsock' | 'notsup' | 'nxio' | 'overflow' | 'perm' | 'pipe' | 'rofs' | 'spipe' | 'txtbsy' | 'xdev'

/**
 * A failed host operation. Deliberately not an Error: failing is ordinary here (is this file there?), and collecting a
 * JS stack trace would cost more than the operation. It never reaches a person: adapters turn it into an errno.
 */
export class SysError {
  readonly errno: Errno
  /** For the `denied` log: what exactly was refused. */
  readonly detail: string
  constructor(errno: Errno, detail = '') {
    this.errno = errno
    this.detail = detail
  }
}

/** Makes the error to throw: `throw fail('noent')`. */
export const fail = (errno: Errno, detail?: string): SysError => new SysError(errno, detail)

/** The errno of anything thrown by a host operation; undefined when it is not one. */
export const errnoOf = (e: unknown): Errno | undefined => (e instanceof SysError ? e.errno : undefined)
