UPDATE kloyst.webhook_inbox SET folded_at = now(), leased_until = NULL WHERE id = ANY ($1::int8[]) AND folded_at IS NULL
