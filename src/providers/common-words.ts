import type { Language } from '../words/text.ts'
import type { AccountForm, FieldWords } from './account-form.ts'
import type { CommonSettings } from './provider.ts'

type Own<Settings> = Exclude<keyof Settings, keyof CommonSettings> & string

/** The form of an operator with these credentials and settings, as they are given. */
export type FormOf<Credentials, Settings> = AccountForm<keyof Credentials & string, Own<Settings>>

/** The settings that every account has. */
export type CommonField =
  | Exclude<keyof CommonSettings, 'caller'>
  | `caller.${keyof NonNullable<CommonSettings['caller']>}`

/** The settings of every account, in each language. */
export const COMMON_WORDS: Record<Language, Readonly<Record<CommonField, FieldWords>>> = {
  en: {
    max_in_flight: ['Calls in progress at once', 'empty: no limit'],
    max_per_second: ['Calls per second', '0.2 is one in five seconds; empty: no limit'],
    code_length: ['Digits of the code', 'where we choose the code; empty: the usual length of the channel'],
    'caller.prefixes': [
      'Prefixes of the calling numbers',
      'one per line, such as +7495; apps can then show which number will ring',
    ],
    'caller.number_length': ['Digits of the calling numbers', '11 for +7 numbers; needed with prefixes'],
    breaker: ['Pause the account while its operator fails'],
    reorder: ['Try the account last for prefixes where it no longer delivers'],
    request_timeout_ms: [
      'Request timeout, ms',
      'after it, nobody knows whether the call was placed, and no other account is tried',
    ],
    poll_first_ms: ['First pause between status requests, ms'],
    poll_max_ms: ['Longest pause between status requests, ms'],
    adopt_after_seconds: [
      'Search for a lost call after, seconds',
      'several times, separated by spaces; for calls whose answer was lost',
    ],
  },
  ru: {
    max_in_flight: ['Одновременных звонков', 'пусто — без ограничения'],
    max_per_second: ['Звонков в секунду', '0,2 — один в пять секунд; пусто — без ограничения'],
    code_length: ['Цифр в коде', 'если код выбираем мы; пусто — обычная длина для канала'],
    'caller.prefixes': [
      'Префиксы звонящих номеров',
      'по одному в строке, например +7495; приложение сможет показать, с какого номера ждать звонка',
    ],
    'caller.number_length': ['Цифр в звонящем номере', '11 для номеров +7; нужно вместе с префиксами'],
    breaker: ['Приостанавливать при сбоях оператора'],
    reorder: ['Переносить в конец маршрута для префиксов, куда звонки перестали доходить'],
    request_timeout_ms: [
      'Тайм-аут запроса, мс',
      'после него неизвестно, состоялся ли звонок, и другой оператор уже не звонит',
    ],
    poll_first_ms: ['Первая пауза между запросами статуса, мс'],
    poll_max_ms: ['Наибольшая пауза между запросами статуса, мс'],
    adopt_after_seconds: [
      'Искать потерянный звонок через, секунд',
      'несколько значений через пробел; если ответ оператора не дошёл',
    ],
  },
}
