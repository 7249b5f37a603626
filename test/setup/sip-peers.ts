import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { waitFor } from './wait.ts'

/** Runs an unrelated program that ends with the test’s process: Linux sees to it. */
export async function startProgram(program: string, args: string[], cwd: string) {
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', () => resolve())
    ended.then(() => reject(new Error(`${program} did not start: ${output}`)))
  })
  return {
    ended,
    output: () => output,
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}

/** A message that a peer received or sent. */
export type Traced = {
  way: 'received' | 'sent'
  /** By this machine's clock, in milliseconds. */
  at: number
  text: string
  method: string
  status: number
  callId: string
}

export type Sipp = { messages(): Traced[]; received(method: string): Traced[]; stop(): Promise<void> }

/** A trunk that does what the scenario says with every call. It listens on an address of 127.0.0.0/8. */
export async function startSipp(
  scenario: string,
  { address, port, transport = 'udp' }: { address: string; port: number; transport?: 'udp' | 'tcp' },
  more: string[] = [],
): Promise<Sipp> {
  const folder = mkdtempSync(join(tmpdir(), 'sipp-'))
  writeFileSync(join(folder, 'scenario.xml'), scenario)
  const trace = join(folder, 'trace.log')
  const program = await startProgram(
    'sipp',
    [
      ...['-sf', 'scenario.xml', '-i', address, '-p', String(port), '-t', transport === 'tcp' ? 't1' : 'u1'],
      ...['-trace_msg', '-message_file', trace, '-nostdin', '-aa', ...more],
    ],
    folder,
  )
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  await waitFor(
    () => readFileSync(transport === 'tcp' ? '/proc/net/tcp' : '/proc/net/udp', 'utf8').includes(`:${hex} `),
    {
      what: `sipp to listen: ${program.output()}`,
    },
  )
  const messages = () => readTrace(trace)
  return {
    messages,
    received: (method) => messages().filter((each) => each.way === 'received' && each.method === method),
    async stop() {
      await program.stop()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function readTrace(path: string): Traced[] {
  let text = ''
  try {
    text = readFileSync(path, 'latin1')
  } catch {
    return []
  }
  return text
    .split(/^-{40,}/m)
    .map((block) => /^ *([^\n]*)\n[^\n]*message (received|sent) [^\n]*\n\s*([\s\S]*)$/.exec(block))
    .filter((found) => found !== null)
    .map(([, at = '', way, message = '']) => ({
      way: way as Traced['way'],
      at: Date.parse(at.trim()),
      text: message,
      method: /^CSeq:\s*\d+\s+(\w+)/im.exec(message)?.[1] ?? '',
      status: Number(/^SIP\/2\.0 (\d{3})/.exec(message)?.[1] ?? 0),
      callId: /^(?:Call-ID|i):\s*(\S+)/im.exec(message)?.[1] ?? '',
    }))
    .filter(({ way, status }) => way === 'sent' || status === 0)
}

/**
 * A scenario from steps: `recv INVITE`, `pause 500`, `180 Ringing`, or `invite 487 Gone` for a reply to the INVITE
 * after another request. Further lines of a step are headers; `tag=x` sets the tag of To, `tag=` none.
 */
export function scenario(...steps: string[]): string {
  return `<?xml version="1.0" encoding="ISO-8859-1" ?>\n<scenario name="trunk">\n${steps.map(stepXml).join('\n')}\n</scenario>\n`
}

function stepXml(step: string): string {
  if (step.startsWith('<')) return step
  const [line = '', ...headers] = step.split('\n')
  const [word = '', value = '', ...rest] = line.split(' ')
  if (word === 'recv') return `<recv request="${value}" ${rest.join(' ')} />`
  if (word === 'pause') return `<pause milliseconds="${value}" />`
  const isForInvite = word === 'invite'
  const [status, ...reason] = isForInvite ? [value, ...rest] : [word, value, ...rest]
  const tag = headers.find((each) => each.startsWith('tag=')) ?? 'tag=[pid]t[call_number]'
  const lines = [
    `SIP/2.0 ${status} ${reason.join(' ') || 'Because'}`,
    '[last_Via:]',
    '[last_From:]',
    `[last_To:]${tag === 'tag=' ? '' : `;${tag}`}`,
    '[last_Call-ID:]',
    isForInvite ? 'CSeq: [last_cseq_number] INVITE' : '[last_CSeq:]',
    'Contact: <sip:trunk@[local_ip]:[local_port];transport=[transport]>',
    ...headers.filter((each) => !each.startsWith('tag=')),
    'Content-Length: 0',
  ]
  // Final replies are repeated until the ACK arrives (RFC 3261 §17.2.1).
  return `<send${isForInvite ? ' retrans="500"' : ''}><![CDATA[\n\n${lines.join('\n')}\n\n]]></send>`
}

/** Steps of a trunk that rings and then hears our CANCEL. */
export const RINGS = ['recv INVITE', '100 Trying', '180 Ringing'] as const
export const CANCELLED = ['recv CANCEL', '200 OK', 'invite 487 Request Terminated', 'recv ACK'] as const
export const HUNG_UP = ['recv ACK', 'recv BYE', '200 OK\ntag='] as const
