import type { Dictionary } from './en.ts'
import { plural } from './plural.ts'

const BAD_NUMBER = 'нужен номер, который может существовать'
const BAD_CURSOR = 'нужна страница этого списка'
const UNSTORABLE = 'содержит недопустимые символы'
const BAD_TIME = 'нужны день или время, которые бывают, например 2026-01-31'

/** Details and messages about fields as the API says them, and what they are in Russian. */
const SENTENCES: Record<string, string> = {
  'This API key is unknown, expired or revoked.': 'Ключ неизвестен, истёк или отозван.',
  'This is not an API key. Send rp_live_ or rp_test_ and what follows, without quotes, blanks or another Bearer.':
    'Это не ключ: он начинается с rp_live_ или rp_test_, дальше только латинские буквы и цифры.',
  'This API key may not be used from this address.': 'С этого адреса ключом пользоваться нельзя.',
  'Too many wrong API keys came from this address. A right one still works.':
    'С этого адреса пришло слишком много неверных ключей. Верный по-прежнему работает.',
  'A test key cannot make a live key.': 'Тестовый ключ не может создать боевой.',
  'There is no such API key.': 'Такого ключа нет.',
  'There is no such verification.': 'Такой проверки нет.',
  'There is no such finding.': 'Такого расхождения нет.',
  'There is no such provider account.': 'Такой учётной записи нет.',
  'The key has expired: make a new one.': 'Ключ уже истёк: создайте новый.',
  'The key has expired: there is nothing to replace.': 'Ключ уже истёк: заменять нечего.',
  'The difference was posted before.': 'Разница уже проведена.',
  'Another difference of this call was posted since. Compare again, and post what is found then.':
    'За это время проведена другая разница того же звонка. Сверьте ещё раз и проведите то, что найдётся.',
  'A test key cannot do this: it needs a live key.': 'Тестовому ключу это недоступно: нужен боевой.',
  'There is no such tenant.': 'Такого арендатора нет.',
  'The sandbox does not answer.': 'Песочница не отвечает.',
  'The sandbox answers to test keys only.': 'Песочница отвечает только тестовым ключам.',
  'Test keys call through the sandbox, and SANDBOX_URL names none.':
    'Тестовые ключи звонят через песочницу, а SANDBOX_URL не задан.',
  'The call has not been placed yet.': 'Звонок ещё не начат.',
  'This phone was called a moment ago.': 'На этот номер только что звонили.',
  'The policy denies this prefix.': 'Политика запрещает этот префикс.',
  'The policy allows other prefixes only.': 'Политика разрешает только другие префиксы.',
  'No route serves this phone.': 'Для этого номера нет маршрута.',
  'Too few verifications of this number range were approved lately.':
    'В этом диапазоне номеров в последнее время подтверждено слишком мало проверок.',
  'The limit spend_per_day is reached: a day ends at midnight UTC.':
    'Достигнут предел расхода за сутки: они заканчиваются в полночь UTC.',
  'The balance does not cover the price of the call; top it up.':
    'Баланса не хватает на звонок: пополните его.',
  'Too much is waiting already.': 'Слишком многое уже ждёт своей очереди.',
  'This looks at too much to be read in time. Narrow it: a shorter span (from, to) takes less.':
    'Столько данных за отведённое время не прочитать: возьмите период короче.',
  'Too many reads are under way. A shorter span (from, to) takes less time.':
    'Сейчас читается слишком много. Период короче прочитается быстрее.',
  'Too many files and live pages are open. Try again in a moment.':
    'Открыто слишком много файлов и живых страниц. Попробуйте чуть позже.',
  'Too many requests are on their way here. Send it again in a moment.':
    'Приходит слишком много запросов сразу. Отправьте ещё раз чуть позже.',
  'The account cannot be used.': 'Учётной записью пользоваться нельзя.',
  accepted: 'звонок принят',
  'no connection in time': 'соединиться вовремя не удалось',
  'no whole answer in time': 'ответ не пришёл вовремя',
  'the address is not a public one': 'адрес не из публичной сети',
  'the operator does not tell this account its balance': 'оператор не сообщает баланс этой учётной записи',
  'the answer was lost, and the operator’s records do not tell of the call':
    'ответ потерян, а в записях оператора этого звонка нет',
  'its account cannot be used': 'учётной записью пользоваться нельзя',
  'is required': 'не указано',
  'is not a known field': 'здесь неизвестно',
  'must be given once': 'указано несколько раз',
  'must not hold a NUL character': UNSTORABLE,
  'must be valid Unicode without NUL': UNSTORABLE,
  'must be a number that can exist': BAD_NUMBER,
  'must be a next_cursor of this list': BAD_CURSOR,
  'must be digits, or the number that rang': 'нужны цифры или номер, который звонил',
  'must be the last 4 to 15 digits of a phone': 'нужны последние 4–15 цифр номера',
  'must be a month such as 2026-01': 'нужен месяц вида 2026-01',
  'must not be in the future': 'ещё не наступил',
  'must be in the future': 'уже в прошлом',
  'must not be after to': 'не может быть позже конца периода',
  'must be a day that exists, e.g. 2026-01-31': BAD_TIME,
  'must be a time or day that exists, e.g. 2026-01-31T12:00:00Z or 2026-01-31': BAD_TIME,
  'must be a time that exists, in RFC 3339, e.g. 2026-01-31T12:00:00Z': BAD_TIME,
  'must be like +7924': 'префикс пишется так: +7924',
  'must be a network in CIDR notation, e.g. 10.0.0.0/8 or 2001:db8::/32':
    'сеть пишется в виде CIDR: 10.0.0.0/8 или 2001:db8::/32',
  'can hold admin only for keys of the first tenant': 'admin бывает только у ключей владельца установки',
  'must be false: the difference is nothing': 'проводить нечего: разница равна нулю',
  'must be false: the cost was posted when the call was closed':
    'проводить нечего: стоимость проведена, когда звонок закрылся',
  'must not be negative': 'не может быть меньше нуля',
  'must not have an exponent': 'пишется без степени десяти',
  'must be a decimal string such as "1000" or "0.35"': 'нужна сумма, например 1000 или 0.35',
  'must have at most six decimal places': 'не больше шести знаков после точки',
  'must be at most 1000000000000 (10¹²)': 'не больше 1000000000000 (10¹²)',
}

type Say = (found: string[], t: Dictionary) => string

/** The same for what holds a value. */
const PATTERNS: [RegExp, Say][] = [
  [
    /^HTTP (\d+) without the operator's envelope(?:: base_url is probably wrong \((.+)\))?$/,
    ([status, address]) =>
      `HTTP ${status}: ответ не в формате оператора${address ? `; вероятно, неверен base_url (${address})` : ''}`,
  ],
  [/^no connection to (\S+) \((\w+)\)$/, ([address, code]) => `нет соединения с ${address} (${code})`],
  [/^the connection broke \((\w+)\)$/, ([code]) => `соединение оборвалось (${code})`],
  [/^must be a number that can exist, in E\.164/, () => `${BAD_NUMBER}, например +79243555100`],
  [/^must have at least (\d+) digits$/, ([n]) => `нужно не меньше ${n} ${digits(n)}`],
  [
    /^must be at most (\d+) days before to$/,
    ([n]) => `период не может быть длиннее ${n} ${plural(Number(n), 'дня', 'дней', 'дней')}`,
  ],
  [/^The verification is (\w+)\.$/, ([status], t) => `Её статус: ${lookUp(t.statuses, status)}.`],
  [/^The limit (\w+) is reached\.$/, ([rule], t) => `Правило: ${lookUp(t.policy.rules, rule)}.`],
  [
    /^The policy denies numbers of this kind \((\w+)\)\.$/,
    ([type], t) => `Политика запрещает такие номера: ${lookUp(t.policy.types, type)}.`,
  ],
  [
    /^A verification can be retried (\d+) times; start a new one\.$/,
    ([n]) => `Повторить звонок можно не больше ${n} раз: начните новую проверку.`,
  ],
  [
    /^A retry is possible (\d+) s after the last call\.$/,
    ([n]) => `Звонить ещё раз можно через ${n} с после предыдущего звонка.`,
  ],
  [/^must not be empty$/, () => 'не заполнено'],
  [/^must have at most (\d+) characters$/, ([n]) => `слишком длинно: не больше ${n} знаков`],
  [/^must have at most (\d+) (?:entries|keys)$/, ([n]) => `слишком много: не больше ${n}`],
  [/^must have at least (\d+) characters$/, ([n]) => `слишком коротко: не меньше ${n} знаков`],
  [/^must be at least (\S+)$/, ([n]) => `не меньше ${n}`],
  [/^must be more than (\S+)$/, ([n]) => `больше ${n}`],
  [/^must be at most (\S+)$/, ([n]) => `не больше ${n}`],
  [/^must be less than (\S+)$/, ([n]) => `меньше ${n}`],
  [/^must be a whole number\b/, () => 'нужно целое число'],
  [/^must be a number\b/, () => 'нужно число'],
  [/^must be one of (.+)$/, ([options]) => `такого значения нет, есть ${options}`],
  [/^must be (?:a string|a list|an object|true or false)\b/, () => 'здесь нужно значение другого вида'],
  [
    /^At most (\d+) of your reads run at a time and (\d+) wait; send fewer at once\.$/,
    ([n, m]) => `Одновременно читаются ${n} ваших запроса, ещё ${m} ждут. Отправляйте меньше сразу.`,
  ],
  [/^The body may have (\d+) bytes\.$/, ([n]) => `Можно отправить не больше ${n} байт.`],
]

/** An error's detail, or its message about a field, in Russian; null for one that is not translated. */
export function explainInRussian(english: string, t: Dictionary): string | null {
  const sentence = SENTENCES[english]
  if (sentence !== undefined) return sentence
  for (const [pattern, say] of PATTERNS) {
    const found = pattern.exec(english)
    if (found) return say(found.slice(1), t)
  }
  return null
}

const digits = (count = '') => plural(Number(count), 'цифры', 'цифр', 'цифр')

function lookUp(names: Record<string, string>, name = ''): string {
  return names[name] ?? name
}
