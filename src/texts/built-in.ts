import type { TextKind } from '../channels/channels.ts'

type Template = { withApp: string; plain: string }

/** Templates of languages for which a tenant has none, with and without the name of its app. */
export const BUILT_IN: Readonly<Record<TextKind, Readonly<Record<string, Template>>>> = {
  sms: {
    en: {
      withApp: '{code} is your {app} code. Do not share it.',
      plain: '{code} is your verification code. Do not share it.',
    },
    ru: {
      withApp: '{app}: код {code}. Никому его не сообщайте.',
      plain: 'Код подтверждения: {code}. Никому его не сообщайте.',
    },
  },
  voice: {
    en: {
      withApp: 'Hello. Your code for {app} is: {code}. Once more: {code}.',
      plain: 'Hello. Your verification code is: {code}. Once more: {code}.',
    },
    ru: {
      withApp: 'Здравствуйте. Ваш код для {app}: {code}. Повторяю: {code}.',
      plain: 'Здравствуйте. Ваш код подтверждения: {code}. Повторяю: {code}.',
    },
  },
}
