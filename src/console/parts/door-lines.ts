import type { CompatSecrets, Facade } from '../../access/compat-schemas.ts'
import { type Html, html } from '../../html/html.ts'
import type { Member } from '../visit.ts'
import { originOf } from './api-call.ts'
import { copiedLines } from './copy.ts'

/** The lines that a client changes, by language: their names, and the shell command that tries the door. */
type Lines = readonly (readonly [language: string, lines: string])[]

/** What to change in a client, for this installation's address; with its secrets only while they are shown. */
export function doorLines(member: Member, facade: Facade, secrets: CompatSecrets | null): Html {
  const { t } = member
  const origin = originOf(member)
  const token = secrets && 'token' in secrets ? secrets.token : '<token>'
  const [accessKey, signKey] =
    secrets && 'sign_key' in secrets ? [secrets.access_key, secrets.sign_key] : ['<access key>', '<sign key>']
  const lines = facade === 'telefon-ip' ? telefonIp(origin, token) : newTel(origin, accessKey, signKey)
  return html`<section aria-labelledby="lines"><h2 id="lines">${t.doors.lines}</h2><p class="soft">${t.doors.linesHelp(OPERATOR[facade])}</p>
${lines.map(([name, text]) => html`<h3 id="${name}">${name === 'shell' ? t.doors.tryIt : name}</h3>${copiedLines(member, name, name, text)}`)}</section>`
}

const OPERATOR: Readonly<Record<Facade, string>> = {
  'telefon-ip': 'https://api.telefon-ip.ru',
  'new-tel': 'https://api.new-tel.net',
}

function telefonIp(origin: string, token: string): Lines {
  const base = `${origin}/api/v1/authcalls/${token}`
  return [
    ['Python', `BASE_URL = "${origin}"\nTOKEN = "${token}"`],
    ['PHP', `$baseUrl = '${origin}';\n$token = '${token}';`],
    ['JavaScript', `const baseUrl = '${origin}'\nconst token = '${token}'`],
    ['shell', `curl -s '${base}/get_balance/'`],
  ]
}

/** The bearer is the access key, the time and the signature of an empty body ("Аутентификация и авторизация"). */
function newTel(origin: string, accessKey: string, signKey: string): Lines {
  return [
    ['Python', `BASE_URL = "${origin}"\nACCESS_KEY = "${accessKey}"\nSIGN_KEY = "${signKey}"`],
    ['PHP', `$baseUrl = '${origin}';\n$accessKey = '${accessKey}';\n$signKey = '${signKey}';`],
    [
      'JavaScript',
      `const baseUrl = '${origin}'\nconst accessKey = '${accessKey}'\nconst signKey = '${signKey}'`,
    ],
    [
      'shell',
      `ACCESS='${accessKey}' SIGN='${signKey}' TIME=$(date +%s)
HASH=$(printf 'company/get-state\\n%s\\n%s\\n{}\\n%s' "$TIME" "$ACCESS" "$SIGN" | sha256sum | cut -c1-64)
curl -s '${origin}/company/get-state' -H "Authorization: Bearer $ACCESS$TIME$HASH" -H 'Content-Type: application/json' -d '{}'`,
    ],
  ]
}
