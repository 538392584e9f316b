#!/bin/sh
# Makes the role that serves, which owns nothing. The image of PostgreSQL runs this for a new volume;
# what the role may do, each start of Scrip grants (database_roles.py).
set -eu
psql --set=ON_ERROR_STOP=1 --set=password="$DATABASE_APP_PASSWORD" \
    --username="$POSTGRES_USER" --dbname="$POSTGRES_USER" <<'SQL'
CREATE ROLE scrip_app LOGIN PASSWORD :'password';
SQL
