# Builds with the development tools, runs without them.
FROM node:20-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --include=dev
COPY tsconfig.json ./
COPY src ./src
COPY test ./test
COPY bench ./bench
COPY soak ./soak
COPY examples ./examples
RUN npx tsc -p . && npm prune --omit=dev

FROM node:20-bookworm-slim
ENV NODE_ENV=production \
    CRYPTOPREDICT_HOST=0.0.0.0 \
    CRYPTOPREDICT_DATA_DIR=/data
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist/src ./dist/src
COPY sql ./sql
COPY web ./web
RUN mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8080
# The image has no curl; Node's own fetch asks the health address.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8080/healthz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
# The program is process 1 and gets SIGTERM itself: clean shutdown within 5 s.
CMD ["node", "dist/src/main.js", "serve"]
