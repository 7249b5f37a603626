const PHONE = '+79243555100'

/**
 * What `npm start` prints once everything is ready. Each `curl` line works as it is, by itself, in any shell.
 * `link`: the path of a link that logs in to the console.
 */
export function welcome(url: string, testKey: string | null, link: string): string {
  if (!testKey)
    return `\nRingproof is ready: ${url}/console\nThe test key of this installation no longer works: it was revoked or replaced.\n`
  const phone = encodeURIComponent(PHONE)
  const auth = `-H 'Authorization: Bearer ${testKey}'`
  const json = `-H 'Content-Type: application/json'`
  const ask = `curl -sS ${auth}`
  const show = `curl -sS -w '\\n' ${auth}`
  const calls = `'${url}/v1/sandbox/calls?phone=${phone}'`
  const id = `$(${ask} '${url}/v1/verifications?phone=${phone}&limit=1' | grep -o 'ver_[0-9a-f]*' | head -n 1)`
  const from = `$(${ask} ${calls} | grep -o '"from":"[^"]*' | head -n 1 | cut -d '"' -f 4)`
  return `
Ringproof is ready: ${url} (reference: ${url}/docs)
Test key (its calls go to the sandbox): ${testKey}

Open it in a browser, already logged in (the link works once, within 15 minutes, on this machine):
${url}${link}

Or from a shell:

1. Start a verification:
${show} ${json} -d '{"phone":"${PHONE}"}' ${url}/v1/verifications; sleep 2

2. See in the sandbox which number rang:
${show} ${calls}

3. Confirm with its last digits (the command looks up the number and the verification):
${show} ${json} -d "{\\"code\\":\\"${from}\\"}" "${url}/v1/verifications/${id}/confirm"

4. Read the audit trail:
${show} "${url}/v1/verifications/${id}/audit"

Ctrl-C stops everything.
`
}
