# Postern. The last stage is the server: non-root, and nothing outside of /data is written, so run it with --read-only.
#   docker build --tag postern .            the server
#   docker build --target demo --tag demo . the demo app behind it

FROM node:24 AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts

FROM packages AS build
COPY tsconfig.json tsconfig.build.json ./
COPY scripts scripts
COPY src src
RUN npm run build
RUN npm prune --omit=dev --ignore-scripts
RUN mkdir empty

FROM node:24-slim AS demo
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json ./
COPY demo demo
USER node
EXPOSE 3000
ENTRYPOINT ["node", "demo/app.mjs"]

FROM node:24-slim
ENV NODE_ENV=production POSTERN_DATA=/data
WORKDIR /app
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/dist dist
COPY package.json LICENSE ./
COPY bin bin
COPY migrations migrations
COPY views views
COPY --from=build --chown=node:node /app/empty /data
USER node
VOLUME /data
EXPOSE 4400
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.POSTERN_PORT || 4400}/healthz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/postern.js"]
CMD ["serve"]
