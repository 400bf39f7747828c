# cpa: scheduler API, worker pool and executor host in one image. Build: docker build -t cpa .

FROM swift:6.3-bookworm AS build
RUN apt-get update \
    && apt-get install -y --no-install-recommends libuv1-dev libwebsockets-dev libwslay-dev libcurl4-openssl-dev \
        libhiredis-dev libsqlite3-dev libyaml-dev libssl-dev zlib1g-dev libpcre2-dev libidn2-dev libjemalloc-dev \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY Package.swift ./
COPY Sources ./Sources
COPY Tests ./Tests
RUN swift build --configuration release --static-swift-stdlib --product cpa \
    && swift build --configuration release --static-swift-stdlib --product cpa-fixtures \
    && bin="$(swift build --configuration release --static-swift-stdlib --show-bin-path)" \
    && install -D -m 0755 "$bin/cpa" /out/cpa \
    && install -D -m 0755 "$bin/cpa-fixtures" /out/cpa-fixtures

FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends libuv1 libwebsockets17 libwebsockets-evlib-uv libwslay1 libcurl4 \
        libhiredis0.14 libsqlite3-0 libyaml-0-2 libssl3 zlib1g libpcre2-8-0 libidn2-0 libjemalloc2 chromium-headless-shell fonts-liberation ca-certificates curl tini tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --create-home --home-dir /var/lib/cpa cpa \
    && install -d -o cpa -g cpa -m 0700 /var/lib/cpa/data
COPY --from=build /out/cpa /out/cpa-fixtures /usr/local/bin/
COPY --chmod=0644 scenarios /usr/local/share/cpa/scenarios
COPY --chmod=0644 config /usr/local/share/cpa/config
USER cpa
WORKDIR /var/lib/cpa
ENV CPA_DATA_DIR=/var/lib/cpa/data
ENV CPA_INTENTS_FILE=/usr/local/share/cpa/config/intents.yaml
EXPOSE 7070
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
    CMD curl --fail --silent --show-error --output /dev/null http://127.0.0.1:7070/livez
# tini reaps what Chromium leaves behind and passes SIGTERM on, which drains (docs/architecture.md).
ENTRYPOINT ["tini", "--", "cpa"]
CMD ["serve", "--listen", "0.0.0.0:7070"]
