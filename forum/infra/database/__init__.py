"""The database: engines, sessions and statements on SQLite and PostgreSQL, migrations, the read replica."""
