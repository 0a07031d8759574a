-- Locks the wallet; everything that this transaction reads afterwards is newer than whatever it waited for.
SELECT id, balance, held, seq, head, greatest(updated_at, now()) FROM kloyst.wallet WHERE vendor_id = $1::uuid FOR NO KEY UPDATE
