"""Many packages at once: by one rule, into other countries, as a sheet of prices."""
