# One image; `serve` and `sync` are two commands of it.
FROM python:3.11-slim AS build
WORKDIR /app
RUN pip install --no-cache-dir uv==0.9.*
COPY requirements-run.lock pyproject.toml README.md ./
RUN uv venv .venv && VIRTUAL_ENV=.venv uv pip sync --require-hashes requirements-run.lock
COPY mappings mappings
COPY service service

FROM python:3.11-slim
RUN useradd --create-home --uid 10001 bridge && mkdir /data && chown bridge /data
WORKDIR /app
COPY --from=build /app /app
USER 10001
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    INFUSION_BRIDGE_HOST=0.0.0.0 \
    INFUSION_BRIDGE_DATABASE_URL=sqlite:////data/infusion-bridge.sqlite3
VOLUME /data
EXPOSE 8000
HEALTHCHECK CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/live')"]
ENTRYPOINT ["python", "-m", "service"]
CMD ["serve"]
