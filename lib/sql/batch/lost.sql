-- Messages $2 … $3 of a batch whose worker died were about to leave. Rows: those of them without a result, which may have arrived.
SELECT r.id FROM kloyst.recipient r
WHERE r.vendor_id = $1::uuid AND r.id BETWEEN $2::uuid AND $3::uuid
    AND NOT EXISTS (SELECT FROM kloyst.message_log m WHERE m.vendor_id = $1::uuid AND m.id = r.id)
    AND NOT EXISTS (SELECT FROM kloyst.message_queue q WHERE q.vendor_id = $1::uuid AND q.id = r.id)
ORDER BY r.id
