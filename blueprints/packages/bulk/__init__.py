"""Many packages at once: by one rule, into other countries, as a sheet of prices."""

from blueprints.packages.bulk import changing, copying, sheet  # noqa: F401 - routes
