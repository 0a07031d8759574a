SELECT settings -> 'consent' FROM kloyst.vendor WHERE id = $1::uuid
