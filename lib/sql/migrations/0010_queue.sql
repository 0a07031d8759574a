-- The queue of single and deferred messages.
SET LOCAL ROLE kloyst_owner;
