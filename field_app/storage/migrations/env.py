"""Runs migrations on the connection that the store hands over."""

from alembic import context

from field_app.storage.media_tables import clip

# A table of the last module of tables: it knows all of them.
connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=clip.metadata, transactional_ddl=True)
context.run_migrations()
