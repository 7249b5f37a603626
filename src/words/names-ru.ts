import type { JsonType, LimitName, NumberType, Status } from './names-en.ts'

export const STATUSES_RU: Record<Status, string> = {
  pending: 'Ожидает',
  calling: 'Звоним',
  delivered: 'Доставлена',
  approved: 'Подтверждена',
  locked: 'Заблокирована',
  failed: 'Не удалась',
  expired: 'Истекла',
  cancelled: 'Отменена',
  denied: 'Запрещена',
}

export const LIMITS_RU: Record<LimitName, string> = {
  starts_per_phone_10m: 'Проверок на номер за 10 минут',
  starts_per_phone_hour: 'Проверок на номер за час',
  starts_per_phone_day: 'Проверок на номер за сутки',
  phone_pause_seconds: 'Пауза между проверками номера, секунд',
  wrong_guesses_per_phone_day: 'Неверных кодов на номер за сутки, в пересчёте на четырёхзначные',
  guesses_kept_for_known: 'Неверные коды только для знакомых источников',
  wrong_guesses_per_requester_day:
    'Неверных кодов от одного источника на номер за сутки, в пересчёте на четырёхзначные',
  starts_kept_for_known: 'Проверки только для знакомых источников',
  starts_per_ip_hour: 'Проверок с адреса за час',
  starts_per_prefix_hour: 'Проверок на диапазон номеров за час',
  spend_per_day: 'Расход за сутки',
  allow_channels: 'Разрешённые каналы',
  allow_prefixes: 'Разрешённые префиксы',
  deny_prefixes: 'Запрещённые префиксы',
  deny_number_types: 'Запрещённые типы номеров',
  conversion_guard: 'Защита по конверсии',
  balance: 'Баланс',
  no_route: 'Нет маршрута',
  blocked_phone: 'Номер заблокирован',
  start_hook: 'Хук перед началом',
  wrong_checks_per_phone_day: 'Неудачных вводов кода на номер за сутки',
  live_per_phone: 'Незавершённых проверок номера',
}

export const NUMBER_TYPES_RU: Record<NumberType, string> = {
  premium_rate: 'платные',
  shared_cost: 'с разделённой оплатой',
  toll_free: 'бесплатные',
  voip: 'VoIP',
  personal_number: 'персональные',
  pager: 'пейджеры',
  uan: 'корпоративные (UAN)',
  voicemail: 'голосовая почта',
  satellite: 'спутниковые и международные сети (+870, +881, +882, +883)',
  fixed_line: 'городские',
  mobile: 'мобильные',
  fixed_line_or_mobile: 'городские или мобильные',
}

export const TYPES_RU: Record<JsonType, string> = {
  string: 'строка',
  number: 'число',
  whole: 'целое число',
  boolean: 'true или false',
  list: 'список',
  object: 'объект',
  null: 'null',
}
