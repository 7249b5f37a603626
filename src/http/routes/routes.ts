import { createRoute, deleteRoute, getRoute, listRoutes, updateRoute } from '../../routing/routes.ts'
import { CreateRouteInput, RouteView, UpdateRouteInput } from '../../routing/schemas.ts'
import { mountResource } from '../resource.ts'
import type { Mount } from '../spec.ts'

/** Routes: which accounts serve which prefix. */
export function routeRoutes(mount: Mount): void {
  mountResource(mount, {
    path: '/v1/routes',
    tag: 'Routes',
    name: 'Route',
    one: 'a route',
    many: 'routes',
    liveOnly: true,
    view: RouteView,
    create: CreateRouteInput,
    update: UpdateRouteInput,
    descriptions: {
      create: 'A phone uses the route with the longest matching prefix. Its accounts are tried in order.',
      update: '`accounts` replaces the whole list. The change applies to calls within a second.',
    },
    errors: { create: ['conflict'], update: ['conflict'] },
    verbs: { create: createRoute, list: listRoutes, get: getRoute, update: updateRoute, remove: deleteRoute },
  })
}
