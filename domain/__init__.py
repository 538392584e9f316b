"""What Scrip knows and does, whoever asks: no Flask below."""
