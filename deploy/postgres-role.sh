#!/bin/sh
# Run once by the postgres image, on an empty volume: a role that owns its database, and is no superuser.
set -eu

psql --set ON_ERROR_STOP=1 --set password="$SWITCHBOARD_ROLE_PASSWORD" --username "$POSTGRES_USER" <<'SQL'
CREATE ROLE switchboard LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
CREATE DATABASE switchboard OWNER switchboard ENCODING 'UTF8' TEMPLATE template0;
REVOKE CONNECT ON DATABASE switchboard FROM PUBLIC;
SQL
