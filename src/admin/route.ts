import { createRoute, deleteRoute, getRoute, listRoutes, updateRoute } from '../routing/routes.ts'
import { CreateRouteInput, UpdateRouteInput } from '../routing/schemas.ts'
import { resourceNoun } from './resource.ts'

export const routeNoun = resourceNoun({
  one: 'a route',
  many: 'routes',
  id: 'rte_…',
  of: {},
  create: { schema: CreateRouteInput, required: ['prefix', 'accounts'], verb: createRoute },
  update: { schema: UpdateRouteInput, verb: updateRoute },
  list: listRoutes,
  get: getRoute,
  remove: { verb: deleteRoute },
})
