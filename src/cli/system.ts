/** Errors of the operating system, in words. Used wherever the command line opens, reads or writes a file. */

const systemWords: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'it is a directory',
  EACCES: 'permission denied',
  ENOTDIR: 'a part of the path is not a directory',
  ELOOP: 'too many symbolic links',
  ENOSPC: 'no space left on device',
  EROFS: 'the file system is read-only',
}

/** Words for an error of the operating system. */
export function systemMessage(error: unknown): string {
  const { code, message } = error as { code?: string; message?: string }
  return systemWords[code ?? ''] ?? (message ?? String(error)).replace(/^[A-Z]+: /, '')
}
