import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { freePort } from '../setup/ports.ts'
import { startProgram } from '../setup/sip-peers.ts'

const LINE = { username: 'line', password: 'secret of the line' }

/** A proxy that checks digests, records its route, and sends calls on to `next`. */
export async function startKamailio(next: { server: string; port: number }, algorithm: 'MD5' | 'SHA-256') {
  const folder = mkdtempSync(join(tmpdir(), 'kamailio-'))
  const [address, port] = ['127.0.0.6', await freePort()]
  writeFileSync(
    join(folder, 'kamailio.cfg'),
    `#!KAMAILIO
debug=1
log_stderror=yes
children=1
auto_aliases=no
listen=udp:${address}:${port}
loadmodule "sl.so"
loadmodule "tm.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "siputils.so"
loadmodule "textops.so"
loadmodule "auth.so"
modparam("auth", "algorithm", "${algorithm}")
request_route {
  if (is_method("CANCEL")) { if (t_check_trans()) { t_relay(); } exit; }
  if (has_totag()) {
    if (loose_route()) { t_relay(); exit; }
    if (is_method("ACK")) { if (t_check_trans()) { t_relay(); } exit; }
    sl_send_reply("404", "Not here");
    exit;
  }
  if (is_method("OPTIONS")) { sl_send_reply("200", "OK"); exit; }
  if (is_method("REGISTER")) {
    if (!pv_www_authenticate("trunk", "${LINE.password}", "0")) { www_challenge("trunk", "1"); exit; }
    append_to_reply("Expires: 300\\r\\n");
    sl_send_reply("200", "OK");
    exit;
  }
  if (!pv_proxy_authenticate("trunk", "${LINE.password}", "0")) { proxy_challenge("trunk", "1"); exit; }
  consume_credentials();
  record_route();
  $du = "sip:${next.server}:${next.port}";
  t_relay();
  exit;
}
`,
  )
  const args = [
    '-f',
    'kamailio.cfg',
    '-DD',
    '-E',
    '-m',
    '32',
    '-M',
    '4',
    '-Y',
    folder,
    '-P',
    join(folder, 'pid'),
  ]
  const program = await startProgram('/usr/sbin/kamailio', args, folder)
  onTestFinished(async () => {
    await program.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  return { settings: { server: address, port, ...LINE }, output: program.output }
}
