-- The message of the recipient row $2 into its account's queue.
INSERT INTO kloyst.message_queue (vendor_id, id, waba_account_id, phone_number_id, contact_id, mobile, body, template_name,
    template_category, price, due_at, template_language)
SELECT $1::uuid, r.id, a.id, a.phone_number_id, r.contact_id, r.mobile, $4::text, $5::text, $6::text, r.price,
    coalesce($7::timestamptz, now()), $8::text
FROM kloyst.recipient r
JOIN kloyst.waba_account a ON a.vendor_id = $1::uuid AND a.id = $3::uuid
WHERE r.vendor_id = $1::uuid AND r.id = $2::uuid
