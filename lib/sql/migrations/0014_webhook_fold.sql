-- What folding webhooks keeps beside the inbox.
SET LOCAL ROLE kloyst_owner;
