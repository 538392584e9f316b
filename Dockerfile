# Scrip with all it needs, installed by the Makefile as everywhere else. docs/production.md uses it.
FROM python:3.13-slim-bookworm
RUN apt-get update && apt-get install -y --no-install-recommends make && rm -rf /var/lib/apt/lists/*
RUN useradd --create-home scrip
WORKDIR /srv/scrip
COPY Makefile requirements.txt ./
COPY tools/scripts/install_packages tools/scripts/
RUN make install
COPY . .
RUN .venv/bin/python -m compileall -q -x '/\.venv/' .
USER scrip
ENV HOST=0.0.0.0 PRODUCTION=1
EXPOSE 8000
HEALTHCHECK --interval=10s --start-period=30s CMD [".venv/bin/python", "-m", "tools.scripts.is_healthy"]
CMD [".venv/bin/flask", "--app", "app", "serve"]
