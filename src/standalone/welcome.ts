const PHONE = '+79243555100'

/**
 * What `npm start` prints once everything is ready. The lines of the shell work as they are, together or one
 * after the other, in bash and zsh. `link`: the path of a link that logs in to the console.
 */
export function welcome(url: string, testKey: string | null, link: string): string {
  if (!testKey)
    return `\nRingproof is ready: ${url}/console\nThe test key of this installation no longer works: it was revoked or replaced.\n`
  return `
Ringproof is ready: ${url} (reference: ${url}/docs)
Test key (its calls go to the sandbox): ${testKey}

Open the console, already logged in (the link works once, within 15 minutes, on this machine):
${url}${link}

Or verify a phone from a shell: start, wait until it rings, look up the number that rang, confirm it, read the audit.

${shellLines(url, testKey).join('\n')}

Ctrl-C stops everything.
`
}

function shellLines(url: string, testKey: string): string[] {
  return [
    `export URL=${url} KEY=${testKey}`,
    `ask() { curl -sS -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' "$@"; echo; }`,
    `ID=$(ask $URL/v1/verifications -d '{"phone":"${PHONE}"}' | grep -o 'ver_[0-9a-f]*' | head -n 1)`,
    `for i in 1 2 3 4 5 6 7 8 9; do ask $URL/v1/verifications/$ID | grep '"status":"delivered"' && break; sleep 1; done`,
    `FROM=$(ask "$URL/v1/sandbox/calls?phone=${encodeURIComponent(PHONE)}" | grep -o '+[0-9]*' | head -n 1)`,
    `ask $URL/v1/verifications/$ID/confirm -d '{"code":"'$FROM'"}'`,
    `ask $URL/v1/verifications/$ID/audit`,
  ]
}
