"""The providers that take the money. Each is an adapter to `purchases.provider.Provider`."""
