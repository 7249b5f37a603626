FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund && npm cache clean --force

FROM node:24-slim
WORKDIR /app
# Without this option an idle process takes 100 MiB more, for young objects.
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 NODE_OPTIONS=--max-semi-space-size=16 \
    NODE_COMPILE_CACHE=/app/compile-cache
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json LICENSE ./
COPY scripts/path.cjs ./scripts/path.cjs
COPY migrations ./migrations
COPY docs ./docs
COPY sdk/web/dist ./sdk/web/dist
COPY src ./src
COPY worker ./worker
# Without settings each exits at once and leaves its compiled code in the cache: later starts are faster and use 25 MiB less.
RUN ! node src/main.ts && ! node worker/main.ts
# Administration: docker compose run --rm api admin audit verify
RUN chmod +x src/admin/main.ts && ln -s /app/src/admin/main.ts /usr/local/bin/admin && admin --help > /dev/null
# The gateway's journal: a volume here belongs to its user.
RUN mkdir -m 700 .data && chown node:node .data
USER node
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/healthz').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
# The API. The worker is the same image with: node worker/main.ts
CMD ["node", "src/main.ts"]
