# The production image: the gateway without the demonstration. `docker build -t guichet .`
# Not built where it was written (no Docker there); a test checks its paths, flags and subcommands.

FROM rust:1.95-bookworm AS build
# aws-lc is built from C; the others load the program that is watched before it is built again (benches/trained; two CPUs).
RUN apt-get update && apt-get install -y --no-install-recommends cmake clang nghttp2-client openssl python3 util-linux wrk \
    && rm -rf /var/lib/apt/lists/* && rustup component add llvm-tools
WORKDIR /build
COPY Cargo.toml Cargo.lock ./
COPY .cargo ./.cargo
COPY benches ./benches
COPY src ./src
COPY config ./config
COPY migrations ./migrations
RUN benches/trained --no-default-features && cp target/trained/taught/dist/guichet guichet

FROM debian:bookworm-slim
# Root certificates for Pro Santé Connect, the mail relay and the SMS call.
RUN apt-get update && apt-get install -y --no-install-recommends ca-certificates && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 guichet \
    && useradd --system --uid 10001 --gid guichet --home-dir /var/lib/guichet --no-create-home --shell /usr/sbin/nologin guichet \
    && install -d -o root -g guichet -m 0750 /etc/guichet \
    && install -d -o guichet -g guichet -m 0700 /var/lib/guichet
COPY --from=build /build/guichet /usr/local/bin/guichet
USER 10001:10001
WORKDIR /var/lib/guichet
# /etc/guichet/guichet.toml is mounted by whoever runs it, with listen = ["0.0.0.0:8080"]; secrets beside it, mode 0600.
VOLUME ["/var/lib/guichet"]
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
    CMD ["/usr/local/bin/guichet", "health", "--config", "/etc/guichet/guichet.toml"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/guichet"]
CMD ["serve", "--config", "/etc/guichet/guichet.toml"]
