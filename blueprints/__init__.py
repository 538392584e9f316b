"""What the world sees of Scrip: one package per area, and what the areas share."""
