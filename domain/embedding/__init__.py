"""Which sites may show the buyers' packages in a frame. A security setting: it works at once."""
