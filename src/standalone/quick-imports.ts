import { registerHooks } from 'node:module'

/**
 * Loads Drizzle's CommonJS build: hundreds of small files, which Node loads in a fifth of the time that way
 * (0.2 s instead of 0.9 s for each process of `npm start`). Import this before anything that imports Drizzle.
 */
const DUAL = /^drizzle-orm($|\/)/

registerHooks({
  resolve: (specifier, context, next) =>
    next(specifier, DUAL.test(specifier) ? { ...context, conditions: ['node', 'require'] } : context),
})
