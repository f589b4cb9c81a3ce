# One image, two programs: the operator, and the runner that it starts as Jobs.
# Build with `mvn package` first, then `docker build .`; `./dev image` does both.
ARG BASE_IMAGE=eclipse-temurin:25-jre
FROM ${BASE_IMAGE}

LABEL org.opencontainers.image.title="Litehaven" \
      org.opencontainers.image.description="A Kubernetes operator for SQLite databases on PersistentVolumes" \
      org.opencontainers.image.licenses="Apache-2.0"

USER 0:0
COPY target/quarkus-app/ /opt/litehaven/
COPY target/native/ /tmp/native/
COPY src/main/image/ /tmp/image/
RUN sh /tmp/image/assemble.sh /tmp/native /opt/litehaven && rm -rf /tmp/native /tmp/image
COPY LICENSE /opt/litehaven/LICENSE

# One arena per core would keep memory that nobody uses.
ENV MALLOC_ARENA_MAX=2
USER 65532:65532
WORKDIR /opt/litehaven
EXPOSE 8080
# The operator. A runner pod starts `java @/opt/litehaven/runner.args ARGUMENTS` (`places.args` where it reaches a bucket or
# encrypts), a person `litehaven ARGUMENTS`.
ENTRYPOINT ["java", "@/opt/litehaven/operator.args"]
