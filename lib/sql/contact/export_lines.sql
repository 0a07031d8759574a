DECLARE contact_export NO SCROLL CURSOR FOR
SELECT json_build_object(
           'id', id, 'mobile', mobile::text, 'bsuid', bsuid,
           'opted_out_at', to_char(opted_out_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
           'blocked_at', to_char(blocked_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
           'attributes', attributes,
           'created_at', to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
           'updated_at', to_char(updated_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text || E'\n'
FROM kloyst.contact WHERE vendor_id = $1::uuid ORDER BY id
