"""Field Enforcement Desk: an offline desk for two enforcement officers in the field."""

__version__ = "0.1.0"
