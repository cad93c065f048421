"""The laptop's store: SQLCipher through SQLAlchemy. No SQLAlchemy object leaves this package."""
