"""Providers: adapters to telephony. They translate; policy stays in the engine and the domain."""
