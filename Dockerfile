# Switchboard as an image: the web server by default, an engine or a worker by another command (compose.yaml).
FROM python:3.11-slim-bookworm

# ffmpeg reads uploaded recordings, espeak-ng speaks messages for Asterisk. The simulator and Twilio need neither.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends espeak-ng ffmpeg \
    && rm -rf /var/lib/apt/lists/*

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    SWITCHBOARD_INSTANCE_PATH=/data SWITCHBOARD_HOST=0.0.0.0 SWITCHBOARD_LOG_FORMAT=json
WORKDIR /opt/switchboard

# Before the code, so that a change of it does not install everything anew.
COPY requirements.lock ./
RUN pip install --require-hashes --requirement requirements.lock

COPY app.py LICENSE ./
COPY campaign_app campaign_app
COPY templates templates
COPY static static

# Only /data is written to.
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin switchboard \
    && install --directory --owner=switchboard --group=switchboard --mode=0700 /data
USER 10001
VOLUME /data
EXPOSE 5000
CMD ["python", "app.py"]
