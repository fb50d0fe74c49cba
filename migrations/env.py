"""How Alembic reaches the database: one transaction, a short patience for locks, one migration at a time."""

from alembic import context
from sqlalchemy import create_engine, text

from backend.database import sqlalchemy_url
from backend.tables import metadata

engine = create_engine(sqlalchemy_url(context.config.attributes["url"]))
with engine.begin() as connection:
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('catamnesis.migrate'))"))
    connection.execute(text("SET LOCAL lock_timeout = '4s'"))
    context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
