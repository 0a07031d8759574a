INSERT INTO kloyst.webhook_inbox (body) VALUES ($1::bytea)
