"""How alembic reaches the database: over the connection it is handed."""

from alembic import context

from service.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, version_table="schema_version")
context.run_migrations()
