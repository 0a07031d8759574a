-- What Meta has refused to go on with.
SET LOCAL ROLE kloyst_owner;
