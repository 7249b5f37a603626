import { z } from 'zod'

const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a port, 0 to 65535')
  .transform(Number)
  .refine((v) => v <= 65535, 'must be a port, 0 to 65535')
const flag = z
  .enum(['1', '0', 'true', 'false'], { error: 'must be 1, 0, true or false' })
  .transform((v) => v === '1' || v === 'true')
const url = (protocols: string[], hint = '') =>
  z.string().refine((v) => URL.canParse(v) && protocols.includes(new URL(v).protocol), {
    error: `must be a URL starting with ${protocols.map((p) => `${p}//`).join(' or ')}${hint}`,
  })
const PASSWORD_HINT = '; in its password, write # as %23, / as %2F, ? as %3F'

const isSecretKey = (v: string) => Buffer.from(v, 'base64').length === 32 && /^[A-Za-z0-9+/_-]{43}=?$/.test(v)

const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
] as const

const schema = z.object({
  NODE_ENV: z.string().default('development'),
  PORT: port.default(8080),
  WORKER_PORT: port.optional(),
  HOST: z.string().default('0.0.0.0'),
  PUBLIC_URL: url(['http:', 'https:'])
    .transform((v) => v.replace(/\/+$/, ''))
    .optional(),
  DATABASE_URL: url(['postgres:', 'postgresql:'], PASSWORD_HINT).optional(),
  DATABASE_READ_URL: url(['postgres:', 'postgresql:'], PASSWORD_HINT).optional(),
  REDIS_URL: url(['redis:', 'rediss:'], PASSWORD_HINT).optional(),
  DATA_DIR: z.string().default('.data'),
  SECRET_KEY: z
    .string()
    .refine(isSecretKey, { error: 'must be 32 bytes in base64 (generate one with: openssl rand -base64 32)' })
    .transform((v) => Buffer.from(v, 'base64'))
    .optional(),
  SECRET_KEY_OLD: z
    .string()
    .transform((v) => v.split(',').map((part) => part.trim()))
    .refine((keys) => keys.every(isSecretKey), {
      error: 'must be one or more keys, each 32 bytes in base64, separated by commas',
    })
    .transform((keys) => keys.map((v) => Buffer.from(v, 'base64')))
    .default([]),
  BOOTSTRAP_ADMIN_KEY: z
    .string()
    .regex(/^rp_live_[A-Za-z0-9]{32,}$/, 'must be rp_live_ followed by at least 32 characters of A-Z a-z 0-9')
    .optional(),
  SANDBOX_URL: url(['http:', 'https:'])
    .transform((v) => v.replace(/\/+$/, ''))
    .optional(),
  GATEWAY_URL: url(['http:', 'https:'])
    .transform((v) => v.replace(/\/+$/, ''))
    .optional(),
  GATEWAY_KEY: z.string().min(32, 'must be at least 32 characters').optional(),
  SIP_ADDRESS: z.ipv4('must be an IPv4 address').default('0.0.0.0'),
  SIP_PORT: z
    .string()
    .regex(/^[1-9]\d{0,4}$/, 'must be a port, 1 to 65535')
    .transform(Number)
    .refine((v) => v <= 65535, 'must be a port, 1 to 65535')
    .optional(),
  GATEWAY_ENGINE: z
    .enum(['embedded', 'asterisk'], { error: 'must be embedded or asterisk' })
    .default('embedded'),
  ARI_URL: url(['http:', 'https:']).optional(),
  ARI_USER: z.string().min(1).optional(),
  ARI_PASSWORD: z.string().min(1).optional(),
  ARI_CDR_URL: url(['postgres:', 'postgresql:'], PASSWORD_HINT).optional(),
  ALLOW_PRIVATE_TARGETS: flag.optional(),
  TRUST_PROXY: z
    .string()
    .refine(
      (v) =>
        /^\d{1,2}$/.test(v) || v.split(',').every((part) => /^[0-9a-fA-F:.]+(\/\d{1,3})?$/.test(part.trim())),
      {
        error: 'must be the number of proxies in front, or a comma-separated list of their networks (CIDR)',
      },
    )
    .optional(),
  METRICS_TOKEN: z.string().min(1).optional(),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      error: 'must be trace, debug, info, warn, error, fatal or silent',
    })
    .default('info'),
  OTEL_EXPORTER_OTLP_ENDPOINT: url(['http:', 'https:']).optional(),
  OTEL_EXPORTER_OTLP_PROTOCOL: z
    .enum(['http/protobuf', 'http/json'], {
      error: 'must be http/protobuf or http/json (port 4318, not 4317)',
    })
    .default('http/protobuf'),
  // By the specification, anything but `true` is false.
  OTEL_SDK_DISABLED: z
    .string()
    .transform((v) => v.toLowerCase() === 'true')
    .default(false),
  OTEL_TRACES_SAMPLER: z
    .enum(SAMPLERS, { error: `must be ${SAMPLERS.slice(0, -1).join(', ')} or ${SAMPLERS.at(-1)}` })
    .default('parentbased_always_on'),
  OTEL_TRACES_SAMPLER_ARG: z.coerce
    .number('must be a number from 0 to 1')
    .min(0, 'must be a number from 0 to 1')
    .max(1, 'must be a number from 0 to 1')
    .default(1),
  LOG_FORMAT: z.enum(['json', 'pretty'], { error: 'must be json or pretty' }).optional(),
})

type Parsed = z.infer<typeof schema>

/** The validated environment. `SECRET_KEY` and `DATABASE_URL` are certain only in a service process. */
export type Config = Parsed & { production: boolean; allowPrivateTargets: boolean }

export type ServiceConfig = Config & { DATABASE_URL: string; SECRET_KEY: Buffer }

/** An invalid environment: one line per variable. */
export class ConfigError extends Error {
  override name = 'ConfigError'
}

/** Reads and validates the environment; an empty value counts as unset. Throws `ConfigError`. */
export function readConfig(env: NodeJS.ProcessEnv = process.env): Config {
  const present = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const parsed = schema.safeParse(present)
  const lines = parsed.success
    ? []
    : parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  const production = present.NODE_ENV === 'production'
  if (production && !present.SECRET_KEY) {
    lines.push(
      'SECRET_KEY: must be set in production: 32 bytes in base64 (generate one with: openssl rand -base64 32)',
    )
  }
  if (!parsed.success || lines.length > 0) throw new ConfigError(lines.join('\n'))
  return {
    ...parsed.data,
    production,
    allowPrivateTargets: parsed.data.ALLOW_PRIVATE_TARGETS ?? !production,
  }
}

/** The configuration of a service process, which needs a database and a key. Throws `ConfigError`. */
export function readServiceConfig(env: NodeJS.ProcessEnv = process.env): ServiceConfig {
  const config = readConfig(env)
  const { DATABASE_URL, SECRET_KEY } = config
  if (!DATABASE_URL || !SECRET_KEY) {
    const missing = [!DATABASE_URL && 'DATABASE_URL', !SECRET_KEY && 'SECRET_KEY'].filter(Boolean)
    throw new ConfigError(
      missing.map((name) => `${name}: must be set (npm start sets it automatically)`).join('\n'),
    )
  }
  return { ...config, DATABASE_URL, SECRET_KEY }
}
