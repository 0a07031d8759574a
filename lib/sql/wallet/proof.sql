-- Everything that the ledger's end must agree with, as of one moment.
SELECT id, balance, held, seq, head,
    (SELECT coalesce(sum(amount - captured - released), 0) FROM kloyst.hold WHERE vendor_id = $1::uuid),
    (SELECT max(seq) FROM kloyst.transaction WHERE vendor_id = $1::uuid AND wallet_id = wallet.id)
FROM kloyst.wallet WHERE vendor_id = $1::uuid
