# syntax=docker/dockerfile:1
# Every step is an ordinary command, so that it can be tried one by one without Docker.
# The base is named by its tag, which brings the fixes of its distribution; who wants the very same one every time writes
# its digest behind the tag.

FROM python:3.11-slim AS build
WORKDIR /src
# Two locks say with hashes what is installed, and what builds: nothing else is taken, wherever it comes from.
COPY .image .image
RUN python -m venv /opt/build \
 && /opt/build/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r .image/build.lock
RUN python -m venv /opt/kanbert-fake \
 && /opt/kanbert-fake/bin/pip install --no-cache-dir --only-binary :all: --require-hashes -r .image/requirements.lock
COPY pyproject.toml README.md ./
COPY fake_server fake_server
COPY fixtures fixtures
RUN /opt/build/bin/pip wheel --no-index --no-deps --no-build-isolation --wheel-dir /wheel . \
 && /opt/kanbert-fake/bin/pip install --no-cache-dir --no-index --no-deps /wheel/*.whl \
 && /opt/kanbert-fake/bin/pip check \
 && /opt/kanbert-fake/bin/python -m compileall -q /opt/kanbert-fake/lib

FROM python:3.11-slim
LABEL org.opencontainers.image.title="kanbert-fake-server" \
      org.opencontainers.image.description="A fake Kanbert API server" \
      org.opencontainers.image.vendor="the kanbert-fake-server team"
COPY --from=build /opt/kanbert-fake /opt/kanbert-fake
# Inside a container everything but the loopback is the outside; every other setting is a variable too.
ENV PATH="/opt/kanbert-fake/bin:$PATH" \
    PYTHONDONTWRITEBYTECODE=1 \
    KANBERT_FAKE_HOST=0.0.0.0
# Flags work too, but the health check reads variables: set the port by KANBERT_FAKE_PORT.
# A number, so that Kubernetes can see that it is not root. Nothing is written: a read-only root works.
USER 10001:10001
WORKDIR /
EXPOSE 5262
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --start-interval=500ms --retries=3 \
    CMD ["kanbert-fake", "healthcheck"]
ENTRYPOINT ["kanbert-fake"]
