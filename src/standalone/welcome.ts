const PHONE = '+79243555100'

/**
 * What `npm start` says once all is ready. Each line with `curl` works by itself, in any shell, as it is. `link`: the path of a
 * link to the console that is already logged in.
 */
export function welcome(url: string, testKey: string | null, link: string): string {
  if (!testKey)
    return `\nRingproof is ready: ${url}/console\nThe test key of this installation has ended: it was revoked or replaced.\n`
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
Test key, its calls go to the sandbox: ${testKey}

See it in a browser, already logged in (the link works once, within 15 minutes, on this machine):
${url}${link}

Or from a shell:

1. Start a verification:
${show} ${json} -d '{"phone":"${PHONE}"}' ${url}/v1/verifications; sleep 2

2. See in the sandbox which number rang:
${show} ${calls}

3. Confirm with its last digits (the line looks up the number and the verification by itself):
${show} ${json} -d "{\\"code\\":\\"${from}\\"}" "${url}/v1/verifications/${id}/confirm"

4. See what was recorded:
${show} "${url}/v1/verifications/${id}/audit"

Ctrl-C stops everything.
`
}
